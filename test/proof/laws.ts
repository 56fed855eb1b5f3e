import { verifyChains } from '../../lib/audit/chain.ts';
import { type AuditRecord, finalOf, type RecordKind } from '../../lib/audit/record.ts';
import type { RunFacts } from './run-facts.ts';
import { EXPERIMENT } from './scenarios.ts';

/** What must be so after any failure whatever (DESIGN 11): one sentence for each law that a run broke. */
export function brokenLaws(run: RunFacts): string[] {
  return [...acts(run), ...records(run), ...faults(run), ...claims(run), ...verdict(run), ...run.defects];
}

/** Faults that stop what they hit; the others of the scenarios can be taken away. */
const ONE_SHOT: readonly string[] = ['stop-task', 'terminate-host'];

/** At most one act for each target, never without its record before it, and none once all is settled. */
function acts({ log, scenario }: RunFacts): string[] {
  const broken: string[] = [];
  const acted = log.of('act').map(({ target }) => target);
  if (new Set(acted).size < acted.length) broken.push(`a target was acted on twice: ${acted.join(', ')}`);
  const called = new Map<string, Set<string>>();
  for (const { target, callId } of log.of('acting-call')) {
    called.set(target, (called.get(target) ?? new Set()).add(callId));
  }
  // AWS or the host would have made nothing of the second; it is asked for once all the same.
  for (const [target, calls] of called) if (calls.size > 1) broken.push(`${calls.size} acting calls for ${target}`);
  if (acted.length > 1) broken.push(`${acted.length} acts, though one target was asked for`);
  const started = new Set<string>();
  let settled: string | undefined;
  for (const entry of log.entries) {
    if (entry.kind === 'record' && entry.record.kind === 'started') started.add(entry.record.resource ?? '');
    if (entry.kind === 'settled') settled ??= 'the verdict or failure';
    if (entry.kind !== 'act') continue;
    if (!started.has(entry.target)) broken.push(`an act on ${entry.target} without a started record before it`);
    if (settled !== undefined) broken.push(`an act on ${entry.target} after ${settled} was recorded`);
    const kind = ONE_SHOT.includes(scenario.order.fault) ? 'stop' : 'freeze';
    if (entry.act !== kind) broken.push(`an act of another kind: ${entry.act}`);
  }
  return broken;
}

const UNDOING: readonly RecordKind[] = ['undone', 'undo-failed'];

/** Chains verify, nothing is said twice, and what started has an end: a verdict, or a failure. */
function records({ finalChain, chain }: RunFacts): string[] {
  const broken = verifyChains(finalChain).map(({ sequence, problem }) => `record ${sequence}: ${problem}`);
  const keys = finalChain.map(({ key }) => key);
  if (new Set(keys).size < keys.length) broken.push(`something was recorded twice: ${kindsOf(finalChain)}`);
  if (isStarted(finalChain) && settledBy(finalChain) === undefined) {
    broken.push(`started without a settled end: ${kindsOf(finalChain)}`);
  }
  const ends = finalChain.filter(({ kind }) => kind === 'ended');
  if (ends.length > 1) broken.push(`${ends.length} verdicts: ${kindsOf(finalChain)}`);
  // A fault that could not be taken away goes on being undone after the verdict, and that is said.
  const isStuck = chain.some(({ kind }) => kind === 'undo-failed');
  const later = finalChain.slice(chain.length).filter(({ kind }) => !isStuck || !UNDOING.includes(kind));
  if (settledBy(chain)?.kind === 'ended' && later.length > 0) {
    broken.push(`something was recorded after all had ended: ${kindsOf(finalChain)}`);
  }
  return broken;
}

/** No fault is left, neither when the end was recorded (unless it says that the undo failed) nor ever. */
function faults({ log, finalChain, nowMs }: RunFacts): string[] {
  const broken: string[] = [];
  const isKnown = finalChain.some(({ kind }) => kind === 'undo-failed');
  for (const { frozen } of log.of('settled')) {
    if (frozen.length > 0 && !isKnown) broken.push(`the end was recorded with a fault still on ${frozen.join(', ')}`);
  }
  const healed = new Set(log.of('healed').map(({ target }) => target));
  for (const { act, target } of log.of('act')) {
    if (act === 'freeze' && !healed.has(target)) broken.push(`a fault was left on ${target} at ${nowMs}`);
  }
  for (const { resource = '' } of finalChain.filter(({ kind }) => kind === 'undone')) {
    if (log.of('act').some(({ target }) => target === resource) && !healed.has(resource)) {
      broken.push(`${resource} was recorded as undone, and was not`);
    }
  }
  return broken;
}

/** No claim is held past its time, and an act has used up its group's spacing and the account's budget. */
function claims({ scenario, group, account, nowMs, log, chain }: RunFacts): string[] {
  const broken: string[] = [];
  if (group?.inFlight !== undefined && group.inFlight.untilMs > nowMs)
    broken.push('the group is claimed past any time');
  const slots = (account?.slots ?? []).filter(({ untilMs }) => untilMs > nowMs);
  if (slots.length > 0) broken.push('the account is claimed past any time');
  if (log.of('act').length > 0) {
    if (group?.lastExperiment !== EXPERIMENT) broken.push(`an act that used up no spacing of ${scenario.order.group}`);
    if (!(account?.starts ?? []).some(({ experiment }) => experiment === EXPERIMENT)) {
      broken.push('an act that used up no budget');
    }
  }
  if (!isStarted(chain) && log.of('act').length > 0) broken.push('an act without a started record');
  return broken;
}

/** Seconds in which users saw errors do not count when they are so close to the end that no metric can tell. */
const UNSEEN_MS = 12_000;

/** The verdict is what really happened, as the model knows it. */
function verdict({ finalChain, log, end }: RunFacts): string[] {
  const broken: string[] = [];
  const ended = settledBy(finalChain);
  const acted = log.of('act');
  const untouched = finalOf(finalChain)?.kind;
  if ((untouched === 'refused' || untouched === 'leashed') && acted.length > 0) {
    broken.push(`recorded as ${untouched}, yet there was an act`);
  }
  const answered = verdictOf(end.result);
  if (ended?.kind === 'ended' && answered !== undefined && answered !== ended.facts.verdict) {
    broken.push(`the execution answered ${answered}, the record says ${String(ended.facts.verdict)}`);
  }
  if (ended?.kind !== 'ended') return broken;
  const { verdict: said, tookEffect, because } = ended.facts as Record<string, unknown>;
  const endMs = log.of('record').find(({ record }) => record.hash === ended.hash)?.atMs ?? Number.POSITIVE_INFINITY;
  const hurt = log.of('hurt').filter(({ atMs }) => atMs < endMs);
  if (tookEffect === true && acted.length === 0)
    broken.push('a fault that never happened is said to have taken effect');
  if (said === 'held') {
    if (acted.length === 0) broken.push('held, though the fault never took effect');
    if (hurt.some(({ atMs }) => atMs < endMs - UNSEEN_MS)) broken.push('held, though users saw errors');
  }
  if (said === 'broken' && hurt.length === 0) broken.push(`broken, though nothing was: ${String(because)}`);
  if (said === 'inconclusive' && hurt.length === 0 && tookEffect === true && because === undefined) {
    broken.push('inconclusive without a reason');
  }
  return broken;
}

/** An undo that comes so soon after the host's own is not late. */
const IN_VAIN_MS = 15_000;

/** `held`, `refused`, `failed` and so on, with what it took to get there. */
export function howItEnded({ finalChain, chain, log }: RunFacts): string {
  const settled = settledBy(finalChain) ?? finalOf(finalChain);
  // At the end of its time the host is as quick as the experiment's own undo; only when that came much later the host was needed.
  const undoneMs = log.of('record').find(({ record }) => record.kind === 'undone')?.atMs ?? Number.POSITIVE_INFINITY;
  const isHealedByHost = log.of('healed').some(({ by, atMs }) => by === 'host' && undoneMs > atMs + IN_VAIN_MS);
  const words = [
    settled === undefined ? 'nothing' : settled.kind === 'ended' ? String(settled.facts.verdict) : settled.kind,
    ...(finalChain.some(({ kind }) => kind === 'swept') || kindsOf(finalChain) !== kindsOf(chain) ? ['swept'] : []),
    ...(isHealedByHost ? ['healed by the host'] : []),
  ];
  return words.join(', ');
}

const isStarted = (chain: readonly AuditRecord[]): boolean => chain.some(({ kind }) => kind === 'started');

/** The verdict, or the failure: a refusal settles nothing once there was a start. */
const settledBy = (chain: readonly AuditRecord[]): AuditRecord | undefined =>
  chain.find(({ kind }) => kind === 'ended') ?? chain.find(({ kind }) => kind === 'failed');

const kindsOf = (chain: readonly AuditRecord[]): string => chain.map(({ kind }) => kind).join(' ');

function verdictOf(result: string | undefined): string | undefined {
  if (result === undefined) return undefined;
  return (JSON.parse(result) as { verdict?: string } | null)?.verdict;
}
