import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlarmNow } from '../../lib/core/alarm.ts';
import type { ProbeAnswer } from '../../lib/core/probe.ts';
import {
  advance,
  type Event,
  isFaultOn,
  type Limits,
  type Look,
  type Progress,
  undone,
} from '../../lib/core/progress.ts';
import { UNKNOWN, yes } from './examples.ts';
import { back, down, errors, limits, look, reversible, s, say, stable } from './progress-scenes.ts';

const lever = (engaged: boolean): Look['lever'] => yes({ engaged, reason: 'r', actor: 'a', at: '' });
const alarms = (state: AlarmNow['state']): Look['alarms'] => yes([{ name: 'x', state }]);

/** Mostly calm, so that many runs come to their end. */
const rarely = <T>(calm: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(calm) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const effect = (resource: string): fc.Arbitrary<Look['effects'][number]> =>
  fc
    .constantFrom(
      ...(['took-effect', 'took-effect', 'took-effect', 'took-effect', 'pending', 'pending', 'failed'] as const),
    )
    .map((one) => ({ resource, effect: one, because: 'x' }));

const answer: fc.Arbitrary<ProbeAnswer> = fc
  .tuple(
    fc.constantFrom<ProbeAnswer['phase']>('during', 'after'),
    rarely<ProbeAnswer['answer']>('holds', 'violated', 'unknown'),
    fc.constantFrom('stable', 'errors'),
  )
  .map(([phase, said, probe]) => say(phase, said, 'x', probe));

interface Seen {
  readonly afterSeconds: number;
  readonly changes: Partial<Look>;
}
/** A look, and whether an undo for which it calls is confirmed then. */
type Turned = readonly [Seen, boolean];

const aLook: fc.Arbitrary<Seen> = fc
  .record({
    afterSeconds: fc.integer({ min: 1, max: 40 }),
    lever: rarely(lever(false), lever(true), UNKNOWN),
    alarms: rarely(alarms('OK'), alarms('INSUFFICIENT_DATA'), alarms('ALARM'), alarms('MISSING'), UNKNOWN),
    isAsked: rarely(false, true),
    effects: fc.tuple(effect('a'), effect('b')),
    recovery: fc.oneof(
      { weight: 4, arbitrary: fc.constant(back(0)) },
      { weight: 1, arbitrary: fc.constantFrom(back(70), back(90, 1), down(), down(1), down(2)) },
    ),
    health: rarely<Look['health']>(
      { state: 'unknown' },
      { state: 'unhealthy' },
      { state: 'healthy', healthyAtMs: s(71) },
    ),
    answers: fc.array(answer, { maxLength: 3 }),
  })
  .map(({ afterSeconds, isAsked, ...seen }) => ({
    afterSeconds,
    changes: { ...seen, ...(isAsked ? { stopRequest: { actor: 'bob', reason: 'enough', at: '' } } : {}) },
  }));

const looks = fc.array(fc.tuple(aLook, fc.boolean()), { maxLength: 25 });
const manyTargets = fc.subarray(['a', 'b'], { minLength: 1 });

interface Turn {
  readonly before: Progress;
  readonly seen: Look;
  readonly step: ReturnType<typeof advance>;
  /** Everything that was said until the end of this turn. */
  readonly events: readonly Event[];
}

/** One experiment, turn by turn, until its end or that of the looks. */
function turns(resources: readonly string[], all: readonly Turned[], under: Limits): Turn[] {
  let progress: Progress = {
    injectedAtMs: s(0),
    targets: resources.map((resource) => ({ resource, outcome: 'accepted', effect: 'pending' })),
    remarks: [],
  };
  let atSeconds = 0;
  const events: Event[] = [];
  const done: Turn[] = [];
  for (const [{ afterSeconds, changes }, isConfirmed] of all) {
    atSeconds += afterSeconds;
    const before = progress;
    const seen = look(atSeconds, changes);
    const step = advance(before, seen, under);
    events.push(...step.events);
    progress = step.progress;
    if (step.undo && isConfirmed) {
      const gone = undone(progress, s(atSeconds));
      progress = gone.progress;
      events.push(...gone.events);
    }
    done.push({ before, seen, step, events: [...events] });
    if (step.ending) break;
  }
  return done;
}

const UNDER: Limits[] = [limits, reversible].map((one) => ({ ...one, steadyState: [stable, errors] }));
const runs = fc.tuple(manyTargets, looks, fc.constantFrom(...UNDER));

/** @param law what is true of every turn of every experiment. */
function holdsAlways(law: (turn: Turn, under: Limits, resources: readonly string[]) => void): void {
  fc.assert(
    fc.property(runs, ([resources, all, under]) => {
      for (const turn of turns(resources, all, under)) law(turn, under, resources);
    }),
    { numRuns: 1500 },
  );
}

describe('always, whatever is seen,', () => {
  it('only a fault that is on is asked to be taken away', () => {
    holdsAlways(({ before, step }, under) => {
      if (step.undo) expect(isFaultOn(before, under) && isFaultOn(step.progress, under)).toBe(true);
    });
  });

  it('nothing ends while a fault is on, and no step is both an undo and an end', () => {
    holdsAlways(({ step }, under) => {
      if (step.ending) expect(isFaultOn(step.progress, under)).toBe(false);
      expect(step.ending !== undefined && step.undo === true).toBe(false);
    });
  });

  it('a fault that is on is taken away as soon as there is a reason to, and not without one', () => {
    holdsAlways(({ before, seen, step }, under) => {
      if (!isFaultOn(before, under)) return;
      const isOver = seen.nowMs >= before.injectedAtMs + (under.faultSeconds ?? 0) * 1000;
      const isNowhere = step.progress.targets.every((target) => target.effect === 'failed');
      expect(step.undo === true).toBe(step.progress.stop !== undefined || isOver || isNowhere);
    });
  });

  it('a lever, an alarm, a person, or what cannot be read, ends at once what has no fault on it', () => {
    holdsAlways(({ before, seen, step }, under) => {
      const isLoud =
        !seen.alarms.known || seen.alarms.value.some(({ state }) => state === 'ALARM' || state === 'MISSING');
      const isStopped = !seen.lever.known || seen.lever.value.engaged || seen.stopRequest !== undefined || isLoud;
      if (!isStopped) return;
      expect(step.progress.stop).toBeDefined();
      expect(step.ending !== undefined).toBe(!isFaultOn(before, under));
    });
  });

  it('held means: no stop, nothing violated or unknown, every target confirmed, recovered, and asked after the fault', () => {
    let held = 0;
    holdsAlways(({ seen, step, events }, under, resources) => {
      if (step.ending?.verdict !== 'held') return;
      held++;
      const { progress } = step;
      expect(progress.stop).toBeUndefined();
      expect(progress.remarks).toEqual([]);
      expect(events.filter(({ kind }) => kind === 'violated' || kind === 'stopping' || kind === 'no-effect')).toEqual(
        [],
      );
      expect(progress.targets.map((target) => target.effect)).toEqual(resources.map(() => 'took-effect'));
      expect(step.ending.tookEffect).toBe(true);
      expect(progress.undoneAtMs !== undefined).toBe(under.faultSeconds !== undefined);
      expect(progress.recoveredAtMs).toBeDefined();
      expect(seen.health.state).not.toBe('unhealthy');
      expect(seen.answers.some(({ phase }) => phase === 'after')).toBe(true);
    });
    expect(held, 'experiments that held').toBeGreaterThan(5);
  });

  it('a violation is never taken back, and with a fault that took effect it is broken unless it was aborted', () => {
    holdsAlways(({ step, events }) => {
      if (step.ending === undefined || !events.some(({ kind }) => kind === 'violated')) return;
      const took = step.progress.targets.some((target) => target.effect === 'took-effect');
      const aborted = step.progress.stop?.kind === 'aborted';
      expect(step.ending.verdict).toBe(aborted ? 'aborted' : took ? 'broken' : 'inconclusive');
    });
  });

  it('it says once that it stops, and the first cause stays', () => {
    holdsAlways(({ before, step, events }) => {
      const said = events.flatMap((event) => (event.kind === 'stopping' ? [event.stop] : []));
      expect(said).toEqual(step.progress.stop === undefined ? [] : [step.progress.stop]);
      if (before.stop) expect(step.progress.stop).toBe(before.stop);
    });
  });

  it('the fate of a target is said once, and never changes', () => {
    holdsAlways(({ before, step, events }) => {
      const fates = events.flatMap((event) =>
        event.kind === 'took-effect' || event.kind === 'no-effect' ? [event.resource] : [],
      );
      expect(new Set(fates).size).toBe(fates.length);
      for (const [index, target] of before.targets.entries())
        if (target.effect !== 'pending') expect(step.progress.targets[index]).toEqual(target);
    });
  });

  it('what is not calm ends too, some time after the recovery limit', () => {
    const at = fc.constantFrom<Look['recovery']>(back(0), back(1), back(70), back(200), down(), down(1));
    const health = fc.constantFrom<Look['health']>(
      { state: 'unknown' },
      { state: 'unhealthy' },
      { state: 'healthy', healthyAtMs: s(71) },
      { state: 'healthy', healthyAtMs: s(300) },
    );
    const restless = fc.record({ afterSeconds: fc.integer({ min: 10, max: 40 }), at, health });
    fc.assert(
      fc.property(
        fc.array(restless, { minLength: 100, maxLength: 100 }),
        manyTargets,
        fc.constantFrom(...UNDER),
        (all, resources, under) => {
          const changed = all.map(({ afterSeconds, at: recovery, health: seen }): Turned => {
            const effects = resources.map((resource) => ({ resource, effect: 'took-effect' as const, because: 'x' }));
            const answers = [say('after', 'holds')];
            return [{ afterSeconds, changes: { effects, recovery, health: seen, answers } }, true];
          });
          const last = turns(resources, changed, under).at(-1);
          expect(last?.step.ending).toBeDefined();
          // The fault's time, the recovery limit, the rest, the settling twice, and a look for each.
          expect(last?.seen.nowMs).toBeLessThanOrEqual(s(60 + 100 + 600 + 2 * 25 + 4 * 40));
        },
      ),
    );
  });

  it('what is calm ends, at the latest when recovery limit and data are in', () => {
    const calm = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(calm, manyTargets, fc.constantFrom(...UNDER), (waits, resources, under) => {
        const changes: Partial<Look> = {
          effects: resources.map((resource) => ({ resource, effect: 'took-effect', because: 'x' })),
          recovery: back(0),
          answers: [say('after', 'holds')],
        };
        const all = waits.map((afterSeconds): Turned => [{ afterSeconds, changes }, true]);
        const last = turns(resources, all, under).at(-1);
        expect(last?.step.ending?.verdict).toBe('held');
        // The fault's time, the settling, and a look or two more.
        expect(last?.seen.nowMs).toBeLessThanOrEqual(s(60 + 25 + 4 * 30));
      }),
    );
  });
});
