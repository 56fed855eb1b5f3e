import { describe, expect, it } from 'vitest';
import { explainDay } from '../../lib/audit/explain-day.ts';
import type { AuditRecord } from '../../lib/audit/record.ts';
import { NOT_PLANNED, type Plan, type PlannedExperiment } from '../../lib/core/plan.ts';
import { chainOf, DATE, drawnPlan, experimentChain, planChain } from './explained-world.ts';

const SEED = 'ours';
const plan = drawnPlan(SEED);
const first = plan.experiments[0] as PlannedExperiment;
const records = planChain(plan, SEED);
const summary = (group: string, all: readonly AuditRecord[] = records): string => explainDay(group, DATE, all).summary;

describe('the day of a group on which nothing happened', () => {
  it('has the reason that its plan gave, with its numbers', () => {
    expect(summary('shop/service-0')).toMatch(
      /^nothing happened to shop\/service-0 on 2026-11-23 \(spacing\): its last experiment was too short a while ago; the last started at/,
    );
    const notDrawn = plan.notPlanned.find(({ because }) => because === 'not-drawn');
    expect(summary(notDrawn?.group ?? '')).toMatch(
      /\(not-drawn\): it might have been drawn, and was not; the chance was 33\.3 %$/,
    );
  });

  it.each(Object.keys(NOT_PLANNED) as (keyof typeof NOT_PLANNED)[])('can be asked for the reason %s', (because) => {
    const made: Plan = { experiments: [], notPlanned: [{ group: 'g', because, detail: 'Christmas Day' }] };
    const explained = explainDay('g', DATE, planChain(made, SEED));
    expect(explained.plans.map((one) => one.because)).toEqual([because]);
    expect(explained.summary).toContain(`(${because}): ${NOT_PLANNED[because]}; Christmas Day`);
  });

  it('is told apart from a group that had not opted in, with what could not be read', () => {
    const unread = [{ resource: 'cluster/shop', because: 'AccessDenied: no' }];
    expect(summary('nobody', planChain(plan, SEED, unread))).toBe(
      'nobody is in no plan of 2026-11-23: it was not among the groups that had opted in when the plan was drawn; cluster/shop could not be read (AccessDenied: no)',
    );
  });

  it('is told apart from a date for which no plan was drawn', () => {
    expect(explainDay('shop/service-0', '2026-11-25', records).summary).toBe(
      'nothing is recorded for 2026-11-25: no plan of that date was drawn',
    );
  });

  it('has the tag that could not be read', () => {
    const made = {
      experiments: [],
      notPlanned: [{ group: 'g', because: 'tag-unparsable', detail: 'the tag chaos:zone' }],
    };
    expect(summary('g', planChain(made as unknown as Plan, SEED))).toBe(
      'nothing happened to g on 2026-11-23 (tag-unparsable): its tags could not be read; the tag chaos:zone',
    );
  });
});

describe('the day of a group that was planned', () => {
  it('says that it waits, as long as nothing came of it', () => {
    const waiting = experimentChain(first, SEED).slice(0, 1);
    const explained = explainDay(first.group, DATE, [...records, ...waiting]);
    expect(explained.experiments).toEqual([
      { experiment: first.experiment, verdict: 'planned', because: expect.stringContaining(first.at) },
    ]);
  });

  it('says why it was refused when it was due', () => {
    const refused = chainOf(first.experiment, [
      { kind: 'planned', group: first.group, facts: { fault: 'stop-task', at: first.at } },
      {
        kind: 'refused',
        group: first.group,
        facts: {
          refusals: [{ code: 'zone-changed', because: 'it was planned in A, and the group is in B now', facts: {} }],
        },
      },
    ]);
    expect(summary(first.group, [...records, ...refused])).toContain('(refused)');
    expect(explainDay(first.group, DATE, [...records, ...refused]).experiments[0]?.because).toContain('zone-changed');
  });

  it('has experiments on demand of that day too, and none of another day or group', () => {
    const asked = (chain: string, group: string, at: string): AuditRecord[] =>
      chainOf(
        chain,
        [
          { kind: 'requested', group },
          { kind: 'refused', group, facts: { refusals: [] } },
        ],
        Date.parse(at),
      );
    const explained = explainDay('shop/service-0', DATE, [
      ...records,
      ...asked('mine', 'shop/service-0', `${DATE}T10:00:00Z`),
      ...asked('later', 'shop/service-0', '2026-11-24T10:00:00Z'),
      ...asked('theirs', 'shop/other', `${DATE}T10:00:00Z`),
    ]);
    expect(explained.experiments.map(({ experiment }) => experiment)).toEqual(['mine']);
  });
});
