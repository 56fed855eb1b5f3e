import { describe, expect, it } from 'vitest';
import type { Limits, Look } from '../../lib/core/progress.ts';
import type { Recovery } from '../../lib/core/recovery.ts';
import { UNKNOWN, yes } from './examples.ts';
import { back, down, failed, follow, fresh, limits, look, say, took, two } from './progress-scenes.ts';

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
      because: `the lever could not be read: ${UNKNOWN.because}`,
    });
  });

  it('inconclusive at once when every target failed', () => {
    expect(follow(two, [look(1, { effects: [failed('a'), failed('b')] })])).toMatchObject({
      events: [
        { kind: 'no-effect', resource: 'a', because: 'another hand' },
        { kind: 'no-effect', resource: 'b', because: 'another hand' },
      ],
      ending: { verdict: 'inconclusive', because: 'the fault did not take effect', tookEffect: false },
    });
  });

  it('inconclusive when the fault took effect on some targets only', () => {
    const some = look(10, {
      effects: [took('a'), failed('b')],
      recovery: back(5),
    });
    const asked = look(60, { recovery: back(5), answers: [say('after', 'holds')] });
    expect(follow(two, [some, asked])).toMatchObject({
      ended: 1,
      ending: {
        verdict: 'inconclusive',
        because: 'the fault took effect on 1 of 2 targets',
        tookEffect: false,
      },
    });
  });

  it('broken by more replacements that die again than allowed', () => {
    const spiral = (failures: number): Look => look(20, { effects: [took('a')], recovery: down(failures) });
    expect(follow(fresh, [spiral(1)]).ending).toBeUndefined();
    expect(follow(fresh, [spiral(2)]).ending).toMatchObject({
      verdict: 'broken',
      because: '2 replacements died again',
    });
  });

  it('broken when it does not recover in time', () => {
    const short = (at: number): Look => look(at, { effects: [took('a')], recovery: down() });
    expect(follow(fresh, [short(99.9)]).ending).toBeUndefined();
    expect(follow(fresh, [short(100)]).ending).toMatchObject({
      verdict: 'broken',
      because: 'no recovery within 100 s',
    });
  });

  it('broken when a group does not recover in which the fault took effect on some targets', () => {
    const some = look(100, { effects: [took('a')], recovery: down() });
    expect(follow(two, [some]).ending).toEqual({
      verdict: 'broken',
      because: 'no recovery within 100 s',
      tookEffect: false,
    });
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
    const short = (at: number): Look => look(at, { effects: [took('a')], recovery: down() });
    expect(follow(fresh, [short(299)], long).ending).toBeUndefined();
    expect(follow(fresh, [short(300)], long).ending?.verdict).toBe('broken');
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
