import { exportRecords, verifyExport } from '../audit/export.ts';
import { follow } from '../audit/follow.ts';
import type { AuditRecord } from '../audit/record.ts';
import type { AuditTable } from '../aws/audit-table.ts';
import type { Deployment } from '../aws/deployment.ts';
import type { Functions } from '../aws/functions.ts';
import type { TagProblem } from '../core/settings.ts';
import type { PlannedExperiment } from './result.ts';

/** A deployed Capuchin, as a rehearsal drives it: through its functions, like everybody else. */
export interface Deployed {
  readonly deployment: Deployment;
  readonly audit: AuditTable;
  readonly functions: Functions;
}

export interface ConductOptions {
  readonly withinSeconds: number;
  readonly actor: string;
  readonly signal: AbortSignal;
  readonly onPlan: (plan: readonly PlannedExperiment[]) => void;
  readonly onRecord: (record: AuditRecord) => void;
}

/** An experiment that says nothing for so long will not end. */
const QUIET_LIMIT_MS = 240_000;

/** The name of a rehearsal's plan, and so of its draws: the same seed draws the same. */
const PLAN_NAME = 'rehearsal';

/** Takes the leash off, asks the planner for a plan, and follows every experiment to its end. */
export async function conduct(
  { deployment, audit, functions }: Deployed,
  { withinSeconds, actor, signal, onPlan, onRecord }: ConductOptions,
): Promise<{
  plan: PlannedExperiment[];
  problems: TagProblem[];
  chains: Map<string, AuditRecord[]>;
  unfinished: string[];
}> {
  const by = { version: 1, actor, reason: 'rehearsal' };
  await functions.ask(deployment.CommandFunction, { ...by, command: 'unleash' });
  const request = { ...by, plan: 'within', seconds: withinSeconds, name: PLAN_NAME };
  const { plans, problems } = (await functions.ask(deployment.PlanFunction, request)) as {
    plans: { experiments: PlannedExperiment[] }[];
    problems: TagProblem[];
  };
  const plan = plans
    .flatMap(({ experiments }) => experiments)
    .map(({ experiment, group, fault, at, offsetSeconds }) => ({ experiment, group, fault, at, offsetSeconds }));
  onPlan(plan);
  const chains = new Map<string, AuditRecord[]>(plan.map(({ experiment }) => [experiment, []]));
  const unfinished: string[] = [];
  await Promise.all(
    plan.map(async ({ experiment }) => {
      const heard = (record: AuditRecord): void => {
        chains.get(experiment)?.push(record);
        onRecord(record);
      };
      const final = await follow(audit, experiment, heard, { signal, everyMs: 400, limitMs: QUIET_LIMIT_MS });
      if (final === undefined) unfinished.push(experiment);
    }),
  );
  return { plan, problems, chains, unfinished };
}

/** Every record that the rehearsal left behind, exported and verified as a file. */
export async function sealAudit(
  { audit }: Pick<Deployed, 'audit'>,
  chains: readonly string[],
): Promise<{ text: string; seal: string; records: number; findings: string[] }> {
  const all = [...chains, `plan/${PLAN_NAME}`, 'leash', 'lever'];
  const records = (await Promise.all(all.map((chain) => audit.readChain(chain)))).flat();
  const { text, seal } = exportRecords(records);
  const findings = verifyExport(text).findings.map(
    ({ chain, sequence, problem }) => `${chain} #${sequence}: ${problem}`,
  );
  return { text, seal, records: records.length, findings };
}
