import { describe, expect, it } from 'vitest';
import type { AlarmNow } from '../../lib/core/alarm.ts';
import type { ProbeAnswer } from '../../lib/core/probe.ts';
import type { Recovery } from '../../lib/core/recovery.ts';
import { isOneMoreStop, type Stop, type StopSigns, stopOf } from '../../lib/core/stop.ts';
import { NOON_MS, UNKNOWN, yes } from './examples.ts';

const calm: StopSigns = {
  nowMs: NOON_MS,
  lever: yes({ engaged: false, reason: 'all is well', actor: 'ada', at: '' }),
  alarms: yes([]),
};
const limits = { maxReplacementFailures: 2 };
const died = (replacementFailures: number): Recovery => ({ replacementFailures });
const violation: ProbeAnswer = { probe: 'errors', phase: 'during', answer: 'violated', because: '7 at noon' };

const of = (signs: Partial<StopSigns>, violations: readonly ProbeAnswer[] = [], failures = 0): Stop | undefined =>
  stopOf({ ...calm, ...signs }, violations, limits, died(failures));
const alarm = (state: AlarmNow['state'], changes: Partial<AlarmNow> = {}): AlarmNow => ({
  name: `${state} one`,
  state,
  ...changes,
});

const engaged = yes({ engaged: true, reason: 'an incident', actor: 'ada', at: '' });
const stopRequest = { actor: 'bob', reason: 'enough', at: '' };

const ABORTS: [string, Partial<StopSigns>, string][] = [
  ['a lever that nobody can read', { lever: UNKNOWN }, `the lever could not be read: ${UNKNOWN.because}`],
  ['the engaged lever', { lever: engaged }, 'ada engaged the lever: an incident'],
  ['a person', { stopRequest }, 'bob ended it: enough'],
  ['alarms that nobody can read', { alarms: UNKNOWN }, `the stop alarms could not be read: ${UNKNOWN.because}`],
  [
    'an alarm in ALARM with its reason',
    { alarms: yes([alarm('OK'), alarm('ALARM', { reason: '7 errors' })]) },
    'the alarm ALARM one is in ALARM: 7 errors',
  ],
  ['an alarm in ALARM without one', { alarms: yes([alarm('ALARM')]) }, 'the alarm ALARM one is in ALARM'],
  [
    'an alarm that is gone',
    { alarms: yes([alarm('OK'), alarm('MISSING', { reason: 'r' })]) },
    'the stop alarm MISSING one does not exist any more',
  ],
];

describe('a reason to stop', () => {
  it('is none while all is calm', () => {
    expect(of({})).toBeUndefined();
    expect(of({ alarms: yes([alarm('OK')]) }, [], 2)).toBeUndefined();
  });

  it('is none in an alarm that has no data now: it was in OK before the act, and says nothing else', () => {
    expect(of({ alarms: yes([alarm('INSUFFICIENT_DATA', { reason: 'no data' })]) })).toBeUndefined();
  });

  it.each(ABORTS)('is %s', (_, signs, because) => {
    expect(of(signs)).toEqual({ kind: 'aborted', because, atMs: NOON_MS });
    expect(of({ ...signs, nowMs: NOON_MS + 5 })).toMatchObject({ atMs: NOON_MS + 5 });
  });

  it('is the first of them, in this order', () => {
    const all = { alarms: yes([alarm('MISSING'), alarm('ALARM')]), stopRequest, lever: engaged };
    expect(of(all)?.because).toContain('engaged the lever');
    expect(of({ ...all, lever: calm.lever })?.because).toContain('bob ended it');
    expect(of({ alarms: all.alarms })?.because).toContain('does not exist any more');
  });

  it('is a spiral, once more replacements died than allowed', () => {
    expect(of({}, [], 3)).toEqual({ kind: 'spiral', because: '3 replacements died again', atMs: NOON_MS });
  });

  it('is the first violation, with its phase', () => {
    expect(of({}, [violation, { ...violation, probe: 'latency' }])).toEqual({
      kind: 'violated',
      because: 'errors (during): 7 at noon',
      atMs: NOON_MS,
    });
  });

  it('from outside comes before a spiral, and a spiral before a violation', () => {
    expect(of({ stopRequest }, [violation], 3)?.kind).toBe('aborted');
    expect(of({}, [violation], 3)?.kind).toBe('spiral');
  });
});

describe('one more reason, for what a violation stopped,', () => {
  const more = (signs: Partial<StopSigns>, failures = 0): boolean =>
    isOneMoreStop({ ...calm, ...signs, recovery: died(failures) }, limits);

  it.each(ABORTS)('is %s', (_, signs) => {
    expect(more(signs)).toBe(true);
  });

  it('is a spiral', () => {
    expect([more({}, 2), more({}, 3)]).toEqual([false, true]);
  });

  it('is nothing else', () => {
    expect(more({ alarms: yes([alarm('OK'), alarm('INSUFFICIENT_DATA')]) })).toBe(false);
  });
});
