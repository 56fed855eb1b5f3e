import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Probe, ProbeAnswer } from '../../lib/core/probe.ts';
import {
  advance,
  afterFromMs,
  type Ending,
  type Event,
  type Limits,
  type Look,
  type Progress,
  settleMs,
} from '../../lib/core/progress.ts';
import type { Recovery } from '../../lib/core/recovery.ts';
import { UNKNOWN, yes } from './examples.ts';

const START = Date.parse('2026-11-23T12:00:00Z');
/** Seconds after the injection. */
const s = (seconds: number): number => START + seconds * 1000;

const stable: Probe = { type: 'service-stable', name: 'stable', phases: ['before', 'after'] };
const errors: Probe = {
  type: 'metric',
  name: 'errors',
  metrics: { errors: { namespace: 'N', metric: 'M', dimensions: {}, statistic: 'Sum' } },
  comparator: '<=',
  threshold: 0,
  periodSeconds: 10,
  delaySeconds: 5,
  phases: ['during', 'after'],
};

const limits: Limits = {
  observeSeconds: 60,
  recoveryLimitSeconds: 100,
  maxReplacementFailures: 1,
  steadyState: [stable],
};

const fresh: Progress = {
  injectedAtMs: START,
  targets: [{ resource: 'a', outcome: 'accepted', effect: 'pending' }],
  remarks: [],
};
const two: Progress = {
  ...fresh,
  targets: ['a', 'b'].map((resource) => ({ resource, outcome: 'accepted', effect: 'pending' })),
};

const say = (
  phase: ProbeAnswer['phase'],
  answer: ProbeAnswer['answer'],
  because = 'x',
  probe = 'stable',
): ProbeAnswer => ({
  probe,
  phase,
  answer,
  because,
});
const took = (resource: string): Look['effects'][number] => ({ resource, effect: 'took-effect', because: 'STOPPED' });
const back = (atSeconds: number, replacementFailures = 0): Recovery => ({
  struckAtMs: s(0),
  recoveredAtMs: s(atSeconds),
  recoverySeconds: atSeconds,
  replacementFailures,
});

const look = (atSeconds: number, changes: Partial<Look> = {}): Look => ({
  nowMs: s(atSeconds),
  lever: yes({ engaged: false, reason: '', actor: '', at: '' }),
  effects: [],
  recovery: { replacementFailures: 0 },
  answers: [],
  ...changes,
});

/** Takes looks one after the other until one ends the experiment. */
function follow(
  progress: Progress,
  looks: readonly Look[],
  under: Limits = limits,
): { events: Event[]; ending?: Ending; ended: number } {
  const events: Event[] = [];
  let now = progress;
  for (const [index, one] of looks.entries()) {
    const next = advance(now, one, under);
    now = next.progress;
    events.push(...next.events);
    if (next.ending) return { events, ending: next.ending, ended: index };
  }
  return { events, ended: -1 };
}

describe('an experiment in progress', () => {
  const calm = [
    look(10, { effects: [{ resource: 'a', effect: 'pending', because: 'RUNNING' }] }),
    look(20, { effects: [took('a')] }),
    look(30, { effects: [took('a')], recovery: back(25) }),
    look(40, { effects: [took('a')], recovery: back(25) }),
    look(60, { recovery: back(25), answers: [say('after', 'holds')] }),
  ];

  it('says each event once, however often it is seen', () => {
    expect(follow(fresh, calm).events).toEqual([
      { kind: 'took-effect', resource: 'a', because: 'STOPPED' },
      { kind: 'recovered', recoverySeconds: 25, recoveredAtMs: s(25) },
    ]);
  });

  it('holds when it took effect, recovered, and is normal after its observation', () => {
    expect(follow(fresh, calm)).toMatchObject({
      ending: { verdict: 'held', tookEffect: true },
      ended: 4,
    });
  });

  it('goes on until the observation is over, though it recovered long before', () => {
    const early = look(59.999, { recovery: back(25), answers: [say('after', 'holds')] });
    expect(follow(fresh, [...calm.slice(0, 4), early]).ending).toBeUndefined();
  });

  it('goes on while a target is neither confirmed nor failed', () => {
    expect(follow(two, calm).ending).toBeUndefined();
  });

  it('counts no recovery before the fault took effect', () => {
    const { events, ended } = follow(fresh, [look(10, { recovery: back(1) })]);
    expect(events).toEqual([]);
    expect(ended).toBe(-1);
  });

  it('is not over before the probes were asked after the recovery', () => {
    const seen = look(90, { effects: [took('a')], recovery: back(80) });
    expect(follow(fresh, [seen]).ending).toBeUndefined();
    const again = look(95, { recovery: back(80) });
    expect(follow(fresh, [seen, again]).ending).toBeUndefined();
    const asked = look(100, { recovery: back(80), answers: [say('after', 'violated', 'runs 2 of 3')] });
    expect(follow(fresh, [seen, again, asked]).ending).toMatchObject({
      verdict: 'broken',
      because: 'stable (after): runs 2 of 3',
    });
  });

  it('does not take answers about an earlier recovery for answers about this one', () => {
    const moved = look(90, { recovery: back(85), answers: [say('after', 'holds')] });
    expect(follow(fresh, [...calm.slice(0, 4), moved]).ending).toBeUndefined();
    const asked = look(100, { recovery: back(85), answers: [say('after', 'holds')] });
    expect(follow(fresh, [...calm.slice(0, 4), moved, asked]).ending?.verdict).toBe('held');
  });

  it('ends at once after its observation when no probe is asked after', () => {
    const during: Limits = { ...limits, steadyState: [{ ...errors, phases: ['during'] }] };
    const seen = look(60, {
      effects: [took('a')],
      recovery: back(20),
      answers: [say('during', 'holds', '', 'errors')],
    });
    expect(follow(fresh, [seen], during).ending?.verdict).toBe('held');
  });

  it('waits until the slowest probe has a whole period of data after', () => {
    const slow: Limits = { ...limits, steadyState: [stable, errors] };
    expect(settleMs(slow.steadyState)).toBe(25_000);
    const answers = [say('after', 'holds'), say('after', 'holds', '', 'errors')];
    const looks = (at: number): Look[] => [...calm.slice(0, 4), look(at, { recovery: back(25), answers })];
    expect(follow(fresh, looks(84.9), slow).ending).toBeUndefined();
    expect(follow(fresh, looks(85), slow).ending?.verdict).toBe('held');
  });
});

describe('the settling time', () => {
  it('is none for probes that are not asked after, nor for what ECS itself knows', () => {
    expect(settleMs([])).toBe(0);
    expect(settleMs([stable, { ...errors, phases: ['during'] }])).toBe(0);
  });
});

describe('the moment from which the hypothesis must hold after', () => {
  it('is the later of recovery and the end of the observation', () => {
    expect(afterFromMs(fresh, limits)).toBeUndefined();
    expect(afterFromMs({ ...fresh, recoveredAtMs: s(25) }, limits)).toBe(s(60));
    expect(afterFromMs({ ...fresh, recoveredAtMs: s(61) }, limits)).toBe(s(61));
  });
});

describe('an experiment ends', () => {
  const engaged = yes({ engaged: true, reason: 'an incident', actor: 'ada', at: '' });

  it('aborted when the lever is engaged, and when nobody can tell', () => {
    const seen = { effects: [took('a')], answers: [say('during', 'violated')] };
    expect(follow(fresh, [look(1, { ...seen, lever: engaged })]).ending).toEqual({
      verdict: 'aborted',
      because: 'ada engaged the lever: an incident',
      tookEffect: true,
    });
    expect(follow(fresh, [look(1, { ...seen, lever: UNKNOWN })]).ending).toMatchObject({
      verdict: 'aborted',
      because: 'the lever could not be read',
    });
  });

  it('inconclusive at once when every target failed', () => {
    const failed = look(1, {
      effects: ['a', 'b'].map((resource) => ({ resource, effect: 'failed', because: 'another hand' })),
    });
    expect(follow(two, [failed])).toMatchObject({
      events: [
        { kind: 'no-effect', resource: 'a', because: 'another hand' },
        { kind: 'no-effect', resource: 'b', because: 'another hand' },
      ],
      ending: { verdict: 'inconclusive', because: 'the fault did not take effect', tookEffect: false },
    });
  });

  it('inconclusive when the fault took effect on some targets only', () => {
    const some = look(10, {
      effects: [took('a'), { resource: 'b', effect: 'failed', because: 'x' }],
      recovery: back(5),
    });
    const asked = look(60, { recovery: back(5), answers: [say('after', 'holds')] });
    expect(follow(two, [some, asked]).ending).toMatchObject({
      verdict: 'inconclusive',
      because: 'the fault took effect on 1 of 2 targets',
      tookEffect: false,
    });
  });

  it('broken by more replacements that die again than allowed', () => {
    const spiral = (failures: number): Look =>
      look(20, { effects: [took('a')], recovery: { struckAtMs: s(0), replacementFailures: failures } });
    expect(follow(fresh, [spiral(1)]).ending).toBeUndefined();
    expect(follow(fresh, [spiral(2)]).ending).toMatchObject({
      verdict: 'broken',
      because: '2 replacements died again',
    });
  });

  it('broken when it does not recover in time', () => {
    const down = (at: number): Look =>
      look(at, { effects: [took('a')], recovery: { struckAtMs: s(0), replacementFailures: 0 } });
    expect(follow(fresh, [down(99.9)]).ending).toBeUndefined();
    expect(follow(fresh, [down(100)]).ending).toMatchObject({ verdict: 'broken', because: 'no recovery within 100 s' });
  });

  it('broken when it recovers, but too late', () => {
    const long: Limits = { ...limits, observeSeconds: 300 };
    const looks = (recovery: Recovery): Look[] => [
      look(200, { effects: [took('a')], recovery }),
      look(300, { recovery, answers: [say('after', 'holds')] }),
    ];
    expect(follow(fresh, looks(back(100)), long).ending?.verdict).toBe('held');
    expect(follow(fresh, looks(back(101)), long).ending).toMatchObject({
      verdict: 'broken',
      because: 'recovery took 101 s, more than 100 s',
    });
  });

  it('observes to its end before it calls a recovery too late', () => {
    const long: Limits = { ...limits, observeSeconds: 300 };
    const down = (at: number): Look =>
      look(at, { effects: [took('a')], recovery: { struckAtMs: s(0), replacementFailures: 0 } });
    expect(follow(fresh, [down(299)], long).ending).toBeUndefined();
    expect(follow(fresh, [down(300)], long).ending?.verdict).toBe('broken');
  });

  it('inconclusive when nobody can confirm the fault in time', () => {
    expect(follow(fresh, [look(100)]).ending).toEqual({
      verdict: 'inconclusive',
      because: 'the fault did not take effect',
      tookEffect: false,
    });
    const half = look(100, { effects: [took('a')], recovery: back(5) });
    expect(follow(two, [half]).ending).toMatchObject({
      verdict: 'inconclusive',
      because: 'the fault took effect on 1 of 2 targets',
    });
  });

  const struck = look(10, { effects: [took('a')], recovery: back(5) });

  it('broken by what was violated during, though all is well after', () => {
    const { events, ending } = follow(fresh, [
      { ...struck, answers: [say('during', 'violated', '7 at noon', 'errors')] },
      look(30, { recovery: back(5), answers: [say('during', 'holds', '', 'errors')] }),
      look(60, { recovery: back(5), answers: [say('after', 'holds')] }),
    ]);
    expect(events.filter(({ kind }) => kind === 'violated')).toHaveLength(1);
    expect(ending).toMatchObject({ verdict: 'broken', because: 'errors (during): 7 at noon' });
  });

  it('inconclusive by a question that stays without an answer', () => {
    const last = look(60, { recovery: back(5), answers: [say('after', 'unknown', 'no data')] });
    expect(follow(fresh, [struck, last]).ending).toMatchObject({
      verdict: 'inconclusive',
      because: 'stable (after): no data',
    });
  });

  it('held when a question without an answer is answered later', () => {
    const open = { ...struck, answers: [say('during', 'unknown', 'no data yet', 'errors')] };
    const answered = look(30, { recovery: back(5), answers: [say('during', 'holds', '', 'errors')] });
    const last = look(60, { recovery: back(5), answers: [say('after', 'holds')] });
    expect(follow(fresh, [open, answered, last]).ending?.verdict).toBe('held');
    expect(follow(fresh, [open, last]).ending?.verdict).toBe('inconclusive');
  });
});

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
