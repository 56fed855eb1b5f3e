import type { LeverState } from './guards/guard.ts';
import type { Probe, ProbeAnswer } from './probe.ts';
import type { Recovery } from './recovery.ts';
import type { Known } from './refusal.ts';
import { type Verdict, verdictOf } from './verdict.ts';

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
  readonly recoveredAtMs?: number;
  readonly recoverySeconds?: number;
  /** Answers that were not `holds`, one for each probe and phase: the last violation, else the last unknown. */
  readonly remarks: readonly ProbeAnswer[];
}

/** What one look at the world saw. */
export interface Look {
  readonly nowMs: number;
  readonly lever: Known<LeverState>;
  readonly effects: readonly {
    readonly resource: string;
    readonly effect: TargetProgress['effect'];
    readonly because: string;
  }[];
  readonly recovery: Recovery;
  /** Answers of the probes that are asked in this phase. */
  readonly answers: readonly ProbeAnswer[];
}

/** Something that a look saw for the first time, for the record. */
export type Event =
  | { readonly kind: 'took-effect' | 'no-effect'; readonly resource: string; readonly because: string }
  | { readonly kind: 'recovered'; readonly recoverySeconds: number; readonly recoveredAtMs: number }
  | { readonly kind: 'violated'; readonly answer: ProbeAnswer };

export interface Ending {
  readonly verdict: Verdict;
  readonly because: string;
  readonly tookEffect: boolean;
}

export interface Limits {
  readonly observeSeconds: number;
  readonly recoveryLimitSeconds: number;
  readonly maxReplacementFailures: number;
  readonly steadyState: readonly Probe[];
}

/** The moment from which the hypothesis must hold "after"; undefined while the experiment is still "during". */
export function afterFromMs(progress: Progress, limits: Limits): number | undefined {
  if (progress.recoveredAtMs === undefined) return undefined;
  return Math.max(progress.recoveredAtMs, progress.injectedAtMs + limits.observeSeconds * 1000);
}

/** How long after `afterFromMs` the slowest probe has a whole period's data. */
export function settleMs(probes: readonly Probe[]): number {
  const each = probes
    .filter(({ phases }) => phases.includes('after'))
    .map((probe) => (probe.type === 'metric' ? (2 * probe.periodSeconds + probe.delaySeconds) * 1000 : 0));
  return Math.max(0, ...each);
}

/** Takes one look into account: what is new, and whether the experiment ends. */
export function advance(
  progress: Progress,
  look: Look,
  limits: Limits,
): { progress: Progress; events: readonly Event[]; ending?: Ending } {
  const { targets, events } = withEffects(progress, look);
  const { recoveredAtMs, recoverySeconds } = look.recovery;
  const back =
    recoveredAtMs !== undefined &&
    recoverySeconds !== undefined &&
    targets.some(({ effect }) => effect === 'took-effect');
  if (back && progress.recoveredAtMs !== recoveredAtMs)
    events.push({ kind: 'recovered', recoverySeconds, recoveredAtMs });
  const { remarks, violations } = withAnswers(progress.remarks, look.answers);
  for (const answer of violations) events.push({ kind: 'violated', answer });
  const { recoveredAtMs: _, recoverySeconds: __, ...rest } = progress;
  const next: Progress = { ...rest, targets, remarks, ...(back ? { recoveredAtMs, recoverySeconds } : {}) };
  const ending = endingOf(next, look, limits, progress.recoveredAtMs);
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

/** Whether the probes of the phase "after" have been asked since this recovery; one that was not asked must not pass. */
function isAfterAsked(look: Look, limits: Limits, isNewRecovery: boolean): boolean {
  if (!limits.steadyState.some(({ phases }) => phases.includes('after'))) return true;
  return !isNewRecovery && look.answers.some(({ phase }) => phase === 'after');
}

function endingOf(
  progress: Progress,
  look: Look,
  limits: Limits,
  recoveredBeforeMs: number | undefined,
): Ending | undefined {
  const { targets, recoveredAtMs } = progress;
  const end = (broken: readonly string[] = [], aborted?: string): Ending => conclude(progress, limits, broken, aborted);
  if (!look.lever.known) return end([], 'the lever could not be read');
  const { engaged, actor, reason } = look.lever.value;
  if (engaged) return end([], `${actor} engaged the lever: ${reason}`);
  if (targets.every(({ effect }) => effect === 'failed')) return end();
  const { replacementFailures } = look.recovery;
  if (replacementFailures > limits.maxReplacementFailures)
    return end([`${replacementFailures} replacements died again`]);
  if (recoveredAtMs === undefined || targets.some(({ effect }) => effect === 'pending')) {
    const sinceSeconds = (look.nowMs - progress.injectedAtMs) / 1000;
    if (sinceSeconds < Math.max(limits.recoveryLimitSeconds, limits.observeSeconds)) return undefined;
    const isDown = recoveredAtMs === undefined && targets.some(({ effect }) => effect === 'took-effect');
    return end(isDown ? [`no recovery within ${limits.recoveryLimitSeconds} s`] : []);
  }
  if (!isAfterAsked(look, limits, recoveredAtMs !== recoveredBeforeMs)) return undefined;
  const after = afterFromMs(progress, limits);
  return after !== undefined && look.nowMs >= after + settleMs(limits.steadyState) ? end() : undefined;
}

function conclude(
  { targets, remarks, recoverySeconds = 0 }: Progress,
  { recoveryLimitSeconds }: Limits,
  broken: readonly string[],
  aborted: string | undefined,
): Ending {
  const confirmed = targets.filter(({ effect }) => effect === 'took-effect').length;
  const say = ({ probe, phase, because }: ProbeAnswer): string => `${probe} (${phase}): ${because}`;
  const violated = remarks.filter(({ answer }) => answer === 'violated').map(say);
  const slow =
    recoverySeconds > recoveryLimitSeconds
      ? [`recovery took ${recoverySeconds} s, more than ${recoveryLimitSeconds} s`]
      : [];
  const verdict = verdictOf({
    ...(aborted === undefined ? {} : { aborted }),
    targets: targets.length,
    confirmed,
    broken: [...violated, ...slow, ...broken],
    unknown: remarks.filter(({ answer }) => answer === 'unknown').map(say),
  });
  return { ...verdict, tookEffect: confirmed === targets.length };
}
