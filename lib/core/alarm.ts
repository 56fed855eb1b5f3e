import * as z from 'zod';
import type { Parsed } from './window.ts';

/** So many alarms fit one call to CloudWatch together with those of the config. */
export const MOST_ALARMS = 20;

/** CloudWatch's own limits for a name (PutMetricAlarm, AlarmName). */
export const alarmNameSchema = z.string().min(1).max(255);

/** A CloudWatch alarm at this moment. */
export interface AlarmNow {
  readonly name: string;
  /** `MISSING`: there is no alarm of this name. */
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | 'MISSING';
  readonly reason?: string;
  /** ISO 8601. */
  readonly since?: string;
}

/** Reads names with a space between, as a tag holds them; an alarm whose own name has a space must be named in a profile. */
export function parseAlarms(text: string): Parsed<string[]> {
  const names = [...new Set(text.trim().split(/\s+/).filter(Boolean))];
  if (names.length === 0)
    return { ok: false, problem: 'it is empty; write names of alarms with a space between, or take it away' };
  if (names.length > MOST_ALARMS)
    return { ok: false, problem: `it names ${names.length} alarms; at most ${MOST_ALARMS} are watched` };
  return { ok: true, value: names };
}
