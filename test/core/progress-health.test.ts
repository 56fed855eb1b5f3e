import { describe, expect, it } from 'vitest';
import { advance, afterFromMs, type Event, type Look, undone } from '../../lib/core/progress.ts';
import { back, down, follow, fresh, healthy, limits, look, reversible, s, say, took } from './progress-scenes.ts';

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
    expect(follow(fresh, looks.slice(1, 2)).ending).toBeUndefined();
    const { ended } = follow(fresh, looks.slice(1));
    expect(ended).toBe(1);
  });
});
