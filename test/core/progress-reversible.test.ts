import { describe, expect, it } from 'vitest';
import { advance, duringUntilMs, isFaultOn, type Look, type Progress, undone } from '../../lib/core/progress.ts';
import { UNKNOWN, yes } from './examples.ts';
import { back, down, failed, follow, fresh, look, reversible, s, say, took, two } from './progress-scenes.ts';

const on = look(1, { effects: [took('a')] });
const engaged = yes({ engaged: true, reason: 'an incident', actor: 'ada', at: '' });
const violated = [say('during', 'violated', '7 at noon', 'errors')];
const asked = (at: number, changes: Partial<Look> = {}): Look =>
  look(at, { recovery: back(0), answers: [say('after', 'holds')], ...changes });

/** The fault is on the target until it is taken away. */
const struck: Progress = advance(fresh, on, reversible).progress;
/** It was taken away at the end of its time. */
const over: Progress = undone(struck, s(62)).progress;

describe('a fault that can be taken away', () => {
  it('is on from the act until its undo is confirmed; one that cannot is never on', () => {
    expect(isFaultOn(fresh, reversible)).toBe(true);
    expect(isFaultOn(struck, reversible)).toBe(true);
    expect(isFaultOn(over, reversible)).toBe(false);
    const { faultSeconds: _, ...oneShot } = reversible;
    expect(isFaultOn(fresh, oneShot)).toBe(false);
  });

  it('lasts as long as it should, or until it is taken away, and not as long as a one-shot one is observed', () => {
    expect(duringUntilMs(fresh, reversible)).toBe(s(60));
    expect(duringUntilMs(over, reversible)).toBe(s(62));
    expect(duringUntilMs(undone(fresh, s(5)).progress, reversible)).toBe(s(5));
    const { faultSeconds: _, ...oneShot } = reversible;
    expect(duringUntilMs(fresh, oneShot)).toBe(s(7));
  });

  it('stays on while nothing is wrong, and is taken away at the end of its time', () => {
    const quiet = (at: number): Look => look(at, { answers: [say('during', 'holds', '', 'errors')] });
    expect(struck).not.toHaveProperty('stop');
    expect(advance(struck, quiet(59.999), reversible)).toStrictEqual({ progress: struck, events: [] });
    expect(advance(struck, quiet(60), reversible)).toStrictEqual({ progress: struck, events: [], undo: true });
    expect(advance(struck, quiet(75), reversible)).toMatchObject({ undo: true });
  });

  it('stays on while a question has no answer', () => {
    const open = look(30, { answers: [say('during', 'unknown', 'no data', 'errors')] });
    expect(advance(struck, open, reversible).undo).toBeUndefined();
  });

  it('is taken away at once when it failed on every target, but not while one may still have it', () => {
    expect(advance(two, look(1, { effects: [failed('a'), failed('b')] }), reversible)).toMatchObject({ undo: true });
    expect(advance(two, look(1, { effects: [failed('a')] }), reversible).undo).toBeUndefined();
    expect(advance(two, look(1, { effects: [failed('a'), took('b')] }), reversible).undo).toBeUndefined();
  });

  it.each<[string, Partial<Look>, string, string]>([
    ['a violated probe', { answers: violated }, 'violated', 'errors (during): 7 at noon'],
    ['a spiral', { recovery: down(2) }, 'spiral', '2 replacements died again'],
    ['the lever', { lever: engaged }, 'aborted', 'ada engaged the lever: an incident'],
    ['a lever that cannot be read', { lever: UNKNOWN }, 'aborted', `the lever could not be read: ${UNKNOWN.because}`],
    [
      'somebody who asks',
      { stopRequest: { actor: 'bob', reason: 'enough', at: '' } },
      'aborted',
      'bob ended it: enough',
    ],
    ['an alarm', { alarms: yes([{ name: 'x', state: 'ALARM' }]) }, 'aborted', 'the alarm x is in ALARM'],
    [
      'an alarm that is gone',
      { alarms: yes([{ name: 'x', state: 'MISSING' }]) },
      'aborted',
      'the stop alarm x does not exist any more',
    ],
    [
      'alarms that cannot be read',
      { alarms: UNKNOWN },
      'aborted',
      `the stop alarms could not be read: ${UNKNOWN.because}`,
    ],
  ])('is taken away at once because of %s', (_, changes, kind, because) => {
    const stop = { kind, because, atMs: s(20) };
    const next = advance(struck, look(20, changes), reversible);
    expect(next).toMatchObject({ progress: { stop }, undo: true });
    expect(next.events.filter((event) => event.kind === 'stopping')).toEqual([{ kind: 'stopping', stop }]);
    expect(next.ending).toBeUndefined();
  });

  it('stays on where replacements die again no more often than allowed', () => {
    expect(advance(struck, look(20, { recovery: down(1) }), reversible).undo).toBeUndefined();
  });

  it('says each event of a look in order: effect, violation, and that it stops', () => {
    const { events } = advance(fresh, look(5, { effects: [took('a')], answers: violated }), reversible);
    expect(events.map(({ kind }) => kind)).toEqual(['took-effect', 'violated', 'stopping']);
  });

  it('is asked to be taken away again as long as that is not confirmed, and the first cause stays', () => {
    const { progress, events, undos } = follow(
      fresh,
      [on, look(10, { answers: violated }), look(11, { lever: engaged }), look(12)],
      reversible,
      'never',
    );
    expect(undos).toEqual([1, 2, 3]);
    expect(progress.stop).toEqual({ kind: 'violated', because: 'errors (during): 7 at noon', atMs: s(10) });
    expect(events.filter(({ kind }) => kind === 'stopping')).toHaveLength(1);
  });

  it('counts neither recovery nor health while it is on, however long ago they were seen', () => {
    const seen = look(30, { recovery: back(5), health: { state: 'healthy', healthyAtMs: s(6) } });
    expect(advance(struck, seen, reversible)).toEqual({ progress: struck, events: [] });
    expect(advance({ ...struck, recoveredAtMs: s(5), recoverySeconds: 5 }, seen, reversible).progress).toEqual(struck);
  });
});

describe('after the undo', () => {
  it('what nobody saw take effect did not, and is said once', () => {
    const { progress, events } = undone(advance(two, on, reversible).progress, s(61));
    expect(progress).toEqual({
      ...two,
      targets: [
        { resource: 'a', outcome: 'accepted', effect: 'took-effect' },
        { resource: 'b', outcome: 'accepted', effect: 'failed' },
      ],
      undoneAtMs: s(61),
    });
    expect(events).toEqual([
      { kind: 'no-effect', resource: 'b', because: 'it was not seen before the fault was taken away' },
    ]);
    expect(follow(progress, [asked(70), asked(75)], reversible)).toMatchObject({
      events: [{ kind: 'recovered' }],
      ending: { verdict: 'inconclusive', because: 'the fault took effect on 1 of 2 targets', tookEffect: false },
    });
  });

  it('of a fault that nobody saw it ends at once', () => {
    const { progress, events } = undone(fresh, s(61));
    expect(events).toHaveLength(1);
    expect(follow(progress, [look(62)], reversible)).toMatchObject({
      ending: { verdict: 'inconclusive', because: 'the fault did not take effect', tookEffect: false },
      ended: 0,
    });
  });

  it('it holds when the group is back, and normal when it was asked about the time after', () => {
    const { events, ending, ended } = follow(over, [asked(63, { answers: [] }), asked(64)], reversible);
    expect(events).toEqual([{ kind: 'recovered', recoverySeconds: 0, recoveredAtMs: s(0) }]);
    expect({ ending, ended }).toEqual({
      ending: {
        verdict: 'held',
        because: 'the steady state held during and after the fault',
        tookEffect: true,
      },
      ended: 1,
    });
  });

  it('it does not take answers of the first look, at which the recovery was seen, for answers about the time after', () => {
    expect(follow(over, [asked(63)], reversible).ending).toBeUndefined();
    expect(follow(over, [asked(63), look(64, { recovery: back(0) })], reversible).ending).toBeUndefined();
  });

  it('it is over at once when no probe is asked after', () => {
    const steadyState = [{ type: 'service-stable' as const, name: 'stable', phases: ['during' as const] }];
    const at = follow(over, [look(63, { recovery: back(0) })], { ...reversible, steadyState });
    expect(at.ending?.verdict).toBe('held');
  });

  it('the recovery limit counts from the undo', () => {
    const short = (at: number): Look => look(at, { recovery: down() });
    expect(follow(over, [short(100), short(161.999)], reversible).ending).toBeUndefined();
    expect(follow(over, [short(162)], reversible).ending).toMatchObject({
      verdict: 'broken',
      because: 'no recovery within 100 s',
    });
  });

  it('a recovery is late by what it took from the undo, not from the act', () => {
    const looks = (at: number): Look[] => [
      look(at, { recovery: back(at) }),
      look(at + 1, { recovery: back(at), answers: [say('after', 'holds')] }),
    ];
    expect(follow(over, looks(161.9), reversible).ending?.verdict).toBe('held');
    const early = undone(struck, s(10)).progress;
    expect(follow(early, looks(109), reversible).ending?.verdict).toBe('held');
    // Nobody looked for a while.
    expect(follow(early, [look(109, { recovery: back(109) }), ...looks(111)], reversible).ending).toMatchObject({
      verdict: 'broken',
      because: 'recovery took 101 s, more than 100 s',
    });
  });

  it('a one-shot fault’s observation does not lengthen the recovery limit', () => {
    const long = { ...reversible, observeSeconds: 900 };
    expect(follow(over, [look(162, { recovery: down() })], long).ending?.verdict).toBe('broken');
  });

  it('a step that neither ends nor undoes says nothing of either', () => {
    expect(advance(over, look(63), reversible)).toStrictEqual({ progress: over, events: [] });
  });

  it('it is watched on after a violation, whose verdict stays', () => {
    const seen = [on, look(10, { answers: violated }), asked(12), asked(40)];
    expect(follow(fresh, seen, reversible)).toMatchObject({
      undos: [1],
      ended: 3,
      ending: { verdict: 'broken', because: 'errors (during): 7 at noon', tookEffect: true },
    });
    expect(follow(fresh, seen.slice(0, 3), reversible).ending).toBeUndefined();
  });

  it.each<[string, Partial<Look>]>([
    ['the lever', { lever: engaged }],
    ['somebody who asks', { stopRequest: { actor: 'bob', reason: 'enough', at: '' } }],
    ['an alarm', { alarms: yes([{ name: 'x', state: 'ALARM' }]) }],
    ['a spiral', { recovery: down(2) }],
  ])('while it is watched after a violation, %s ends it at once, and it stays broken', (_, changes) => {
    const seen = [on, look(10, { answers: violated }), look(12), look(13, changes)];
    const { ending, ended, progress } = follow(fresh, seen, reversible);
    expect(ended).toBe(3);
    expect(ending).toEqual({ verdict: 'broken', because: 'errors (during): 7 at noon', tookEffect: true });
    expect(progress.stop?.kind).toBe('violated');
  });

  it.each<[string, Partial<Look>, string, string]>([
    ['the lever', { lever: engaged }, 'aborted', 'ada engaged the lever: an incident'],
    ['a spiral', { recovery: down(2) }, 'broken', '2 replacements died again'],
  ])('of a fault that %s ended, nothing more is watched', (_, changes, verdict, because) => {
    const { ending, ended, undos } = follow(fresh, [on, look(10, changes), look(11)], reversible);
    expect({ ended, undos }).toEqual({ ended: 2, undos: [1] });
    expect(ending).toEqual({ verdict, because, tookEffect: true });
  });

  it('a stop that comes only then ends it too', () => {
    const { ending, events } = follow(over, [look(63, { lever: engaged })], reversible);
    expect(ending).toMatchObject({ verdict: 'aborted', because: 'ada engaged the lever: an incident' });
    expect(events.map(({ kind }) => kind)).toEqual(['stopping']);
  });

  it('a violation stops nothing any more, and breaks it all the same', () => {
    const late = look(63, { recovery: back(0), answers: violated });
    const { progress, events, ending } = follow(over, [late, asked(64)], reversible);
    expect(events.map(({ kind }) => kind)).toEqual(['violated', 'recovered']);
    expect(progress.stop).toBeUndefined();
    expect(ending?.verdict).toBe('broken');
  });
});
