import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProbeAnswer } from '../../lib/core/probe.ts';
import { advance } from '../../lib/core/progress.ts';
import { back, follow, fresh, limits, look, s, say, took } from './progress-scenes.ts';

describe('a remark', () => {
  it('is kept for what is not known, and dropped when it holds', () => {
    const open = advance(fresh, look(1, { answers: [say('during', 'unknown', 'no data', 'errors')] }), limits);
    expect(open.progress.remarks).toEqual([say('during', 'unknown', 'no data', 'errors')]);
    expect(open.events).toEqual([]);
    const answered = advance(open.progress, look(2, { answers: [say('during', 'holds', '', 'errors')] }), limits);
    expect(answered.progress.remarks).toEqual([]);
  });
});

describe('a violation', () => {
  const violated = look(10, { answers: [say('during', 'violated', 'first', 'errors')] });

  it('is told better by a later one, but is no second event', () => {
    const worse = look(20, { answers: [say('during', 'violated', 'worse', 'errors')] });
    const one = advance(fresh, violated, limits);
    const next = advance(one.progress, worse, limits);
    expect(one.events).toHaveLength(1);
    expect(next.events).toEqual([]);
    expect(next.progress.remarks).toEqual([say('during', 'violated', 'worse', 'errors')]);
  });

  it('of another phase or probe is one of its own', () => {
    const others = look(20, {
      answers: [say('after', 'violated', 'x', 'errors'), say('during', 'violated', 'x', 'latency')],
    });
    expect(advance(advance(fresh, violated, limits).progress, others, limits).events).toHaveLength(2);
  });

  it('is never taken back, whatever is seen afterwards', () => {
    const answer = fc.constantFrom<ProbeAnswer['answer']>('holds', 'violated', 'unknown');
    const phase = fc.constantFrom<ProbeAnswer['phase']>('during', 'after');
    const answers = fc.array(fc.tuple(phase, answer, fc.constantFrom('errors', 'latency')), { maxLength: 12 });
    fc.assert(
      fc.property(answers, (all) => {
        let progress = fresh;
        const seen = new Set<string>();
        const told: string[] = [];
        for (const [in_, one, probe] of all) {
          const next = advance(progress, look(1, { answers: [say(in_, one, 'x', probe)] }), limits);
          progress = next.progress;
          if (one === 'violated') seen.add(`${in_}/${probe}`);
          told.push(
            ...next.events.flatMap((event) =>
              event.kind === 'violated' ? [`${event.answer.phase}/${event.answer.probe}`] : [],
            ),
          );
          const kept = progress.remarks.filter((remark) => remark.answer === 'violated');
          expect(new Set(kept.map((remark) => `${remark.phase}/${remark.probe}`))).toEqual(seen);
        }
        expect(told).toHaveLength(seen.size);
      }),
    );
  });
});

describe('a recovery', () => {
  it('that does not last is said again when it comes back, and later', () => {
    const { events } = follow(fresh, [
      look(10, { effects: [took('a')], recovery: back(5) }),
      look(20, { recovery: { struckAtMs: s(0), replacementFailures: 1 } }),
      look(30, { recovery: back(28, 1) }),
    ]);
    const recoveries = events.flatMap((event) => (event.kind === 'recovered' ? [event.recoverySeconds] : []));
    expect(recoveries).toEqual([5, 28]);
  });
});
