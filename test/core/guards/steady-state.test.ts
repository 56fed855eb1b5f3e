import { describe, expect, it } from 'vitest';
import { steadyState } from '../../../lib/core/guards/steady-state.ts';
import type { ProbeAnswer } from '../../../lib/core/probe.ts';
import { aSituation, UNKNOWN, yes } from '../examples.ts';

const answer = (probe: string, said: ProbeAnswer['answer']): ProbeAnswer => ({
  probe,
  phase: 'before',
  answer: said,
  because: `${probe} says so`,
});

describe('the guard steady-state', () => {
  it('says yes when every probe holds', () => {
    const answers = yes([answer('errors', 'holds'), answer('latency', 'holds')]);
    expect(steadyState.check(aSituation({ steadyState: answers }))).toEqual([]);
  });

  it('says no for every probe that does not', () => {
    const answers = yes([answer('errors', 'violated'), answer('latency', 'holds'), answer('traffic', 'unknown')]);
    expect(steadyState.check(aSituation({ steadyState: answers }))).toEqual([
      {
        code: 'steady-state-not-met',
        because: 'errors is violated: errors says so',
        facts: { probe: 'errors', answer: 'violated', found: 'errors says so' },
      },
      {
        code: 'steady-state-not-met',
        because: 'traffic cannot be told: traffic says so',
        facts: { probe: 'traffic', answer: 'unknown', cannotTell: 'traffic says so' },
      },
    ]);
  });

  it('says no when nothing could be asked', () => {
    expect(steadyState.check(aSituation({ steadyState: UNKNOWN }))).toEqual([
      {
        code: 'steady-state-not-met',
        because: `cannot tell: ${UNKNOWN.because}`,
        facts: { cannotTell: UNKNOWN.because },
      },
    ]);
  });
});
