import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announcementNotice, experimentOf, NOTICED, type Notice, noticeOf } from '../../lib/audit/notice.ts';
import { type Entry, RECORD_KINDS, type RecordKind } from '../../lib/audit/record.ts';
import { aChain, anEntry, anyEntry } from './examples.ts';

const TASK = 'arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789abcdef0123456789abcdef';

function notice(kind: RecordKind, changes: Partial<Entry> = {}, chain = 'shop-checkout-1'): Notice | undefined {
  const [record] = aChain(chain, [anEntry('key', { kind, group: 'shop/checkout', facts: {}, ...changes })]);
  return record && noticeOf(record);
}

const ANNOUNCED = {
  experiment: 'shop-checkout-1',
  group: 'shop/checkout',
  fault: 'pause-container',
  targets: [TASK, `${TASK}2`],
  actor: 'schedule plan/2026-11-23',
  reason: 'planned',
  untilMs: Date.parse('2026-11-23T12:01:00Z'),
};

describe('the notice before an act', () => {
  it('says what, whom, who, why, until when, and how to look and to stop it', () => {
    expect(announcementNotice(ANNOUNCED)).toEqual({
      subject: 'Capuchin: pause-container in shop/checkout starts now',
      message: [
        'Capuchin is about to act on shop/checkout: every guard said yes.',
        '',
        'fault:       pause-container',
        `targets:     ${TASK}`,
        `             ${TASK}2`,
        'ends:        by itself at 2026-11-23T12:01:00.000Z, whoever is still there',
        'who:         schedule plan/2026-11-23',
        'why:         planned',
        'experiment:  shop-checkout-1',
        '',
        'Look: capuchin show shop-checkout-1',
        'Stop this one: capuchin halt shop-checkout-1 --reason "..."',
        'Stop everything: capuchin halt --reason "..."',
        '',
      ].join('\n'),
      attributes: {
        kind: 'announced',
        experiment: 'shop-checkout-1',
        group: 'shop/checkout',
        fault: 'pause-container',
      },
    });
  });

  it('says of a fault without an end that it cannot be taken back', () => {
    const { untilMs: _, ...oneShot } = ANNOUNCED;
    expect(announcementNotice(oneShot).message).toContain('ends:        it cannot be taken back');
  });
});

describe('the notice of a record', () => {
  it.each(Object.keys(RECORD_KINDS) as RecordKind[])(
    'of kind %s is there only if people are told of that kind',
    (kind) => {
      expect(notice(kind) !== undefined).toBe(NOTICED[kind]);
    },
  );

  it('is not sent for what comes by the dozen, refusals first of all', () => {
    expect(Object.entries(NOTICED).flatMap(([kind, told]) => (told ? [kind] : []))).toEqual([
      'stopping',
      'undo-failed',
      'swept',
      'ended',
      'failed',
      'lever-engaged',
      'lever-released',
      'leash-on',
      'leash-off',
    ]);
  });

  it('gives the verdict, its reason, fault, targets and recovery after an act', () => {
    const facts = {
      fault: 'stop-task',
      verdict: 'broken',
      because: '7 errors of 5',
      recoverySeconds: 12.5,
      targets: [{ resource: TASK, outcome: 'accepted' }],
    };
    expect(notice('ended', { facts })).toEqual({
      subject: 'Capuchin: BROKEN: stop-task in shop/checkout',
      message: [
        'The verdict is broken.',
        '',
        'group:       shop/checkout',
        'fault:       stop-task',
        `targets:     ${TASK}`,
        'because:     7 errors of 5',
        'recovery:    12.5 s',
        'who:         ada',
        'why:         to learn',
        'experiment:  shop-checkout-1',
        '',
        'Look: capuchin show shop-checkout-1',
        '',
      ].join('\n'),
      attributes: {
        kind: 'ended',
        experiment: 'shop-checkout-1',
        group: 'shop/checkout',
        fault: 'stop-task',
        verdict: 'broken',
      },
    });
  });

  it('asks for action when an undo failed, and first of all says what to do by hand', () => {
    const facts = {
      fault: 'pause-container',
      attempts: 5,
      because: 'no answer',
      byHand: 'on i-0abc run: docker unpause 12ab',
    };
    const told = notice('undo-failed', { resource: TASK, facts });
    expect(told?.subject).toBe('Capuchin: ACTION NEEDED: a fault may still be on in shop/checkout');
    expect(told?.message).toMatch(
      /^The undo could not be confirmed after 5 tries\..*\n\nBY HAND:\n {2}on i-0abc run: docker unpause 12ab\n/,
    );
    expect(told?.message).toContain(`targets:     ${TASK}`);
    expect(told?.message).toContain('because:     no answer');
    expect(told?.message).toContain('docs/runbook.md#undo-failed');
    expect(told?.message).toContain('capuchin halt --reason');
  });

  it.each([
    ['lever-engaged', 'lever', 'the lever is engaged', 'capuchin resume'],
    ['lever-released', 'lever', 'the lever is released', 'capuchin halt'],
    ['leash-on', 'leash', 'the leash is on', 'capuchin unleash'],
    ['leash-off', 'leash', 'the leash is off', 'capuchin leash'],
  ] as const)('of %s says who turned what, why, and how to turn it back', (kind, chain, said, command) => {
    const told = notice(kind, { group: undefined }, chain);
    expect(told?.subject).toBe(`Capuchin: ${said}`);
    expect(told?.message).toContain('who:         ada\nwhy:         to learn');
    expect(told?.message).toContain(`Turn it back: ${command} --reason "..."`);
    expect(told?.attributes).toEqual({ kind });
  });

  it.each(['stopping', 'swept', 'failed'] as const)('of %s says why and how to look', (kind) => {
    const told = notice(kind, { facts: { because: 'an alarm went off' } });
    expect(told?.message).toContain('because:     an alarm went off');
    expect(told?.message).toContain('Look: capuchin show shop-checkout-1');
  });

  it('is one that SNS takes, whatever the record says', () => {
    const anyNotice = fc
      .tuple(anyEntry, fc.string({ unit: 'binary' }), fc.constantFrom('x', 'lever', 'plan/a'))
      .filter(([{ kind }]) => NOTICED[kind])
      .map(([entry, group, chain]) => aChain(chain, [{ ...entry, group, key: 'key' }]).map(noticeOf)[0]);
    fc.assert(
      fc.property(anyNotice, (told) => {
        expect(told?.subject).toMatch(/^[\x21-\x7e][\x20-\x7e]{0,98}$/);
        expect(told?.message.isWellFormed()).toBe(true);
        expect(told?.message).not.toMatch(/[\p{Cc}--\n]/v);
        for (const value of Object.values(told?.attributes ?? {})) expect(value).not.toBe('');
      }),
    );
  });

  it('has a subject below 100 characters, and a text without control characters and halves of characters', () => {
    const told = notice('ended', {
      group: 'g'.repeat(300),
      reason: 'bell\u0007 tab\t half\ud83d none\ufffe',
      facts: { fault: 'stop-task', verdict: 'held' },
    });
    expect(told?.subject).toBe(`Capuchin: HELD: stop-task in ${'g'.repeat(70)}`);
    expect(told?.message).toContain('why:         bell tab half\ufffd none\n');
    expect(told?.attributes.group).toBe('g'.repeat(256));
  });

  it('is cut before SNS would refuse it', () => {
    const told = notice('ended', { facts: { verdict: 'held', because: '\u{1f412}'.repeat(200_000) } });
    expect(Buffer.byteLength(told?.message ?? '')).toBeLessThan(256 * 1024);
    expect(told?.message).toMatch(/\(cut\)\n$/);
  });

  it('keeps an accent out of its subject and in its message', () => {
    const told = notice('ended', { group: 'café/münchen', facts: { fault: 'stop-task', verdict: 'held' } });
    expect(told?.subject).toBe('Capuchin: HELD: stop-task in cafe/munchen');
    expect(told?.message).toContain('group:       café/münchen');
  });
});

it.each([
  ['shop-checkout-1', 'shop-checkout-1'],
  ['plans-of-shop-1', 'plans-of-shop-1'],
  ['plan/2026-11-23/UTC', undefined],
  ['lever', undefined],
  ['leash', undefined],
  ['digest', undefined],
])('the chain %s tells of the experiment %s', (chain, experiment) => {
  expect(experimentOf(chain)).toBe(experiment);
});
