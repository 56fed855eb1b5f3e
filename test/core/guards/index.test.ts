import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Situation } from '../../../lib/core/guards/guard.ts';
import { GUARDS, refusals } from '../../../lib/core/guards/index.ts';
import { REFUSAL_CODES } from '../../../lib/core/refusal.ts';
import { targetOf } from '../../../lib/core/target.ts';
import {
  aGroup,
  aLiveGroup,
  aLiveService,
  anOrder,
  aSituation,
  aTask,
  NOON_MS,
  someCalendars,
  UNKNOWN,
  yes,
} from '../examples.ts';

const UNANSWERED: Partial<Situation> = {
  lever: UNKNOWN,
  cancellation: UNKNOWN,
  changeCalendars: UNKNOWN,
  outageAlarms: UNKNOWN,
  stopAlarms: UNKNOWN,
  group: UNKNOWN,
  services: UNKNOWN,
  steadyState: UNKNOWN,
  choice: UNKNOWN,
};

const frozen = { freezes: [{ fromDate: '2026-11-23', toDate: '2026-11-23', name: 'year end' }] };

/** A situation in which every guard says no. */
const NOTHING_RIGHT: Partial<Situation> = {
  nowMs: NOON_MS + 3_600_000,
  order: anOrder({ fault: 'cpu', services: [{ cluster: 'shop', service: 'gone' }], zone: 'Asia/Tokyo' }),
  lever: yes({ engaged: true, reason: 'r', actor: 'a', at: 't' }),
  cancellation: yes({ actor: 'a', reason: 'r', at: 't' }),
  calendars: someCalendars(frozen),
  changeCalendars: yes([{ calendar: 'c', isOpen: false }]),
  outageAlarms: yes([{ name: 'site-down', state: 'ALARM' }]),
  stopAlarms: yes([{ name: 'errors', state: 'INSUFFICIENT_DATA' }]),
  fault: { name: 'cpu', scopes: ['host'], reach: ['ec2'] },
  group: aLiveGroup({
    group: aGroup('shop/checkout', { minRemaining: 99 }),
    problems: [{ group: 'g', resource: 'r', tag: 't', value: 'v', problem: 'p' }],
    excluded: [
      { group: 'g', resource: 'r', code: 'excepted', because: 'b' },
      { group: 'g', resource: 'r', code: 'not-enabled', because: 'b' },
    ],
    present: [],
  }),
  services: yes([aLiveService({ running: 1, deploying: true, schedulingStrategy: 'DAEMON' })]),
  steadyState: yes([{ probe: 'p', phase: 'before', answer: 'violated', because: 'b' }]),
  choice: yes({ candidates: [], ineligible: [], picked: [], positions: [], draws: [] }),
};

/** What closes a window excludes what else closes it, so each takes a situation of its own. */
const CLOSED: readonly Partial<Situation>[] = [
  { nowMs: NOON_MS + 10 * 3_600_000, lateAfterSeconds: 86_400 },
  { calendars: someCalendars({ closedDates: [{ date: '2026-11-23', name: 'Inventory' }] }) },
  { group: aLiveGroup({ group: aGroup('shop/checkout', { holidays: ['FR'] }) }) },
];

/** What a zone's choice can be refused for. */
const ZONES: readonly Partial<Situation>[] = [
  {
    order: anOrder({ fault: 'zone-outage', targets: 2 }),
    fault: { name: 'zone-outage', scopes: ['zone'], reach: ['ec2'] },
    choice: yes({
      candidates: Array.from({ length: 31 }, (_, index) => `t${index}`),
      ineligible: [],
      picked: Array.from({ length: 31 }, (_, index) => targetOf(aTask(`t${index}`))),
      positions: [],
      draws: [],
      zone: { name: 'a', among: [] },
    }),
  },
];

describe('the guards', () => {
  it('are asked in the order of the design', () => {
    expect(GUARDS.map(({ name }) => name)).toEqual([
      'lever',
      'enabled',
      'opted-in',
      'not-cancelled',
      'on-time',
      'window',
      'freeze',
      'change-calendar',
      'no-outage',
      'no-deployment',
      'running-desired',
      'stop-alarms',
      'steady-state',
      'fault-allowed',
      'fault-applicable',
      'enough-eligible',
      'enough-left',
    ]);
  });

  it('are one file each, of their name, and every file is asked', () => {
    const files = readdirSync(new URL('../../../lib/core/guards/', import.meta.url));
    const others = ['guard.ts', 'index.ts'];
    const expected = GUARDS.map(({ name }) => `${name}.ts`);
    expect(new Set(files.filter((file) => !others.includes(file)))).toEqual(new Set(expected));
  });

  it('ask a question whose yes lets the experiment go on', () => {
    for (const { question } of GUARDS) expect(question).toMatch(/^[A-Z].*\?$/);
  });

  it('all say yes when all is well', () => {
    expect(refusals(aSituation())).toEqual([]);
    const quiet = yes([{ name: 'errors', state: 'OK' as const }]);
    expect(refusals(aSituation({ outageAlarms: quiet, stopAlarms: quiet }))).toEqual([]);
  });

  it('give no code but their own, and each of their own', () => {
    const situations = [NOTHING_RIGHT, ...CLOSED, ...ZONES].map(aSituation);
    for (const guard of GUARDS) {
      const given = situations.flatMap((situation) => guard.check(situation)).map(({ code }) => code);
      expect(new Set(given), guard.name).toEqual(new Set(guard.codes));
    }
    for (const guard of GUARDS) {
      for (const { code } of guard.check(aSituation(UNANSWERED))) expect(guard.codes).toContain(code);
    }
  });

  it('share every code of the list among themselves, the request’s check, the targets’ and the claim', () => {
    const request = ['unknown-fault', 'bad-parameters', 'not-running'];
    const targets = ['target-not-ready'];
    const claim = [
      'target-under-experiment',
      'already-done',
      'group-in-flight',
      'group-spacing',
      'account-in-flight',
      'account-hour',
      'account-day',
    ];
    const all = [...request, ...GUARDS.flatMap(({ codes }) => codes), ...targets, ...claim];
    expect(new Set(all)).toEqual(new Set(Object.keys(REFUSAL_CODES)));
    expect(all).toHaveLength(Object.keys(REFUSAL_CODES).length);
  });

  it('explain every code in a sentence', () => {
    for (const sentence of Object.values(REFUSAL_CODES)) expect(sentence.split(' ').length).toBeGreaterThan(3);
  });

  it('list every refusal, in order, and not only the first', () => {
    const codes = refusals(aSituation(NOTHING_RIGHT)).map(({ code }) => code);
    expect(codes).toEqual([
      'lever-engaged',
      'excepted',
      'not-enabled',
      'tag-unparsable',
      'not-opted-in',
      'cancelled',
      'late',
      'zone-changed',
      'freeze',
      'change-calendar-closed',
      'outage',
      'deployment-in-progress',
      'daemon-service',
      'not-running-desired',
      'stop-alarm-not-ok',
      'steady-state-not-met',
      'fault-not-allowed',
      'fault-not-applicable',
      'too-few-eligible',
      'too-few-remaining',
    ]);
  });

  it('let a request skip the window by name, and nothing else of them', () => {
    const asked = aSituation({
      ...NOTHING_RIGHT,
      order: { ...anOrder(NOTHING_RIGHT.order), skip: ['window', 'spacing'] },
    });
    const all = refusals(aSituation(NOTHING_RIGHT)).map(({ code }) => code);
    expect(refusals(asked).map(({ code }) => code)).toEqual(all.filter((code) => code !== 'zone-changed'));
    for (const closed of CLOSED) {
      expect(refusals(aSituation(closed))).toHaveLength(1);
      expect(
        refusals(aSituation({ ...closed, order: anOrder({ skip: ['window'], at: '2026-11-23T22:00:00Z' }) })),
      ).toEqual([]);
    }
  });

  it('never all say yes while any question has no answer', () => {
    const parts = fc.subarray(Object.keys(UNANSWERED), { minLength: 1 });
    fc.assert(
      fc.property(parts, (missing) => {
        const found = refusals(aSituation(Object.fromEntries(missing.map((part) => [part, UNKNOWN]))));
        expect(found.length).toBeGreaterThan(0);
        for (const { facts } of found) expect(facts).toEqual({ cannotTell: UNKNOWN.because });
      }),
    );
  });
});
