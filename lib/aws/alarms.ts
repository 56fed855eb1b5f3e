import { CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { AlarmNow } from '../core/alarm.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { chunks } from './ecs.ts';

/** CloudWatch's limit of names in one call, and of alarms on one page (DescribeAlarms). */
const ALARMS_PER_CALL = 100;

/** Reads alarms, metric and composite ones alike. */
export class Alarms {
  readonly #client = new CloudWatchClient(CLIENT_OPTIONS);

  /** The alarms of these names, each once and in this order; `MISSING` where there is none. No names, no call. */
  async read(names: readonly string[], signal?: AbortSignal): Promise<AlarmNow[]> {
    const wanted = [...new Set(names)];
    const found = await Promise.all(chunks(wanted, ALARMS_PER_CALL).map((some) => this.#describe(some, signal)));
    const byName = new Map(found.flat().map((alarm) => [alarm.name, alarm]));
    return wanted.map((name) => byName.get(name) ?? { name, state: 'MISSING' });
  }

  async #describe(names: string[], signal: AbortSignal | undefined): Promise<AlarmNow[]> {
    const alarms: AlarmNow[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await this.#client.send(
        new DescribeAlarmsCommand({
          AlarmNames: names,
          // Without types only metric alarms are described.
          AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
          MaxRecords: ALARMS_PER_CALL,
          ...(nextToken === undefined ? {} : { NextToken: nextToken }),
        }),
        { abortSignal: signal },
      );
      alarms.push(...[...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])].map(alarmNow));
      nextToken = answer.NextToken;
    } while (nextToken);
    return alarms;
  }
}

type Described = Pick<
  MetricAlarm,
  'AlarmName' | 'StateValue' | 'StateReason' | 'StateTransitionedTimestamp' | 'StateUpdatedTimestamp'
>;

function alarmNow(alarm: Described): AlarmNow {
  // Updated is also when only the reason changed; transitioned is when the state did.
  const since = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp;
  return {
    name: alarm.AlarmName ?? '',
    // An alarm without a state has not said anything yet.
    state: alarm.StateValue ?? 'INSUFFICIENT_DATA',
    ...(alarm.StateReason ? { reason: alarm.StateReason } : {}),
    ...(since === undefined ? {} : { since: since.toISOString() }),
  };
}
