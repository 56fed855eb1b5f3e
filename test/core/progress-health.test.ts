import { describe, expect, it } from 'vitest';
import { advance, afterFromMs, type Event, type Limits, type Look, undone } from '../../lib/core/progress.ts';
import {
  back,
  down,
  errors,
  follow,
  fresh,
  healthy,
  limits,
  look,
  reversible,
  s,
  say,
  stable,
  took,
} from './progress-scenes.ts';

const ill: Look['health'] = { state: 'unhealthy' };
const seen = (at: number, health: Look['health'], changes: Partial<Look> = {}): Look =>
  look(at, { effects: [took('a')], recovery: back(5), health, answers: [say('after', 'holds')], ...changes });
const healths = (events: readonly Event[]): Event[] => events.filter(({ kind }) => kind === 'healthy');

describe('the health of a group', () => {
  it('is said once, in seconds from the strike, and is never before the recovery', () => {
    const { events, progress } = follow(fresh, [seen(10, healthy(8)), seen(20, healthy(20)), seen(30, healthy(8))]);
    expect(healths(events)).toEqual([{ kind: 'healthy', healthySeconds: 8, healthyAtMs: s(8) }]);
    expect(progress.healthyAtMs).toBe(s(8));
    const early = follow(fresh, [seen(10, healthy(2))]).events;
    expect(healths(early)).toEqual([{ kind: 'healthy', healthySeconds: 5, healthyAtMs: s(5) }]);
  });

  it('counts from the act where ECS names no moment of the strike', () => {
    const { struckAtMs: _, ...recovery } = back(5);
    const { events } = follow({ ...fresh, injectedAtMs: s(3) }, [seen(10, healthy(8), { recovery })]);
    expect(healths(events)).toEqual([{ kind: 'healthy', healthySeconds: 5, healthyAtMs: s(8) }]);
  });

  it('counts for nothing before the recovery, nor before the fault took effect', () => {
    expect(healths(follow(fresh, [seen(10, healthy(8), { recovery: down() })]).events)).toEqual([]);
    expect(healths(follow(fresh, [seen(10, healthy(8), { effects: [] })]).events)).toEqual([]);
  });

  it('is said again after the group fell short or ill', () => {
    const short = [seen(10, healthy(8)), seen(20, healthy(8), { recovery: back(15) })];
    expect(healths(follow(fresh, short).events)).toEqual([
      { kind: 'healthy', healthySeconds: 8, healthyAtMs: s(8) },
      { kind: 'healthy', healthySeconds: 15, healthyAtMs: s(15) },
    ]);
    const wasIll = [seen(10, healthy(8)), seen(20, ill), seen(30, healthy(28))];
    expect(healths(follow(fresh, wasIll).events)).toEqual([
      { kind: 'healthy', healthySeconds: 8, healthyAtMs: s(8) },
      { kind: 'healthy', healthySeconds: 28, healthyAtMs: s(28) },
    ]);
    expect(advance(follow(fresh, wasIll.slice(0, 1)).progress, seen(20, ill), limits).progress).not.toHaveProperty(
      'healthyAtMs',
    );
  });

  it('is waited for where it is bad, and not where nobody can tell', () => {
    const unknown: Look['health'] = { state: 'unknown' };
    expect(follow(fresh, [seen(50, ill), seen(60, ill), seen(99.9, ill)]).ending).toBeUndefined();
    expect(follow(fresh, [seen(50, unknown), seen(60, unknown)]).ending?.verdict).toBe('held');
    expect(follow(fresh, [seen(50, ill), seen(70, healthy(65)), seen(80, healthy(65))]).ending?.verdict).toBe('held');
  });

  it('that stays bad until the recovery limit breaks the hypothesis', () => {
    expect(follow(fresh, [seen(50, ill), seen(100, ill)]).ending).toEqual({
      verdict: 'broken',
      because: 'not every task was healthy again within 100 s',
      tookEffect: true,
    });
    const gone = undone(advance(fresh, look(1, { effects: [took('a')] }), reversible).progress, s(62)).progress;
    expect(follow(gone, [seen(161.9, ill)], reversible).ending).toBeUndefined();
    expect(follow(gone, [seen(162, ill)], reversible).ending).toMatchObject({
      verdict: 'broken',
      because: 'not every task was healthy again within 100 s',
    });
  });

  it('after a recovery is where the time after begins', () => {
    const back5 = { ...fresh, recoveredAtMs: s(5) };
    expect(afterFromMs({ ...back5, healthyAtMs: s(70) }, limits)).toBe(s(70));
    expect(afterFromMs({ ...back5, healthyAtMs: s(10) }, limits)).toBe(s(60));
    expect(afterFromMs({ ...fresh, healthyAtMs: s(70) }, limits)).toBeUndefined();
    expect(afterFromMs({ ...back5, undoneAtMs: s(62), healthyAtMs: s(10) }, reversible)).toBe(s(62));
    expect(afterFromMs({ ...back5, undoneAtMs: s(62), healthyAtMs: s(70) }, reversible)).toBe(s(70));
    expect(afterFromMs(back5, reversible)).toBeUndefined();
  });

  it('that came only now makes answers about the time before it worthless', () => {
    const looks = [seen(65, { state: 'unknown' }), seen(70, healthy(69)), seen(75, healthy(69))];
    expect(follow(fresh, looks.slice(0, 2)).ending).toBeUndefined();
    expect(follow(fresh, looks)).toMatchObject({ ended: 2, ending: { verdict: 'held' } });
  });

  it('is not forgotten by a look that cannot tell, unless the group fell short meanwhile', () => {
    const unknown: Look['health'] = { state: 'unknown' };
    const first = advance(fresh, seen(10, healthy(8)), limits).progress;
    expect(advance(first, seen(20, unknown), limits)).toStrictEqual({ progress: first, events: [] });
    const moved = advance(first, seen(20, unknown, { recovery: back(15) }), limits);
    expect(moved.progress).not.toHaveProperty('healthyAtMs');
    const short = advance(first, seen(20, unknown, { recovery: down() }), limits);
    expect(short.progress).not.toHaveProperty('healthyAtMs');
    const never = advance(fresh, seen(10, unknown), limits).progress;
    expect(advance(never, seen(20, unknown), limits)).toStrictEqual({ progress: never, events: [] });
    expect(never).not.toHaveProperty('healthyAtMs');
  });

  it('alternating with not knowing is said once, and does not put off the end', () => {
    const unknown: Look['health'] = { state: 'unknown' };
    const looks = [seen(50, healthy(48)), seen(55, unknown), seen(58, healthy(58)), seen(60, unknown)];
    const { events, ended } = follow(fresh, looks);
    expect(healths(events)).toHaveLength(1);
    expect(ended).toBe(3);
  });

  it('has a moment only where it is good', () => {
    const odd: Look['health'] = { state: 'unhealthy', healthyAtMs: s(8) };
    expect(healths(follow(fresh, [seen(10, odd)]).events)).toEqual([]);
  });

  it('that was bad is known by the last look at which it was, whether the fault was on or not', () => {
    const one = advance(fresh, seen(10, ill), limits).progress;
    expect(one.illAtMs).toBe(s(10));
    expect(advance(one, seen(20, healthy(18)), limits).progress.illAtMs).toBe(s(10));
    expect(advance(one, seen(20, ill), limits).progress.illAtMs).toBe(s(20));
    expect(advance(fresh, seen(10, healthy(8)), limits).progress).not.toHaveProperty('illAtMs');
    expect(advance(fresh, look(10, { health: ill }), reversible).progress.illAtMs).toBe(s(10));
  });
});

describe('a group that is back anew at every look', () => {
  // The recovery limit of 100 s, one settling of 25 s, and 600 s.
  const slow: Limits = { ...limits, steadyState: [stable, errors] };
  const anew = (at: number, backAt: number): Look => seen(at, { state: 'unknown' }, { recovery: back(backAt) });
  const until = (last: number, under: Limits = slow, from = fresh) =>
    follow(from, [anew(80, 0), anew(99, 1), anew(last, 0)], under).ending;

  it('is given up after a while, and nobody knows what it is worth', () => {
    expect(until(725)).toBeUndefined();
    expect(until(725.5)).toEqual({
      verdict: 'inconclusive',
      because: 'it did not come to rest within 725 s',
      tookEffect: true,
    });
  });

  it('is observed to the end before', () => {
    expect(until(925, { ...slow, observeSeconds: 300 })).toBeUndefined();
    expect(until(925.5, { ...slow, observeSeconds: 300 })).toMatchObject({ verdict: 'inconclusive' });
  });

  it('is given as much time from the undo', () => {
    const under: Limits = { ...reversible, steadyState: [stable, errors] };
    const gone = undone(advance(fresh, look(1, { effects: [took('a')] }), under).progress, s(62)).progress;
    expect(until(787, under, gone)).toBeUndefined();
    expect(until(787.5, under, gone)?.because).toBe('it did not come to rest within 725 s');
  });

  it('is no such group when it comes to rest late', () => {
    const looks = [anew(99, 0), anew(700, 1), anew(724, 1), anew(725.5, 1)];
    expect(follow(fresh, looks, slow)).toMatchObject({ ended: 2, ending: { verdict: 'held' } });
  });
});
