import { expect, it, describe as suite } from 'vitest';
import { describe, isEcho, shortResource, wordOf } from '../../lib/audit/describe.ts';
import { type Entry, RECORD_KINDS, type RecordKind } from '../../lib/audit/record.ts';
import { aChain, anEntry } from './examples.ts';

const TASK = 'arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789abcdef0123456789abcdef';

function sentence(kind: RecordKind, changes: Partial<Entry> = {}): string {
  return aChain('experiment', [anEntry('key', { kind, facts: {}, ...changes })])
    .map(describe)
    .join();
}

suite('a record in a sentence', () => {
  it.each<[RecordKind, Partial<Entry>, string]>([
    [
      'plan-drawn',
      {
        facts: {
          planned: 2,
          notPlanned: { 'not-drawn': 3, holiday: 1 },
          refused: 1,
          unread: [{ resource: 'cluster/broken', because: 'denied' }],
        },
      },
      '2 planned, 3 not-drawn, 1 holiday, 1 refused; could not be read: cluster/broken',
    ],
    ['plan-drawn', { facts: { planned: 0, notPlanned: {}, refused: 0, unread: [] } }, '0 planned'],
    ['plan-part', { facts: { part: 2, of: 3, groups: [{}, {}] } }, 'part 2 of 3: 2 groups'],
    ['cancelled', {}, 'cancelled by ada: to learn'],
    [
      'restored',
      { facts: { at: '2026-03-02T10:00:00Z' } },
      'its schedule was lost; ada made it again for 2026-03-02T10:00:00Z: to learn',
    ],
    ['planned', { facts: { fault: 'stop-task', at: '12:00' } }, 'stop-task drawn for 12:00'],
    ['requested', {}, 'asked for by ada: to learn'],
    [
      'refused',
      {
        facts: {
          refusals: [
            { code: 'late', because: '9 s late' },
            { code: 'lever-engaged', because: 'by bob' },
          ],
        },
      },
      'late: 9 s late; lever-engaged: by bob',
    ],
    [
      'leashed',
      { facts: { because: 'the leash is on', targets: [{ resource: TASK, clusterArn: 'c' }] } },
      'the leash is on; would have hit task 01234567',
    ],
    [
      'started',
      { resource: TASK, facts: { guards: ['a', 'b'], positions: [1], candidates: ['x', 'y', 'z'] } },
      '2 guards passed, claim granted; drew number 2 of 3: task 01234567',
    ],
    ['started', { resource: TASK, facts: { explainedBy: 'x' } }, 'task 01234567 too'],
    [
      'injected',
      { resource: TASK, facts: { fault: 'stop-task', outcome: 'accepted' } },
      'stop-task on task 01234567: accepted',
    ],
    [
      'injected',
      { resource: TASK, facts: { fault: 'stop-task', outcome: 'failed', message: 'AccessDenied' } },
      'stop-task on task 01234567: failed (AccessDenied)',
    ],
    ['took-effect', { resource: TASK, facts: { because: 'STOPPED' } }, 'task 01234567: STOPPED'],
    ['no-effect', { resource: TASK, facts: { because: 'another hand' } }, 'task 01234567: another hand'],
    ['violated', { facts: { probe: 'errors', phase: 'during', because: '7 of 5' } }, 'errors (during): 7 of 5'],
    ['stopping', { facts: { cause: 'halted', because: 'bob: enough' } }, 'ended by bob: enough'],
    ['stopping', { facts: { cause: 'aborted', because: 'bob ended it: enough' } }, 'bob ended it: enough'],
    [
      'undone',
      { resource: TASK, facts: { because: 'undone: nothing is frozen', seconds: 1.5 } },
      'task 01234567: nothing is frozen (1.5 s after the undo was called for)',
    ],
    [
      'undone',
      { resource: TASK, facts: { because: 'its host is gone', seconds: 1.5 } },
      'task 01234567: its host is gone (1.5 s after the undo was called for)',
    ],
    ['recovered', { facts: { recoverySeconds: 12.5 } }, 'running = desired again after 12.5 s'],
    ['ended', { facts: { verdict: 'held', because: 'all well' } }, 'all well'],
    ['failed', { facts: { because: 'a defect' } }, 'Capuchin itself failed: a defect'],
    ['lever-engaged', {}, 'by ada: to learn'],
  ])('of kind %s with %j reads well', (kind, changes, text) => {
    expect(sentence(kind, changes)).toBe(text);
  });

  it.each(Object.keys(RECORD_KINDS) as RecordKind[])('of kind %s says something whatever its facts are', (kind) => {
    for (const facts of [{}, { refusals: [], targets: [], guards: [] }, { refusals: 'x', targets: 5, guards: null }]) {
      expect(sentence(kind, { facts }).trim().length).toBeGreaterThan(2);
    }
  });
});

suite('the word beside the sentence', () => {
  it('is the verdict where one is given, and the kind otherwise', () => {
    const word = (kind: RecordKind, facts = {}): string[] => aChain('e', [anEntry('k', { kind, facts })]).map(wordOf);
    expect(word('ended', { verdict: 'broken' })).toEqual(['broken']);
    expect(word('ended')).toEqual(['unknown']);
    expect(word('started', { verdict: 'broken' })).toEqual(['started']);
  });
});

suite('an end from outside', () => {
  const halted: Partial<Entry> = {
    kind: 'stopping',
    actor: 'bob',
    reason: 'enough',
    facts: { cause: 'halted', because: 'bob: enough' },
  };
  const seen = (because: string, cause = 'aborted'): Partial<Entry> => ({
    kind: 'stopping',
    facts: { cause, because },
  });
  const echoes = (...entries: Partial<Entry>[]): boolean[] => {
    const records = aChain(
      'e',
      entries.map((entry, index) => anEntry(`${index}`, entry)),
    );
    return records.map((record, index) => isEcho(record, records.slice(0, index)));
  };

  it('is told once, whichever of its two records comes first', () => {
    expect(echoes(halted, seen('bob engaged the lever: enough'))).toEqual([false, true]);
    expect(echoes(seen('bob ended it: enough'), { kind: 'undone' }, halted)).toEqual([false, false, true]);
  });

  it('is told again when it is another one', () => {
    expect(echoes(halted, seen('the alarm slow is in ALARM: p99'))).toEqual([false, false]);
    expect(echoes(seen('errors (during): 7 of 5', 'violated'), halted)).toEqual([false, false]);
    expect(echoes(seen('x: enough'), seen('y: enough'))).toEqual([false, false]);
    expect(echoes(halted, { kind: 'ended', facts: { because: 'bob ended it: enough' } })).toEqual([false, false]);
  });
});

suite('a resource', () => {
  it.each([
    [TASK, 'task 01234567'],
    ['arn:aws:ecs:eu-west-1:111122223333:service/shop/checkout', 'checkout'],
    ['i-0abc', 'i-0abc'],
  ])('%s is called %s', (resource, name) => {
    expect(shortResource(resource)).toBe(name);
  });
});
