import { describe, expect, it } from 'vitest';
import { notCancelled } from '../../../lib/core/guards/not-cancelled.ts';
import { aSituation, UNKNOWN, yes } from '../examples.ts';

describe('the guard not-cancelled', () => {
  it('says yes as long as nobody cancelled the experiment', () => {
    expect(notCancelled.check(aSituation())).toEqual([]);
  });

  it('says no once somebody did, and who, when and why', () => {
    const by = { actor: 'ada', reason: 'a demo', at: '2026-11-23T08:00:00.000Z' };
    expect(notCancelled.check(aSituation({ cancellation: yes(by) }))).toEqual([
      { code: 'cancelled', because: 'ada cancelled it at 2026-11-23T08:00:00.000Z: a demo', facts: by },
    ]);
  });

  it('says no when it cannot be read', () => {
    expect(notCancelled.check(aSituation({ cancellation: UNKNOWN }))).toEqual([
      { code: 'cancelled', because: `cannot tell: ${UNKNOWN.because}`, facts: { cannotTell: UNKNOWN.because } },
    ]);
  });
});
