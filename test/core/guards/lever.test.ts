import { describe, expect, it } from 'vitest';
import { lever } from '../../../lib/core/guards/lever.ts';
import { aSituation, UNKNOWN, yes } from '../examples.ts';

const by = { reason: 'an incident', actor: 'ada', at: '2026-11-23T11:00:00.000Z' };

describe('the guard lever', () => {
  it('says yes while the lever is released', () => {
    expect(lever.check(aSituation())).toEqual([]);
  });

  it('says no while it is engaged, and who engaged it, when and why', () => {
    expect(lever.check(aSituation({ lever: yes({ engaged: true, ...by }) }))).toEqual([
      {
        code: 'lever-engaged',
        because: 'ada engaged the lever at 2026-11-23T11:00:00.000Z: an incident',
        facts: by,
      },
    ]);
  });

  it('says no when it cannot be read', () => {
    expect(lever.check(aSituation({ lever: UNKNOWN }))).toEqual([
      {
        code: 'lever-engaged',
        because: `cannot tell: ${UNKNOWN.because}`,
        facts: { cannotTell: UNKNOWN.because },
      },
    ]);
  });
});
