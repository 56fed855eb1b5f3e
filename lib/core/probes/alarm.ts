import * as z from 'zod';
import { type AlarmNow, alarmNameSchema } from '../alarm.ts';
import { answersOf, commonFields, type Phase, type ProbeAnswer, timeoutSeconds } from './question.ts';

/** CloudWatch describes so many alarms in one call (DescribeAlarms, AlarmNames). */
const MOST_NAMES = 100;

/** CloudWatch alarms, metric or composite, that must be in certain states. */
export const alarmSchema = z.strictObject({
  type: z.literal('alarm'),
  name: z.string().min(1),
  alarms: z
    .array(alarmNameSchema)
    .min(1)
    .max(MOST_NAMES)
    .describe('Names of alarms. {cluster} and {service} stand for those of the group.'),
  states: z
    .array(z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']))
    .min(1)
    .default(['OK'])
    .describe('The tolerance: each alarm must be in one of these.'),
  ...commonFields('before', 'during', 'after'),
  timeoutSeconds,
});

export type AlarmProbe = z.output<typeof alarmSchema>;

/**
 * Judges an alarm probe. An alarm that is missing, or has no data when that state was not named, says nothing; one in a wrong state is a
 * violation whatever the others say.
 */
export function judgeAlarm(probe: AlarmProbe, phase: Phase, alarms: readonly AlarmNow[]): ProbeAnswer {
  const { holds, violated, unknown } = answersOf(probe, phase);
  const byName = new Map(alarms.map((alarm) => [alarm.name, alarm]));
  const wanted = [...new Set(probe.alarms)];
  const found = wanted.map((name) => byName.get(name) ?? ({ name, state: 'MISSING' } as const));
  const off = found.filter(({ state }) => state === 'MISSING' || !probe.states.includes(state));
  const tolerance = probe.states.join(' or ');
  if (off.length === 0) return holds(`${found.length} of ${found.length} alarms are in ${tolerance}`);
  const wrong = off.filter(({ state }) => state === 'OK' || state === 'ALARM');
  if (wrong.length > 0) return violated(`${wrong.map(say).join('; ')}, not in ${tolerance}`);
  return unknown(`${off.map(say).join('; ')}, so it cannot be told whether it is in ${tolerance}`);
}

function say({ name, state, since, reason }: AlarmNow): string {
  if (state === 'MISSING') return `there is no alarm ${name}`;
  return `${name} is in ${state}${since === undefined ? '' : ` since ${since}`}${reason === undefined ? '' : ` (${reason})`}`;
}
