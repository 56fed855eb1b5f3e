import { describe, expect, it } from 'vitest';
import { advance, afterFromMs, type Limits, type Look, settleMs } from '../../lib/core/progress.ts';
import { back, errors, follow, fresh, limits, look, s, say, stable, took, two } from './progress-scenes.ts';

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

  it('counts no recovery of which only one half is known', () => {
    for (const half of [{ recoveredAtMs: s(5) }, { recoverySeconds: 5 }]) {
      const seen = look(10, { effects: [took('a')], recovery: { replacementFailures: 0, ...half } });
      const { progress, events } = advance(fresh, seen, limits);
      expect(events.map(({ kind }) => kind)).toEqual(['took-effect']);
      expect(progress).not.toHaveProperty('recoveredAtMs');
      expect(progress).not.toHaveProperty('recoverySeconds');
    }
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

  it('does not take answers for those about this recovery though both were within the observation', () => {
    const moved = look(61, { recovery: back(30), answers: [say('after', 'holds')] });
    expect(follow(fresh, [...calm.slice(0, 4), moved]).ending).toBeUndefined();
    expect(follow(fresh, [...calm.slice(0, 4), moved, { ...moved, nowMs: s(62) }]).ending?.verdict).toBe('held');
  });

  it('is not over by answers about the time before, while any probe is to be asked after', () => {
    const both: Limits = { ...limits, steadyState: [stable, { ...errors, phases: ['during'] }] };
    const last = look(60, { recovery: back(25), answers: [say('during', 'holds', '', 'errors')] });
    expect(follow(fresh, [...calm.slice(0, 4), last], both).ending).toBeUndefined();
    expect(follow(fresh, [...calm.slice(0, 4), { ...last, answers: [] }], both).ending).toBeUndefined();
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
