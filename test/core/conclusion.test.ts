import { describe, expect, it } from 'vitest';
import { conclude } from '../../lib/core/conclusion.ts';
import type { Progress } from '../../lib/core/progress.ts';
import type { Stop } from '../../lib/core/stop.ts';
import { s, say } from './progress-scenes.ts';

const limits = { recoveryLimitSeconds: 100 };
const done: Progress = {
  injectedAtMs: s(0),
  targets: ['a', 'b'].map((resource) => ({ resource, outcome: 'accepted', effect: 'took-effect' })),
  remarks: [],
};
const half: Progress = {
  ...done,
  targets: [
    { resource: 'a', outcome: 'accepted', effect: 'took-effect' },
    { resource: 'b', outcome: 'unknown', effect: 'pending' },
  ],
};
const none: Progress = { ...done, targets: [{ resource: 'a', outcome: 'failed', effect: 'failed' }] };
const stop = (kind: Stop['kind'], because = 'so'): { stop: Stop } => ({ stop: { kind, because, atMs: s(5) } });

describe('the conclusion', () => {
  it('is held when there is nothing to be said', () => {
    expect(conclude(done, limits)).toEqual({
      verdict: 'held',
      because: 'the steady state held during and after the fault',
      tookEffect: true,
    });
  });

  it('says every violation, then what no probe watches, and leaves out what is not known', () => {
    const remarks = [
      say('during', 'violated', '7 at noon', 'errors'),
      say('after', 'unknown', 'no data', 'latency'),
      say('after', 'violated', 'runs 2 of 3'),
    ];
    const { verdict, because } = conclude({ ...done, remarks }, limits, ['no recovery within 100 s']);
    expect(verdict).toBe('broken');
    expect(because).toBe('errors (during): 7 at noon; stable (after): runs 2 of 3; no recovery within 100 s');
  });

  it('is inconclusive by what is not known, with probe and phase', () => {
    const remarks = [say('during', 'unknown', 'no data', 'errors'), say('after', 'unknown', 'no answer')];
    expect(conclude({ ...done, remarks }, limits)).toEqual({
      verdict: 'inconclusive',
      because: 'errors (during): no data; stable (after): no answer',
      tookEffect: true,
    });
  });

  it('keeps apart whether the fault took effect: on every target, or it did not', () => {
    expect(conclude(half, limits)).toEqual({
      verdict: 'inconclusive',
      because: 'the fault took effect on 1 of 2 targets',
      tookEffect: false,
    });
    expect(conclude(half, limits, ['no recovery'])).toMatchObject({ verdict: 'broken', tookEffect: false });
    expect(conclude(none, limits, ['no recovery'])).toEqual({
      verdict: 'inconclusive',
      because: 'the fault did not take effect, yet no recovery',
      tookEffect: false,
    });
  });

  it('makes nothing of an answer that holds', () => {
    expect(conclude({ ...done, remarks: [say('after', 'holds')] }, limits).verdict).toBe('held');
  });

  it('says last what is not known and is no probe’s', () => {
    const open = [say('during', 'unknown', 'no data', 'errors')];
    expect(conclude({ ...done, remarks: open }, limits, [], ['no rest'])).toEqual({
      verdict: 'inconclusive',
      because: 'errors (during): no data; no rest',
      tookEffect: true,
    });
    expect(conclude({ ...done, ...stop('blind') }, limits, [], ['no rest']).because).toBe('so; no rest');
    expect(conclude(done, limits, ['no recovery'], ['no rest']).because).toBe('no recovery');
  });

  it('of what was aborted is that, and says whether the fault took effect', () => {
    const remarks = [say('during', 'violated')];
    expect(conclude({ ...done, remarks, ...stop('aborted', 'ada') }, limits, ['x'])).toEqual({
      verdict: 'aborted',
      because: 'ada',
      tookEffect: true,
    });
    expect(conclude({ ...none, ...stop('aborted', 'ada') }, limits)).toMatchObject({
      verdict: 'aborted',
      tookEffect: false,
    });
  });

  it('of a spiral is broken, and says so last', () => {
    const remarks = [say('during', 'violated', '7 at noon', 'errors')];
    expect(conclude({ ...done, remarks, ...stop('spiral', '4 replacements died again') }, limits)).toMatchObject({
      verdict: 'broken',
      because: 'errors (during): 7 at noon; 4 replacements died again',
    });
    expect(conclude({ ...done, ...stop('spiral') }, limits)).toMatchObject({ verdict: 'broken', because: 'so' });
  });

  it('of what could not be looked at any more is inconclusive, unless something was broken before', () => {
    expect(conclude({ ...done, ...stop('blind') }, limits)).toMatchObject({ verdict: 'inconclusive', because: 'so' });
    const open = [say('during', 'unknown', 'no data', 'errors')];
    expect(conclude({ ...done, remarks: open, ...stop('blind') }, limits).because).toBe('errors (during): no data; so');
    const remarks = [say('during', 'violated', '7', 'errors')];
    expect(conclude({ ...done, remarks, ...stop('blind') }, limits)).toMatchObject({
      verdict: 'broken',
      because: 'errors (during): 7',
    });
  });

  it('of what a violation stopped is told by the violation alone', () => {
    const remarks = [say('during', 'violated', '7', 'errors')];
    expect(conclude({ ...done, remarks, ...stop('violated', 'errors (during): 7') }, limits)).toMatchObject({
      verdict: 'broken',
      because: 'errors (during): 7',
    });
  });

  it.each<[string, Partial<Progress>, string | undefined]>([
    ['in time', { recoveredAtMs: s(100), recoverySeconds: 100 }, undefined],
    ['too late', { recoveredAtMs: s(100.5), recoverySeconds: 100.5 }, '100.5'],
    ['not at all, as far as this tells', {}, undefined],
    ['in time from the undo', { undoneAtMs: s(60), recoveredAtMs: s(160), recoverySeconds: 160 }, undefined],
    ['too late from the undo', { undoneAtMs: s(60), recoveredAtMs: s(161), recoverySeconds: 161 }, '101'],
    ['before the undo', { undoneAtMs: s(600), recoveredAtMs: s(2), recoverySeconds: 2 }, undefined],
    ['not at all after the undo', { undoneAtMs: s(60) }, undefined],
  ])('looks at how long recovery took: %s', (_, changes, lateSeconds) => {
    const { verdict, because } = conclude({ ...done, ...changes }, limits);
    expect(verdict).toBe(lateSeconds === undefined ? 'held' : 'broken');
    if (lateSeconds !== undefined) expect(because).toBe(`recovery took ${lateSeconds} s, more than 100 s`);
  });
});
