import { Temporal } from 'temporal-polyfill';
import { type Cron, nextCronTime, parseCron } from './cron.ts';

/** A schedule's expression, as EventBridge Scheduler knows them. */
export type ScheduleExpression =
  | { readonly kind: 'at'; readonly local: Temporal.PlainDateTime }
  | { readonly kind: 'rate'; readonly periodMs: number }
  | { readonly kind: 'cron'; readonly cron: Cron };

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads `at(yyyy-mm-ddThh:mm:ss)`, `rate(5 minutes)` or `cron(0 5 * * ? *)`.
 *
 * @throws RangeError saying what is wrong.
 */
export function parseScheduleExpression(text: string): ScheduleExpression {
  const [, kind, inside = ''] = /^(at|rate|cron)\((.*)\)$/.exec(text.trim()) ?? [];
  switch (kind) {
    case 'at': {
      if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(inside)) {
        throw new RangeError('at(…) takes a moment like 2026-01-31T09:30:00');
      }
      return { kind, local: Temporal.PlainDateTime.from(inside, { overflow: 'reject' }) };
    }
    case 'rate': {
      const [, count, unit] = /^([1-9]\d*) (minute|hour|day)s?$/.exec(inside) ?? [];
      if (!count || !unit) throw new RangeError('rate(…) takes a period like 5 minutes, 1 hour or 2 days');
      return { kind, periodMs: Number(count) * unitMs[unit as keyof typeof unitMs] };
    }
    case 'cron':
      return { kind, cron: parseCron(inside) };
    default:
      throw new RangeError('a schedule is at(…), rate(…) or cron(…)');
  }
}

/**
 * The first moment after `after` at which a schedule fires; null when there is none any more.
 * A rate counts from the schedule's creation, which is its first moment. A one-time schedule has one moment, past or not.
 *
 * @param schedule `createdAt` is the schedule's creation, `zone` an IANA time zone.
 */
export function nextOccurrence(
  expression: ScheduleExpression,
  schedule: { readonly zone: string; readonly createdAt: Date },
  after: Date,
): Date | null {
  switch (expression.kind) {
    case 'at': {
      const at = new Date(expression.local.toZonedDateTime(schedule.zone).epochMilliseconds);
      return at > after ? at : null;
    }
    case 'rate': {
      const sinceMs = after.getTime() - schedule.createdAt.getTime();
      const periods = sinceMs < 0 ? 0 : Math.floor(sinceMs / expression.periodMs) + 1;
      return new Date(schedule.createdAt.getTime() + periods * expression.periodMs);
    }
    case 'cron':
      return nextCronTime(expression.cron, schedule.zone, after);
  }
}

/** Throws RangeError when there is no such time zone. */
export function checkTimeZone(zone: string): void {
  Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
}
