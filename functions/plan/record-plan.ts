import { planParts } from '../../lib/audit/plan-parts.ts';
import type { AuditRecord } from '../../lib/audit/record.ts';
import { Trail } from '../../lib/audit/trail.ts';
import { tagRefusal } from '../../lib/core/group.ts';
import type { KeptPlan } from './kept-plans.ts';
import type { PlanWorld } from './world.ts';

/**
 * Records a plan: first what it came to, then the list of its groups in parts, because a record has to fit an item of the table and an
 * event of the bus. Again after a crash, it makes up what is missing.
 */
export async function recordPlan(
  world: Pick<PlanWorld, 'audit' | 'now' | 'config'>,
  plan: KeptPlan,
): Promise<AuditRecord[]> {
  const { name, actor, reason, date, zone, experiments, notPlanned, counts, problems, unread } = plan;
  const chain = `plan/${name}`;
  const trail = new Trail(world.audit, chain, world.now, await world.audit.readLast(chain));
  const parts = planParts([
    ...experiments.map(({ group, experiment, at, fault }) => ({ group, experiment, at, fault })),
    ...notPlanned,
    ...problems.map((problem) => ({
      group: problem.group,
      because: 'tag-unparsable' as const,
      detail: tagRefusal(problem).because,
    })),
  ]);
  const facts = {
    seed: world.config.seed,
    ...(date === undefined ? {} : { date, zone }),
    planned: experiments.length,
    notPlanned: counts,
    refused: problems.length,
    unread,
    parts: parts.length,
  };
  const records = [await trail.append({ key: 'drawn', kind: 'plan-drawn', actor, reason, facts })];
  for (const [index, groups] of parts.entries()) {
    const part = { part: index + 1, of: parts.length, groups };
    records.push(await trail.append({ key: `part/${index}`, kind: 'plan-part', actor, reason, facts: part }));
  }
  return records;
}
