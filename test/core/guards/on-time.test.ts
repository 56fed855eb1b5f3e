import { describe, expect, it } from 'vitest';
import { onTime } from '../../../lib/core/guards/on-time.ts';
import { anOrder, aSituation, NOON_MS } from '../examples.ts';

const checkedAfter = (seconds: number) => onTime.check(aSituation({ nowMs: NOON_MS + seconds * 1000 }));

describe('the guard on-time', () => {
  it.each([-1, 0, 1, 299, 300])('says yes %d seconds after the planned instant', (seconds) => {
    expect(checkedAfter(seconds)).toEqual([]);
  });

  it('says no when it is later than allowed, and by how much', () => {
    expect(checkedAfter(301)).toEqual([
      {
        code: 'late',
        because: 'due at 2026-11-23T12:00:00Z, it came 301 s late; at most 300 s are allowed',
        facts: { at: '2026-11-23T12:00:00Z', lateSeconds: 301, lateAfterSeconds: 300 },
      },
    ]);
    expect(checkedAfter(86_400)).toMatchObject([{ code: 'late' }]);
  });

  it('says no when the planned instant cannot be read', () => {
    expect(onTime.check(aSituation({ order: anOrder({ at: 'noon' }) }))).toMatchObject([{ code: 'late' }]);
  });
});
