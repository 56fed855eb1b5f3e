import { conclude } from './conclusion.ts';
import type { Health } from './health.ts';
import type { Probe, ProbeAnswer } from './probe.ts';
import type { Recovery } from './recovery.ts';
import { isOneMoreStop, type Stop, type StopSigns, stopOf } from './stop.ts';
import type { Verdict } from './verdict.ts';

/** What became of the call that acts on one target. `unknown`: the answer was lost, so only a look can tell. */
export type InjectOutcome = 'accepted' | 'failed' | 'unknown';

export interface TargetProgress {
  readonly resource: string;
  readonly outcome: InjectOutcome;
  readonly effect: 'pending' | 'took-effect' | 'failed';
}

/** Where a running experiment stands; plain data, kept between two looks. */
export interface Progress {
  readonly injectedAtMs: number;
  readonly targets: readonly TargetProgress[];
  /** Why it ends before its time; the first cause stays. */
  readonly stop?: Stop;
  /** When the undo of every target was confirmed; never set for a one-shot fault. */
  readonly undoneAtMs?: number;
  readonly recoveredAtMs?: number;
  readonly recoverySeconds?: number;
  readonly healthyAtMs?: number;
  /** The last look at which a task was seen unhealthy; what ECS said before it does not count as health. */
  readonly illAtMs?: number;
  /** Answers that were not `holds`, one for each probe and phase: the last violation, else the last unknown. */
  readonly remarks: readonly ProbeAnswer[];
}

/** What one look at the world saw. */
export interface Look extends StopSigns {
  readonly nowMs: number;
  readonly effects: readonly {
    readonly resource: string;
    readonly effect: TargetProgress['effect'];
    readonly because: string;
  }[];
  readonly recovery: Recovery;
  readonly health: Health;
  /** Answers of the probes that are asked in this phase. */
  readonly answers: readonly ProbeAnswer[];
}

/** Something that a look saw for the first time, for the record. */
export type Event =
  | { readonly kind: 'took-effect' | 'no-effect'; readonly resource: string; readonly because: string }
  | { readonly kind: 'recovered'; readonly recoverySeconds: number; readonly recoveredAtMs: number }
  | { readonly kind: 'healthy'; readonly healthySeconds: number; readonly healthyAtMs: number }
  | { readonly kind: 'violated'; readonly answer: ProbeAnswer }
  | { readonly kind: 'stopping'; readonly stop: Stop };

export interface Ending {
  readonly verdict: Verdict;
  readonly because: string;
  readonly tookEffect: boolean;
}

export interface Limits {
  /** How long the hypothesis is watched after a one-shot act. */
  readonly observeSeconds: number;
  /** How long a reversible fault lasts; undefined for a one-shot one. */
  readonly faultSeconds?: number;
  /** Counted from a one-shot act, or from the undo of a reversible one. */
  readonly recoveryLimitSeconds: number;
  readonly maxReplacementFailures: number;
  readonly steadyState: readonly Probe[];
}

/** What comes next: another look, taking the fault away, or the end. */
export interface Step {
  readonly progress: Progress;
  readonly events: readonly Event[];
  /** The fault is to be taken away now. */
  readonly undo?: true;
  readonly ending?: Ending;
}

/** Whether a fault is still on its targets that has to be taken away. */
export function isFaultOn(progress: Progress, limits: Limits): boolean {
  return limits.faultSeconds !== undefined && progress.undoneAtMs === undefined;
}

/** When the fault's time, or the observation of a one-shot one, is over. */
export function duringUntilMs(progress: Progress, { faultSeconds, observeSeconds }: Limits): number {
  return progress.undoneAtMs ?? progress.injectedAtMs + (faultSeconds ?? observeSeconds) * 1000;
}

/** The moment from which the hypothesis must hold "after"; undefined while the experiment is still "during". */
export function afterFromMs(progress: Progress, limits: Limits): number | undefined {
  if (progress.recoveredAtMs === undefined || isFaultOn(progress, limits)) return undefined;
  return Math.max(progress.recoveredAtMs, progress.healthyAtMs ?? 0, duringUntilMs(progress, limits));
}

/** How long after `afterFromMs` the slowest probe has a whole period's data. */
export function settleMs(probes: readonly Probe[]): number {
  const each = probes
    .filter(({ phases }) => phases.includes('after'))
    .map((probe) => (probe.type === 'metric' ? (2 * probe.periodSeconds + probe.delaySeconds) * 1000 : 0));
  return Math.max(0, ...each);
}

/** The undo of every target was confirmed. What was not seen to take effect until then never will be. */
export function undone(progress: Progress, nowMs: number): { progress: Progress; events: readonly Event[] } {
  const because = 'it was not seen before the fault was taken away';
  const unseen = progress.targets.filter(({ effect }) => effect === 'pending');
  return {
    progress: {
      ...progress,
      undoneAtMs: nowMs,
      targets: progress.targets.map((one) => (one.effect === 'pending' ? { ...one, effect: 'failed' } : one)),
    },
    events: unseen.map(({ resource }) => ({ kind: 'no-effect', resource, because })),
  };
}

/** Takes one look into account: what is new, and whether the fault is to be taken away, or the experiment ends. */
export function advance(progress: Progress, look: Look, limits: Limits): Step {
  const { targets, events } = withEffects(progress, look);
  const { remarks, violations } = withAnswers(progress.remarks, look.answers);
  for (const answer of violations) events.push({ kind: 'violated', answer });
  const back = withRecovery({ ...progress, targets, remarks }, look, limits);
  events.push(...back.events);
  const wasOn = isFaultOn(progress, limits);
  const stop = progress.stop ?? stopOf(look, wasOn ? violations : [], limits, look.recovery);
  if (stop !== undefined && progress.stop === undefined) events.push({ kind: 'stopping', stop });
  const next: Progress = {
    ...back.progress,
    ...(stop === undefined ? {} : { stop }),
    ...(look.health.state === 'unhealthy' ? { illAtMs: look.nowMs } : {}),
  };
  if (wasOn) {
    const isOver = look.nowMs >= duringUntilMs(next, limits) || targets.every(({ effect }) => effect === 'failed');
    return stop !== undefined || isOver ? { progress: next, events, undo: true } : { progress: next, events };
  }
  const ending = endingOf(next, look, limits, progress);
  return ending === undefined ? { progress: next, events } : { progress: next, events, ending };
}

function withEffects(progress: Progress, look: Look): { targets: TargetProgress[]; events: Event[] } {
  const events: Event[] = [];
  const targets = progress.targets.map((target) => {
    const seen = look.effects.find(({ resource }) => resource === target.resource);
    if (target.effect !== 'pending' || seen === undefined || seen.effect === 'pending') return target;
    const kind = seen.effect === 'took-effect' ? 'took-effect' : 'no-effect';
    events.push({ kind, resource: target.resource, because: seen.because });
    return { ...target, effect: seen.effect };
  });
  return { targets, events };
}

/** Recovery and health count once a fault has taken effect, and only when it is not on its targets any more. */
function withRecovery(progress: Progress, look: Look, limits: Limits): { progress: Progress; events: Event[] } {
  const { recoveredAtMs: before, recoverySeconds: _, healthyAtMs: healthyBefore, ...rest } = progress;
  const { struckAtMs = progress.injectedAtMs, recoveredAtMs, recoverySeconds } = look.recovery;
  const tookEffect = progress.targets.some(({ effect }) => effect === 'took-effect');
  if (recoveredAtMs === undefined || recoverySeconds === undefined || !tookEffect || isFaultOn(progress, limits))
    return { progress: rest, events: [] };
  const events: Event[] = [];
  if (before !== recoveredAtMs) events.push({ kind: 'recovered', recoverySeconds, recoveredAtMs });
  const back = { ...rest, recoveredAtMs, recoverySeconds };
  const seenAtMs = look.health.state === 'healthy' ? look.health.healthyAtMs : undefined;
  if (seenAtMs === undefined) {
    // A look that cannot tell takes nothing back, as long as the group did not fall short meanwhile.
    const keeps = look.health.state === 'unknown' && before === recoveredAtMs && healthyBefore !== undefined;
    return { progress: keeps ? { ...back, healthyAtMs: healthyBefore } : back, events };
  }
  // Healthy since a look before this one, unless the group fell short again meanwhile.
  const healthyAtMs =
    healthyBefore !== undefined && before === recoveredAtMs ? healthyBefore : Math.max(seenAtMs, recoveredAtMs);
  if (healthyAtMs !== healthyBefore) {
    const healthySeconds = (healthyAtMs - struckAtMs) / 1000;
    events.push({ kind: 'healthy', healthySeconds, healthyAtMs });
  }
  return { progress: { ...back, healthyAtMs }, events };
}

function withAnswers(
  remarks: readonly ProbeAnswer[],
  answers: readonly ProbeAnswer[],
): { remarks: ProbeAnswer[]; violations: ProbeAnswer[] } {
  const kept = new Map(remarks.map((remark) => [`${remark.phase}/${remark.probe}`, remark]));
  const violations: ProbeAnswer[] = [];
  for (const answer of answers) {
    const key = `${answer.phase}/${answer.probe}`;
    const wasViolated = kept.get(key)?.answer === 'violated';
    // A violation is never taken back, only told better by a later one; an unknown is taken back by the next answer.
    if (wasViolated && answer.answer !== 'violated') continue;
    if (answer.answer === 'holds') kept.delete(key);
    else kept.set(key, answer);
    if (answer.answer === 'violated' && !wasViolated) violations.push(answer);
  }
  return { remarks: [...kept.values()], violations };
}

/** Whether the probes of the phase "after" were asked about the same phase as now; one that was not asked must not pass. */
function isAfterAsked(progress: Progress, look: Look, limits: Limits, before: Progress): boolean {
  if (!limits.steadyState.some(({ phases }) => phases.includes('after'))) return true;
  const isSame =
    before.recoveredAtMs === progress.recoveredAtMs && afterFromMs(before, limits) === afterFromMs(progress, limits);
  return isSame && look.answers.some(({ phase }) => phase === 'after');
}

/** A group that is back, but back anew at every look, is given up after so long: two of the longest intervals between looks. */
export const REST_SECONDS = 600;

function endingOf(progress: Progress, look: Look, limits: Limits, before: Progress): Ending | undefined {
  const { targets, recoveredAtMs, stop } = progress;
  const end = (broken: readonly string[] = [], unknown: readonly string[] = []): Ending =>
    conclude(progress, limits, broken, unknown);
  if (stop !== undefined && (stop.kind !== 'violated' || isOneMoreStop(look, limits))) return end();
  if (targets.every(({ effect }) => effect === 'failed')) return end();
  const isIll = look.health.state === 'unhealthy';
  const sinceSeconds = (look.nowMs - (progress.undoneAtMs ?? progress.injectedAtMs)) / 1000;
  const patienceSeconds = Math.max(
    limits.recoveryLimitSeconds,
    limits.faultSeconds === undefined ? limits.observeSeconds : 0,
  );
  if (recoveredAtMs === undefined || isIll || targets.some(({ effect }) => effect === 'pending')) {
    if (sinceSeconds < patienceSeconds) return undefined;
    const isDown = targets.some(({ effect }) => effect === 'took-effect');
    if (!isDown) return end();
    const within = `within ${limits.recoveryLimitSeconds} s`;
    if (recoveredAtMs === undefined) return end([`no recovery ${within}`]);
    return end(isIll ? [`not every task was healthy again ${within}`] : []);
  }
  const isRestless = sinceSeconds > patienceSeconds + settleMs(limits.steadyState) / 1000 + REST_SECONDS;
  if (!isAfterAsked(progress, look, limits, before))
    return isRestless ? end([], [`it did not come to rest within ${Math.floor(sinceSeconds)} s`]) : undefined;
  const after = afterFromMs(progress, limits);
  return after !== undefined && look.nowMs >= after + settleMs(limits.steadyState) ? end() : undefined;
}
