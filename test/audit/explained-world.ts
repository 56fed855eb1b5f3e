import { follow } from '../../lib/audit/chain.ts';
import { planParts } from '../../lib/audit/plan-parts.ts';
import type { AuditRecord, Entry } from '../../lib/audit/record.ts';
import { type Plan, type PlannedExperiment, planDay } from '../../lib/core/plan.ts';
import { chooseTargets } from '../../lib/core/target.ts';
import { aGroup, aTask, aWindow, FAULT_KINDS, NOON_MS, someCalendars } from '../core/examples.ts';

export const DATE = '2026-11-23';
const PLAN = `${DATE}-Europe-Berlin`;

/** A plan of many groups, as the planner draws it. */
export function drawnPlan(seed: string, groups = 30): Plan {
  return planDay({
    seed,
    name: PLAN,
    date: DATE,
    nowMs: Date.parse(`${DATE}T04:00:00Z`),
    groups: Array.from({ length: groups }, (_, index) =>
      aGroup(`shop/service-${index}`, {
        meanDays: 3,
        window: aWindow('09:00-12:00 13:00-17:00'),
        faults: [
          { name: 'stop-task', weight: 3 },
          { name: 'network-latency', weight: 1 },
          { name: 'terminate-host', weight: 5 },
        ],
      }),
    ),
    calendars: someCalendars(),
    faults: FAULT_KINDS,
    history: new Map([['shop/service-0', { lastStartedMs: Date.parse(`${DATE}T08:30:00Z`) }]]),
  });
}

/** Records of a chain out of what was said. */
export function chainOf(chain: string, entries: readonly Partial<Entry>[], atMs = NOON_MS): AuditRecord[] {
  const records: AuditRecord[] = [];
  for (const [index, entry] of entries.entries()) {
    const whole = {
      key: String(index),
      kind: 'planned',
      actor: 'planner',
      reason: 'drawn',
      facts: {},
      ...entry,
    } as Entry;
    records.push(follow(chain, records.at(-1), whole, atMs + index));
  }
  return records;
}

export function planChain(plan: Plan, seed: string, unread: readonly object[] = [], name = PLAN): AuditRecord[] {
  const groups = [
    ...plan.experiments.map(({ group, experiment, at, fault }) => ({ group, experiment, at, fault })),
    ...plan.notPlanned,
  ];
  const parts = planParts(groups);
  const counts = { planned: plan.experiments.length, notPlanned: {}, refused: 0, unread, parts: parts.length };
  return chainOf(`plan/${name}`, [
    { kind: 'plan-drawn', facts: { seed, date: DATE, zone: 'Europe/Berlin', ...counts } },
    ...parts.map((part, index) => ({
      kind: 'plan-part' as const,
      facts: { part: index + 1, of: parts.length, groups: part },
    })),
  ]);
}

/** The chain of a planned experiment that hit two of five tasks; one more could not be hit. */
export function experimentChain(planned: PlannedExperiment, seed: string): AuditRecord[] {
  const tasks = [1, 2, 3, 4, 5].map((index) => aTask(`t${index}`));
  const choice = chooseTargets(
    [...tasks, aTask('t6', { isProtected: true })],
    { optInTag: 'chaos:opt-in', minimumAgeSeconds: 0, nowMs: NOON_MS },
    seed,
    planned.label,
    2,
  );
  const { experiment, group, ...facts } = planned;
  const { candidates, ineligible, positions, draws, picked } = choice;
  const targets = picked;
  const start = { fault: planned.fault, seed, candidates, ineligible, positions, draws, targets, guards: ['lever'] };
  return chainOf(experiment, [
    { kind: 'planned', group, facts: { plan: PLAN, seed, ...facts } },
    { kind: 'started', group, facts: start },
    { kind: 'ended', group, facts: { verdict: 'held', because: 'nobody noticed' } },
  ]);
}

/** A record with other facts; its hash is left wrong, which is for `audit verify` to find. */
export function tampered(
  chain: readonly AuditRecord[],
  kind: string,
  change: (facts: Record<string, unknown>) => void,
): AuditRecord[] {
  return chain.map((record) => {
    if (record.kind !== kind) return record;
    const facts = structuredClone(record.facts);
    change(facts);
    return { ...record, facts };
  });
}
