import type { AuditRecord } from '../../lib/audit/record.ts';
import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { Group } from '../../lib/core/group.ts';
import { GUARDS, refusals } from '../../lib/core/guards/index.ts';
import { type Limits, settleMs } from '../../lib/core/progress.ts';
import type { Refusal } from '../../lib/core/refusal.ts';
import type { Task } from '../../lib/core/target.ts';
import { FAULT_NAMES, FAULTS } from '../../lib/faults/catalogue.ts';
import type { FaultTarget } from '../../lib/faults/contract.ts';
import { claim, holdsClaims, release } from './claims.ts';
import { Recorder } from './recorder.ts';
import { type Survey, survey } from './survey.ts';
import type { ExperimentWorld } from './world.ts';

/** A claim outlives the longest experiment by this much before it stops blocking others. */
const CLAIM_MARGIN_SECONDS = 600;

/** What the first step of an experiment comes to. Plain data: it is checkpointed and read back at each replay. */
export type Admission =
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[]; readonly records: readonly AuditRecord[] }
  | {
      readonly kind: 'leashed';
      readonly because: string;
      readonly targets: readonly string[];
      readonly records: readonly AuditRecord[];
    }
  | Admitted;

export interface Admitted {
  readonly kind: 'admitted';
  readonly targets: readonly FaultTarget[];
  readonly limits: Limits;
  readonly intervalSeconds: number;
  readonly records: readonly AuditRecord[];
}

/**
 * Guards, claim and the record of the start. Asked again by the same execution (a crash in between), it comes to the same answer:
 * claims know their owner, records their key, and targets are taken from the record once there is one. Only a start is asked anew:
 * nothing has been hurt yet, and a lever that was engaged meanwhile must still hold the act back.
 *
 * @param owner the execution that asks.
 */
export async function admit(world: ExperimentWorld, order: ExperimentOrder, owner: string): Promise<Admission> {
  const found = await survey(world, order);
  const recorder = Recorder.after(world, order, owner, found.chain.at(-1));
  const said = (key: string): AuditRecord | undefined => found.chain.find((one) => one.key === `${owner}/${key}`);
  const refused = said('refused');
  const no = refused ? (refused.facts.refusals as Refusal[]) : [...orderRefusals(order), ...refusals(found.situation)];
  const { group } = found;
  if (no.length === 0 && group === undefined) throw new Error('the guards passed a group that does not exist');
  if (no.length > 0 || group === undefined) {
    if (holdsClaims(found.claims, owner)) await release(world.state, { ...order, owner }, false);
    return { kind: 'refused', refusals: no, records: [await recorder.say('refused', 'refused', { refusals: no })] };
  }
  const request = {
    experiment: order.experiment,
    group: order.group,
    owner,
    nowMs: world.now(),
    untilMs: heldUntilMs(world, group),
  };
  const spacing = order.skip.includes('spacing')
    ? undefined
    : { calendar: found.situation.calendars.of(group.settings), minDays: group.settings.minDays };
  const claimed = await claim(world.state, found.claims, request, spacing, world.config);
  if (claimed !== undefined) {
    return {
      kind: 'refused',
      refusals: [claimed],
      records: [await recorder.say('refused', 'refused', { refusals: [claimed] })],
    };
  }
  const earlier = said('started/0');
  const start = earlier ? startedBefore(earlier) : startFacts(world, found, order);
  const leash = leashOf(found, order, said('leashed'));
  if (leash !== undefined) {
    await release(world.state, request, false);
    const targets = start.targets.map(({ resource }) => resource);
    const record = await recorder.say('leashed', 'leashed', { ...start, because: leash });
    return { kind: 'leashed', because: leash, targets, records: [record] };
  }
  return admitted(order, owner, group, recorder, start);
}

/** Refusals that need no look at the world. */
function orderRefusals(order: ExperimentOrder): Refusal[] {
  const fault = FAULTS.get(order.fault);
  if (fault === undefined) {
    return [
      {
        code: 'unknown-fault',
        because: `no fault "${order.fault}"; known are ${FAULT_NAMES.join(', ')}`,
        facts: { fault: order.fault },
      },
    ];
  }
  const parsed = fault.parameters.safeParse(order.parameters);
  if (parsed.success) return [];
  const because = parsed.error.issues
    .map(({ path, message }) => `${path.join('.') || order.fault}: ${message}`)
    .join('; ');
  return [{ code: 'bad-parameters', because, facts: { fault: order.fault, parameters: order.parameters } }];
}

/** Why the leash holds, if it does. A leash that cannot be read holds, and one that held this execution back goes on to. */
function leashOf({ switches }: Survey, order: ExperimentOrder, before: AuditRecord | undefined): string | undefined {
  if (before) return String(before.facts.because);
  if (order.leashed) return 'the request asked for it';
  if (!switches.leashed.known) return `cannot tell: ${switches.leashed.because}`;
  return switches.leashed.value ? 'the leash is on' : undefined;
}

function heldUntilMs(world: ExperimentWorld, { settings }: Group): number {
  const { observeSeconds, recoveryLimitSeconds, steadyState } = settings;
  return world.now() + (observeSeconds + recoveryLimitSeconds + CLAIM_MARGIN_SECONDS) * 1000 + settleMs(steadyState);
}

/** What a `started` record says about the choice: enough to replay it. */
interface StartFacts extends Record<string, unknown> {
  readonly targets: readonly FaultTarget[];
}

function startFacts(world: ExperimentWorld, { situation }: Survey, order: ExperimentOrder): StartFacts {
  if (!situation.choice.known || !situation.steadyState.known) throw new Error('the guards passed what is not known');
  const { candidates, ineligible, picked, positions, draws } = situation.choice.value;
  return {
    fault: order.fault,
    parameters: order.parameters,
    at: order.at,
    skip: order.skip,
    targets: picked.map(({ taskArn, clusterArn }: Task) => ({ resource: taskArn, clusterArn })),
    positions,
    candidates,
    ineligible,
    seed: world.config.seed,
    draws,
    guards: GUARDS.map(({ name }) => name),
    steadyState: situation.steadyState.value,
  };
}

function startedBefore(record: AuditRecord): StartFacts {
  return record.facts as unknown as StartFacts;
}

async function admitted(
  order: ExperimentOrder,
  owner: string,
  group: Group,
  recorder: Recorder,
  facts: StartFacts,
): Promise<Admitted> {
  const records: AuditRecord[] = [];
  for (const [index, { resource }] of facts.targets.entries()) {
    const said = index === 0 ? facts : { fault: order.fault, position: index, explainedBy: `${owner}/started/0` };
    records.push(await recorder.say(`started/${index}`, 'started', said, resource));
  }
  const { observeSeconds, recoveryLimitSeconds, maxReplacementFailures, steadyState, intervalSeconds } = group.settings;
  const limits = { observeSeconds, recoveryLimitSeconds, maxReplacementFailures, steadyState };
  return { kind: 'admitted', targets: facts.targets, limits, intervalSeconds, records };
}
