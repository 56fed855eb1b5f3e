import { describe, expect, it } from 'vitest';
import type { AlarmNow } from '../../../lib/core/alarm.ts';
import type { Situation } from '../../../lib/core/guards/guard.ts';
import { noOutage } from '../../../lib/core/guards/no-outage.ts';
import { stopAlarmsOk } from '../../../lib/core/guards/stop-alarms.ts';
import { anOrder, aSituation, UNKNOWN, yes } from '../examples.ts';

const SINCE = '2026-11-23T11:58:00.000Z';

/** Each guard with its code, the alarms it looks at and those of the other one. */
const BOTH = [
  [noOutage, 'outage', 'outage', 'outageAlarms', 'stopAlarms'],
  [stopAlarmsOk, 'stop-alarm-not-ok', 'stop', 'stopAlarms', 'outageAlarms'],
] as const;

describe.each(BOTH)('the guard $name', (guard, code, kind, alarms, others) => {
  const check = (now: Situation['stopAlarms'], changes: Partial<Situation> = {}) =>
    guard.check(aSituation({ ...changes, [alarms]: now }));
  const ok = (name: string): AlarmNow => ({ name, state: 'OK', reason: 'quiet', since: SINCE });

  it('says yes when none is named, and when each is in OK', () => {
    expect(check(yes([]))).toEqual([]);
    expect(check(yes([ok('a'), ok('b')]))).toEqual([]);
  });

  it('says no for each in ALARM, with the reason and since when', () => {
    const loud: AlarmNow[] = [
      { name: 'errors', state: 'ALARM', reason: '7 errors', since: SINCE },
      ok('quiet'),
      { name: 'latency', state: 'ALARM' },
    ];
    expect(check(yes(loud))).toStrictEqual([
      {
        code,
        because: `the ${kind} alarm errors is in ALARM: 7 errors`,
        facts: { alarm: 'errors', state: 'ALARM', reason: '7 errors', since: SINCE },
      },
      {
        code,
        because: `the ${kind} alarm latency is in ALARM`,
        facts: { alarm: 'latency', state: 'ALARM', reason: undefined, since: undefined },
      },
    ]);
  });

  it('says no when an alarm cannot tell: it has no data, or there is none of its name', () => {
    const blind: AlarmNow[] = [
      { name: 'errors', state: 'INSUFFICIENT_DATA', reason: 'no data', since: SINCE },
      { name: 'gone', state: 'MISSING' },
    ];
    expect(check(yes(blind))).toStrictEqual([
      {
        code,
        because: `the ${kind} alarm errors is in INSUFFICIENT_DATA: no data`,
        facts: {
          alarm: 'errors',
          state: 'INSUFFICIENT_DATA',
          reason: 'no data',
          since: SINCE,
          cannotTell: 'INSUFFICIENT_DATA',
        },
      },
      {
        code,
        because: `the ${kind} alarm gone is missing`,
        facts: { alarm: 'gone', state: 'MISSING', reason: undefined, since: undefined, cannotTell: 'MISSING' },
      },
    ]);
  });

  it('says no when they cannot be read', () => {
    expect(check(UNKNOWN)).toEqual([
      { code, because: `cannot tell: ${UNKNOWN.because}`, facts: { cannotTell: UNKNOWN.because } },
    ]);
  });

  it('cannot be skipped, and does not look at the alarms of the other guard', () => {
    const loud = yes([{ name: 'errors', state: 'ALARM' as const }]);
    expect(check(loud, { order: anOrder({ skip: ['window', 'spacing'] }) })).toHaveLength(1);
    expect(check(yes([]), { [others]: loud })).toEqual([]);
  });
});
