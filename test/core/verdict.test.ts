import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Evidence, verdictOf } from '../../lib/core/verdict.ts';

const good: Evidence = { targets: 2, confirmed: 2, broken: [], unknown: [] };

describe('the verdict', () => {
  it.each<[Partial<Evidence>, string, string]>([
    [{}, 'held', 'the steady state held during and after the fault'],
    [{ aborted: 'ada engaged the lever' }, 'aborted', 'ada engaged the lever'],
    [{ aborted: '' }, 'aborted', ''],
    [{ aborted: 'stop', broken: ['errors'], confirmed: 0 }, 'aborted', 'stop'],
    [{ confirmed: 0 }, 'inconclusive', 'the fault did not take effect'],
    [{ confirmed: 0, broken: ['errors'] }, 'inconclusive', 'the fault did not take effect, yet errors'],
    [{ confirmed: 0, broken: ['errors', 'p99'] }, 'inconclusive', 'the fault did not take effect, yet errors; p99'],
    [
      { confirmed: 0, unknown: ['nobody looked', 'latency'] },
      'inconclusive',
      'the fault was not seen to take effect; nobody looked; latency',
    ],
    [
      { confirmed: 0, broken: ['errors'], unknown: ['nobody looked'] },
      'inconclusive',
      'the fault did not take effect, yet errors',
    ],
    [{ broken: ['errors', 'latency'] }, 'broken', 'errors; latency'],
    [{ confirmed: 1, broken: ['errors'] }, 'broken', 'errors'],
    [{ broken: ['errors'], unknown: ['latency'] }, 'broken', 'errors'],
    [{ confirmed: 1 }, 'inconclusive', 'the fault took effect on 1 of 2 targets'],
    [{ confirmed: 1, unknown: ['latency'] }, 'inconclusive', 'the fault took effect on 1 of 2 targets'],
    [{ unknown: ['latency', 'errors'] }, 'inconclusive', 'latency; errors'],
  ])('of %j is %s', (evidence, verdict, because) => {
    expect(verdictOf({ ...good, ...evidence })).toEqual({ verdict, because });
  });

  it('is held only when all targets were confirmed, and nothing was broken, unknown or aborted', () => {
    const said = fc.array(fc.string(), { maxLength: 2 });
    const evidence = fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.nat({ max: 3 }), said, said, fc.option(fc.string(), { nil: undefined }))
      .map(([targets, confirmed, broken, unknown, aborted]) => ({
        targets,
        confirmed: Math.min(confirmed, targets),
        broken,
        unknown,
        ...(aborted === undefined ? {} : { aborted }),
      }));
    fc.assert(
      fc.property(evidence, (one) => {
        const isClean = one.confirmed === one.targets && one.broken.length + one.unknown.length === 0;
        expect(verdictOf(one).verdict === 'held').toBe(isClean && !('aborted' in one));
        const isBroken = one.confirmed > 0 && one.broken.length > 0 && !('aborted' in one);
        expect(verdictOf(one).verdict === 'broken').toBe(isBroken);
      }),
    );
  });
});
