import { describe, expect, it } from 'vitest';
import { noFreeze } from '../../../lib/core/guards/freeze.ts';
import { aLiveGroup, anOrder, aSituation, NOON_MS, someCalendars, UNKNOWN } from '../examples.ts';

const calendars = someCalendars({
  freezes: [
    { from: '2026-11-23T11:00:00Z', to: '2026-11-23T13:00:00Z', name: 'migration' },
    { fromDate: '2026-12-24', toDate: '2026-12-27', name: 'year end' },
  ],
});
const at = (text: string) => ({ calendars, nowMs: Date.parse(text) });

describe('the guard freeze', () => {
  it('says yes when no freeze is on', () => {
    expect(noFreeze.check(aSituation())).toEqual([]);
    expect(noFreeze.check(aSituation(at('2026-11-23T10:59:59Z')))).toEqual([]);
    expect(noFreeze.check(aSituation(at('2026-11-23T13:00:00Z')))).toEqual([]);
  });

  it('says no while one is on, and which', () => {
    expect(noFreeze.check(aSituation(at('2026-11-23T12:00:00Z')))).toEqual([
      {
        code: 'freeze',
        because: 'the freeze "migration" is on; it cannot be skipped',
        facts: { name: 'migration', at: '2026-11-23T12:00:00.000Z' },
      },
    ]);
  });

  it('says no at night and on a Sunday, too: a freeze does not ask for the window', () => {
    expect(noFreeze.check(aSituation(at('2026-12-27T23:59:59Z')))).toMatchObject([{ facts: { name: 'year end' } }]);
  });

  it('cannot be skipped', () => {
    const order = anOrder({ skip: ['window', 'spacing'] });
    expect(noFreeze.check(aSituation({ calendars, order, nowMs: NOON_MS }))).toHaveLength(1);
  });

  it('says nothing about a group that has its refusal already', () => {
    expect(noFreeze.check(aSituation({ calendars, group: aLiveGroup({ group: undefined }) }))).toEqual([]);
  });

  it('says no when the tags cannot be had, for the zone is among them', () => {
    expect(noFreeze.check(aSituation({ group: UNKNOWN }))).toEqual([
      { code: 'freeze', because: `cannot tell: ${UNKNOWN.because}`, facts: { cannotTell: UNKNOWN.because } },
    ]);
  });
});
