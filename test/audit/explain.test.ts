import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain } from '../../lib/audit/explain.ts';
import type { AuditRecord } from '../../lib/audit/record.ts';
import { drawFault } from '../../lib/core/fault-choice.ts';
import type { PlannedExperiment } from '../../lib/core/plan.ts';
import { alike } from '../core/examples.ts';
import { chainOf, drawnPlan, experimentChain, planChain, tampered } from './explained-world.ts';

const SEED = 'ours';
const plan = drawnPlan(SEED);
const first = plan.experiments[0] as PlannedExperiment;
const chain = experimentChain(first, SEED);

function explained(records: readonly AuditRecord[] = chain, planRecords: readonly AuditRecord[] = []) {
  const explanation = explain(records, planRecords);
  if (explanation === undefined) throw new Error('nothing was explained');
  return explanation;
}

const replays = (records: readonly AuditRecord[]): (boolean | null)[] =>
  explained(records).choices.map((choice) => choice.replays);

describe('a planned experiment, explained from its record alone', () => {
  it('says why this group, instant, fault and targets, and each drawn again is the same', () => {
    expect(explained().choices.map(({ question }) => question)).toEqual([
      'why this group',
      'why this instant',
      'why this fault',
      'why these targets',
    ]);
    expect(replays(chain)).toEqual([true, true, true, true]);
  });

  it('replays for every group of a plan, whatever the seed', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 30 }), (seed) => {
        for (const planned of drawnPlan(seed, 6).experiments) {
          expect(replays(experimentChain(planned, seed))).toEqual([true, true, true, true]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('names chance and draw, the seconds that were open, the weights, the places among the eligible', () => {
    const [group, instant, fault, targets] = explained().choices;
    expect(group?.answer).toMatch(/its chance of the day was 33\.3 %, and the draw came to \d+\.\d %, which is below/);
    expect(instant?.answer).toContain(`${first.at} is number ${first.offsetSeconds + 1} of the 25200 seconds`);
    expect(instant?.answer).toContain('2026-11-23T08:00:00Z to 2026-11-23T11:00:00Z, 2026-11-23T12:00:00Z to');
    expect(fault?.answer).toBe(`${first.fault} was drawn among 2 that the group allows and that apply to it`);
    expect(targets?.answer).toMatch(/drawn: number \d, number \d of 5 eligible/);
  });

  it('says of every other target why it was not hit', () => {
    const targets = explained().choices.at(-1);
    expect(targets?.others.filter((one) => one.endsWith('eligible, not drawn'))).toHaveLength(3);
    expect(targets?.others).toContain('arn:aws:ecs:eu-west-1:111122223333:task/shop/t6: not eligible, protected');
  });

  it('says of every other group of the plan why it is not in it, or that it is', () => {
    const [group] = explained(chain, planChain(plan, SEED)).choices;
    expect(group?.others).toHaveLength(29);
    expect(group?.others.filter((one) => /: drawn too, /.test(one))).toHaveLength(plan.experiments.length - 1);
    expect(group?.others.some((one) => one.startsWith('shop/service-0: spacing, the last started at'))).toBe(true);
    expect(group?.others.some((one) => /: not-drawn, the chance was 33\.3 %/.test(one))).toBe(true);
  });

  it('says how it ended', () => {
    expect(explained().ending).toEqual({ kind: 'ended', because: 'nobody noticed' });
  });
});

describe('a record that was changed', () => {
  const cases: [string, string, (facts: Record<string, unknown>) => void, number][] = [
    ['another seed', 'planned', (facts) => Object.assign(facts, { seed: 'theirs' }), 0],
    ['a lower chance', 'planned', (facts) => Object.assign(facts, { chance: 1e-9 }), 0],
    ['another instant', 'planned', (facts) => Object.assign(facts, { at: '2026-11-23T15:00:01Z' }), 1],
    ['another window', 'planned', (facts) => Object.assign(facts, { open: [] }), 1],
    ['another fault', 'planned', (facts) => Object.assign(facts, { fault: 'terminate-host' }), 2],
    ['other weights', 'planned', (facts) => Object.assign(facts, { faults: [{ name: first.fault, weight: 1 }] }), 2],
    [
      'another target',
      'started',
      (facts) => Object.assign(facts, { targets: [{ resource: 'a' }, { resource: 'b' }] }),
      3,
    ],
    ['other places', 'started', (facts) => Object.assign(facts, { positions: [0, 0] }), 3],
    [
      'a candidate less',
      'started',
      (facts) => Object.assign(facts, { candidates: (facts.candidates as string[]).slice(1) }),
      3,
    ],
  ];

  it.each(cases)('(%s) does not replay', (_what, kind, change, choice) => {
    expect(replays(tampered(chain, kind, change))[choice]).toBe(false);
  });
});

describe('an experiment on demand', () => {
  const asked = (facts: Record<string, unknown>): AuditRecord[] =>
    chainOf('x-1', [{ kind: 'requested', actor: 'ada', reason: 'game day', group: 'shop/web', facts }]);

  it('says who asked, why, and what was to be skipped', () => {
    const [group, fault] = explained(asked({ fault: 'stop-task', skip: ['window', 'spacing'] })).choices;
    expect(group?.answer).toBe('ada asked for shop/web: game day; asked to skip window and spacing');
    expect(fault?.answer).toBe('stop-task was asked for');
  });

  it('replays the draw of its fault', () => {
    const faults = alike('stop-task', 'network-latency');
    const { fault, draw } = drawFault('ours', 'x/fault/shop/web', faults);
    const other = faults.find(({ name }) => name !== fault)?.name;
    const replay = (drawn: unknown): unknown =>
      explained(asked({ seed: 'ours', faults, draws: [draw], drawn })).choices[1]?.replays;
    expect([replay(fault), replay(other)]).toEqual([true, false]);
  });
});

it('an experiment without any record is not explained', () => {
  expect(explain([])).toBeUndefined();
});
