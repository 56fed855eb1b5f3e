import { Temporal } from 'temporal-polyfill';
import type { WorkCalendar } from './calendar.ts';
import type { Refusal } from './refusal.ts';

/** What is known of a group between experiments. Times are milliseconds since the epoch. */
export interface GroupState {
  readonly group: string;
  readonly inFlight?: { readonly experiment: string; readonly owner: string; readonly untilMs: number };
  readonly lastExperiment?: string;
  readonly lastStartedMs?: number;
  /** When the planner first met the group, if nothing had been started until then; `maxDays` counts from there. */
  readonly knownSinceMs?: number;
  /** What the two above were before the claim in flight, to be put back when it did not act. */
  readonly before?: { readonly lastExperiment?: string; readonly lastStartedMs?: number };
}

/** A place in the account's budget, with the targets that nobody else may touch meanwhile. */
export interface Slot {
  readonly experiment: string;
  readonly owner: string;
  readonly untilMs: number;
  readonly targets: readonly string[];
}

/** What is known of the account and region. */
export interface AccountState {
  readonly slots: readonly Slot[];
  /** Starts of the last 24 hours and more; older ones are dropped at each claim. */
  readonly starts: readonly { readonly experiment: string; readonly atMs: number }[];
}

export const EMPTY_ACCOUNT: AccountState = { slots: [], starts: [] };

/** Who asks, and until when the claim holds if nobody releases it. */
export interface ClaimRequest {
  readonly experiment: string;
  readonly group: string;
  /** The execution; asking twice with the same owner is asking once. */
  readonly owner: string;
  readonly nowMs: number;
  readonly untilMs: number;
  /** ARNs or ids of what will be acted on. */
  readonly targets: readonly string[];
}

export type ClaimAnswer<State> =
  | { readonly granted: true; readonly state: State; readonly changed: boolean }
  | { readonly granted: false; readonly refusal: Refusal };

const refuse = (
  code: Refusal['code'],
  because: string,
  facts: Refusal['facts'],
): { granted: false; refusal: Refusal } => ({
  granted: false,
  refusal: { code, because, facts },
});

const say = (ms: number): string => new Date(ms).toISOString();

/**
 * Reserves the group: one experiment in flight, each experiment once, spacing kept.
 * A claim whose time is over does not block any more, but still counts as a start: what a crash left may have acted.
 *
 * @param minDays least work days between two starts; undefined skips the spacing.
 */
export function claimGroup(
  state: GroupState,
  request: ClaimRequest,
  spacing: { readonly calendar: WorkCalendar; readonly minDays: number } | undefined,
): ClaimAnswer<GroupState> {
  const { inFlight, lastExperiment, lastStartedMs } = state;
  if (inFlight?.owner === request.owner) return { granted: true, state, changed: false };
  if (inFlight !== undefined && inFlight.experiment !== request.experiment && inFlight.untilMs > request.nowMs) {
    const because = `${inFlight.experiment} is in flight, at the latest until ${say(inFlight.untilMs)}`;
    return refuse('group-in-flight', because, { experiment: inFlight.experiment, until: say(inFlight.untilMs) });
  }
  if (inFlight?.experiment === request.experiment || lastExperiment === request.experiment) {
    return refuse('already-done', `${request.experiment} was claimed before`, { experiment: request.experiment });
  }
  const since = spacing?.calendar.spacedSince(spacing.calendar.shiftAt(request.nowMs), spacing.minDays);
  if (since !== undefined && lastStartedMs !== undefined && lastStartedMs >= since) {
    const because = `${lastExperiment ?? 'an experiment'} started at ${say(lastStartedMs)}; at least ${spacing?.minDays} work ${spacing?.minDays === 1 ? 'day' : 'days'} must lie between two`;
    return refuse('group-spacing', because, {
      last: lastExperiment,
      lastStartedAt: say(lastStartedMs),
      minDays: spacing?.minDays,
    });
  }
  return {
    granted: true,
    changed: true,
    state: {
      ...metFirst(state),
      inFlight: { experiment: request.experiment, owner: request.owner, untilMs: request.untilMs },
      lastExperiment: request.experiment,
      lastStartedMs: request.nowMs,
      before: {
        ...(lastExperiment === undefined ? {} : { lastExperiment }),
        ...(lastStartedMs === undefined ? {} : { lastStartedMs }),
      },
    },
  };
}

/** Gives a group back. A claim that did not act leaves no trace: it has not used up any spacing. */
export function releaseGroup(state: GroupState, owner: string, acted: boolean): GroupState {
  if (state.inFlight?.owner !== owner) return state;
  const { inFlight: _, before, ...rest } = state;
  return acted ? rest : { ...metFirst(state), ...before };
}

/** What stays of a group's state whatever happens to it. */
function metFirst({ group, knownSinceMs }: GroupState): GroupState {
  return { group, ...(knownSinceMs === undefined ? {} : { knownSinceMs }) };
}

const HOUR_MS = 3_600_000;

/** Targets of experiments whose claim still holds, of any owner but this one. */
export function claimedTargets(state: AccountState, owner: string, nowMs: number): ReadonlySet<string> {
  const others = state.slots.filter((slot) => slot.owner !== owner && slot.untilMs > nowMs);
  return new Set(others.flatMap(({ targets }) => targets));
}

/** Reserves a place in the account's budget, and the targets. Hours are rolling; days are dates in the config's zone. */
export function claimAccount(
  state: AccountState,
  request: ClaimRequest,
  budgets: { readonly maxInFlight: number; readonly maxPerHour: number; readonly maxPerDay: number },
  zone: string,
): ClaimAnswer<AccountState> {
  const own = state.slots.find(({ owner }) => owner === request.owner);
  if (own !== undefined && request.targets.every((one) => own.targets.includes(one)))
    return { granted: true, state, changed: false };
  // The group knows its last experiment only; an order that is delivered again after a later one would pass there.
  if (own === undefined && state.starts.some(({ experiment }) => experiment === request.experiment)) {
    return refuse('already-done', `${request.experiment} was claimed before`, { experiment: request.experiment });
  }
  const slots = state.slots.filter((slot) => slot !== own && slot.untilMs > request.nowMs);
  const taken = slots.find(({ targets }) => targets.some((one) => request.targets.includes(one)));
  if (taken !== undefined) {
    const targets = taken.targets.filter((one) => request.targets.includes(one));
    const because = `${targets.join(', ')} is under ${taken.experiment}, at the latest until ${say(taken.untilMs)}`;
    return refuse('target-under-experiment', because, { targets, experiment: taken.experiment });
  }
  // Drawn anew after a crash: the place is its own already, only what it reserves is another.
  if (own !== undefined) {
    const renewed = { ...own, untilMs: request.untilMs, targets: request.targets };
    return { granted: true, changed: true, state: { ...state, slots: [...slots, renewed] } };
  }
  const today = Temporal.Instant.fromEpochMilliseconds(request.nowMs)
    .toZonedDateTimeISO(zone)
    .startOfDay().epochMilliseconds;
  const hourAgo = request.nowMs - HOUR_MS;
  const starts = state.starts.filter(({ atMs }) => atMs >= Math.min(today, hourAgo));
  const inHour = starts.filter(({ atMs }) => atMs > hourAgo).length;
  const inDay = starts.filter(({ atMs }) => atMs >= today).length;
  if (slots.length >= budgets.maxInFlight) {
    const experiments = slots.map(({ experiment }) => experiment);
    return refuse('account-in-flight', `${slots.length} of ${budgets.maxInFlight} are in flight`, {
      experiments,
      limit: budgets.maxInFlight,
    });
  }
  if (inHour >= budgets.maxPerHour) {
    return refuse('account-hour', `${inHour} of ${budgets.maxPerHour} started within the hour`, {
      started: inHour,
      limit: budgets.maxPerHour,
    });
  }
  if (inDay >= budgets.maxPerDay) {
    return refuse('account-day', `${inDay} of ${budgets.maxPerDay} started today`, {
      started: inDay,
      limit: budgets.maxPerDay,
    });
  }
  const { experiment, owner, untilMs, nowMs, targets } = request;
  return {
    granted: true,
    changed: true,
    state: {
      slots: [...slots, { experiment, owner, untilMs, targets }],
      starts: [...starts, { experiment, atMs: nowMs }],
    },
  };
}

/** Gives the account's place back; a claim that did not act does not count as a start. */
export function releaseAccount(state: AccountState, experiment: string, owner: string, acted: boolean): AccountState {
  if (!state.slots.some((slot) => slot.owner === owner)) return state;
  return {
    slots: state.slots.filter((slot) => slot.owner !== owner),
    starts: acted ? state.starts : state.starts.filter((start) => start.experiment !== experiment),
  };
}
