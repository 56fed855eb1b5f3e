import type { AuditRecord } from '../../lib/audit/record.ts';
import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { FaultTarget } from '../../lib/core/fault-target.ts';
import type { Group } from '../../lib/core/group.ts';
import { refusals } from '../../lib/core/guards/index.ts';
import type { Limits } from '../../lib/core/progress.ts';
import type { Refusal } from '../../lib/core/refusal.ts';
import type { RunningExperiment, RunningTarget } from '../../lib/core/running.ts';
import { ACT_WITHIN_MS } from '../../lib/core/spread.ts';
import { closeInFlight, putInFlight, readInFlight } from '../in-flight.ts';
import { Recorder } from '../recorder.ts';
import { claimGroupFor, claimPlaceFor, holdsClaims, release } from './claims.ts';
import { heldBack } from './hold-back.ts';
import { faultOf } from './inject.ts';
import { heldUntilMs, limitsOf, lookEverySeconds } from './limits.ts';
import { orderRefusals } from './order-refusals.ts';
import { type StartFacts, startFacts } from './start-facts.ts';
import { type Survey, survey } from './survey.ts';
import { planTargets, prepareTargets } from './targets.ts';
import type { ExperimentWorld } from './world.ts';

/** If an experiment is not heard of for so long after its start, the sweep takes it over. More than an act may take. */
const FIRST_BEAT_WITHIN_MS = 240_000;

/** What the first step of an experiment comes to. Plain data: it is checkpointed and read back at each replay. */
export type Admission = Declined | Admitted;

/** Nothing was touched. `aborted`: it had been started, and was held back before its act. */
export interface Declined {
  readonly kind: 'refused' | 'leashed' | 'aborted';
  readonly because: string;
  readonly records: readonly AuditRecord[];
}

export interface Admitted {
  readonly kind: 'admitted';
  readonly running: RunningExperiment;
  readonly limits: Limits;
  readonly intervalSeconds: number;
  readonly records: readonly AuditRecord[];
}

/** One try of an execution to begin: what it read, and its end of the chain. */
interface Attempt {
  readonly world: ExperimentWorld;
  readonly order: ExperimentOrder;
  readonly owner: string;
  readonly found: Survey;
  readonly recorder: Recorder;
}

/**
 * Guards, claim and the record of the start. Asked again by the same execution (a crash in between), it comes to the same answer:
 * claims know their owner, records their key, and targets are taken from what was stored once a start is on record. Only whether to
 * start is asked anew: nothing has been hurt yet, and a lever that was engaged meanwhile must still hold the act back.
 *
 * @param owner the execution that asks.
 */
export async function admit(world: ExperimentWorld, order: ExperimentOrder, owner: string): Promise<Admission> {
  const found = await survey(world, order, owner);
  const recorder = Recorder.after(world, order, owner, found.chain.at(-1));
  const attempt = { world, order, owner, found, recorder };
  const over = said(attempt, 'ended') ?? said(attempt, 'failed') ?? said(attempt, 'reconciled');
  if (over !== undefined) return endedBefore(attempt, over);
  const refused = said(attempt, 'refused');
  const no = refused ? (refused.facts.refusals as Refusal[]) : [...orderRefusals(order), ...refusals(found.situation)];
  const { group } = found;
  if (no.length === 0 && group === undefined) throw new Error('the guards passed a group that does not exist');
  if (no.length > 0 || group === undefined) return decline(attempt, no);
  return reserve(attempt, group);
}

function said({ owner, found }: Attempt, key: string): AuditRecord | undefined {
  return found.chain.find((one) => one.key === `${owner}/${key}`);
}

/** Claims and targets; then the leash, and then the start. */
async function reserve(attempt: Attempt, group: Group): Promise<Admission> {
  const { world, order, owner, found } = attempt;
  const earlier = said(attempt, 'started/0');
  const start = earlier ? (earlier.facts as unknown as StartFacts) : startFacts(world, found, order);
  const limits = limitsOf(group.settings, faultOf(order), order);
  const spreadMs = (faultOf(order).spreadSeconds ?? 0) * 1000;
  const request = {
    experiment: order.experiment,
    group: order.group,
    owner,
    nowMs: world.now(),
    untilMs: heldUntilMs(world.now(), limits),
    targets: start.targets.map(({ resource }) => resource),
  };
  const spacing = order.skip.includes('spacing')
    ? undefined
    : { calendar: found.situation.calendars.of(group.settings), minDays: group.settings.minDays };
  const [inGroup, prepared] = await Promise.all([
    claimGroupFor(world.state, found.claims, request, spacing),
    earlier
      ? storedTargets(attempt)
      : prepareTargets(world, faultOf(order), order, picked(found), group.settings.minRemaining),
  ]);
  if (inGroup !== undefined) return decline(attempt, [inGroup]);
  if (prepared.refusals.length > 0) return decline(attempt, prepared.refusals, true);
  const leash = leashOf(attempt);
  const running: RunningExperiment = {
    order,
    owner,
    targets: prepared.targets,
    startedAtMs: request.nowMs,
    notAfterMs: request.nowMs + ACT_WITHIN_MS + spreadMs,
    ...(limits.faultSeconds === undefined
      ? {}
      : { untilMs: request.nowMs + ACT_WITHIN_MS + limits.faultSeconds * 1000 }),
    alarms: [...new Set([...group.settings.alarms, ...world.config.outageAlarms])],
    aliveUntilMs: request.nowMs + FIRST_BEAT_WITHIN_MS + spreadMs,
    status: 'running',
  };
  const [inAccount, stored] = await Promise.all([
    claimPlaceFor(world.state, found.claims, request, world.config),
    leash === undefined ? putInFlight(world.state, running) : running,
  ]);
  if (inAccount !== undefined) return decline(attempt, [inAccount], true);
  // What the sweep said of it stands in the chain; asked once more, that is the answer.
  if (stored.status !== 'running') throw new Error(`${order.experiment} was given up and closed meanwhile`);
  if (leash !== undefined) return earlier ? abort(attempt, leash) : leashed(attempt, running, start, leash);
  return begin(attempt, stored, start, { limits, intervalSeconds: lookEverySeconds(group.settings, limits) });
}

/** Nothing was claimed, or it is given back. What stands on record as started is ended; else the refusal is recorded. */
async function decline(attempt: Attempt, no: readonly Refusal[], holds = false): Promise<Declined> {
  const { world, order, owner, found, recorder } = attempt;
  const because = no.map((one) => one.because).join('; ');
  if (said(attempt, 'started/0')) return abort(attempt, because, no);
  const record = await recorder.say('refused', 'refused', { refusals: no });
  if (holds || holdsClaims(found.claims, owner)) await release(world.state, { ...order, owner }, false);
  await closeInFlight(world.state, { ...order, owner }, 'ended', world.now());
  return { kind: 'refused', because, records: [record] };
}

/** Ends what was started and has not acted. */
async function abort(attempt: Attempt, because: string, no: readonly Refusal[] = []): Promise<Declined> {
  const { world, order, owner, recorder } = attempt;
  const facts = { fault: order.fault, verdict: 'aborted', because, tookEffect: false, acted: false, refusals: no };
  const record = await recorder.say('ended', 'ended', { ...facts, targets: [], remarks: [] });
  await release(world.state, { ...order, owner }, false);
  await closeInFlight(world.state, { ...order, owner }, 'ended', world.now());
  return { kind: 'aborted', because, records: [record] };
}

/** The chain has its end already: from a try that was cut short right after it, or by the sweep. */
async function endedBefore({ world, order, owner }: Attempt, over: AuditRecord): Promise<Declined> {
  await release(world.state, { ...order, owner }, over.facts.acted !== false);
  await closeInFlight(world.state, { ...order, owner }, 'ended', world.now());
  return { kind: 'aborted', because: String(over.facts.because), records: [] };
}

/** Everything but the act; in its stead the record says what the act would have done. */
async function leashed(
  attempt: Attempt,
  running: RunningExperiment,
  start: StartFacts,
  because: string,
): Promise<Declined> {
  const { world, order, owner, recorder } = attempt;
  const would = await planTargets(world, faultOf(order), running);
  const record = await recorder.say('leashed', 'leashed', { ...start, because, would });
  await release(world.state, { ...order, owner }, false);
  await closeInFlight(world.state, { ...order, owner }, 'ended', world.now());
  return { kind: 'leashed', because, records: [record] };
}

/** Why the leash holds, if it does. A leash that cannot be read holds, and one that held this execution back goes on to. */
function leashOf(attempt: Attempt): string | undefined {
  const before = said(attempt, 'leashed');
  const { leashed } = attempt.found.switches;
  if (before) return String(before.facts.because);
  if (attempt.order.leashed) return 'the request asked for it';
  if (!leashed.known) return `cannot tell: ${leashed.because}`;
  return leashed.value ? 'the leash is on' : undefined;
}

/**
 * Records the start, and reads the switches and the item once more, side by side: by now the experiment can be found by whoever engages the lever,
 * so that of the two at least one sees the other.
 */
async function begin(
  attempt: Attempt,
  running: RunningExperiment,
  start: StartFacts,
  how: Pick<Admitted, 'limits' | 'intervalSeconds'>,
): Promise<Admission> {
  const { world, order, owner, recorder } = attempt;
  const { experiment, group, fault, actor, reason } = order;
  const targets = start.targets.map(({ resource }) => resource);
  const [first, { lever, leashed: leash }, inFlight] = await Promise.all([
    recorder.say('started/0', 'started', { ...start }, targets[0]),
    world.switches.read(),
    readInFlight(world.state, experiment),
    world.herald.announce({
      ...{ experiment, group, fault, targets, actor, reason },
      ...(running.untilMs === undefined ? {} : { untilMs: running.untilMs }),
    }),
  ]);
  const records = [first];
  for (const [index, resource] of targets.entries()) {
    if (index === 0) continue;
    const facts = { fault, position: index, explainedBy: `${owner}/started/0` };
    records.push(await recorder.say(`started/${index}`, 'started', facts, resource));
  }
  const held = heldBack(lever, leash, inFlight?.body ?? running);
  if (held !== undefined) {
    const ended = await abort(attempt, `${held}, before the act`);
    return { ...ended, records: [...records, ...ended.records] };
  }
  return { kind: 'admitted', running, ...how, records };
}

function picked({ situation }: Survey): readonly FaultTarget[] {
  if (!situation.choice.known) throw new Error('the guards passed a choice that is not known');
  return situation.choice.value.picked;
}

/** The targets of a start that is on record, as they were stored before it. */
async function storedTargets({
  world,
  order,
  owner,
}: Attempt): Promise<{ targets: RunningTarget[]; refusals: Refusal[] }> {
  const stored = await readInFlight(world.state, order.experiment);
  if (stored?.body.owner !== owner)
    throw new Error(`${order.experiment} was started, and what it needs to undo is lost`);
  return { targets: [...stored.body.targets], refusals: [] };
}
