import type { WorkCalendar } from '../../lib/core/calendar.ts';
import {
  type AccountState,
  type ClaimAnswer,
  type ClaimRequest,
  claimAccount,
  claimGroup,
  EMPTY_ACCOUNT,
  type GroupState,
  releaseAccount,
  releaseGroup,
} from '../../lib/core/claim.ts';
import type { Config } from '../../lib/core/config.ts';
import type { Refusal } from '../../lib/core/refusal.ts';
import type { StateKind, StateStore, Versioned } from '../../lib/core/state-store.ts';

/** The one item that holds the budget of this account and region. */
const ACCOUNT = 'this';

/** Under contention each try is one lost race; two hundred at once need fewer than that. */
const TRIES = 300;

/** Both items as the guards' round of reads found them. */
export interface ClaimState {
  readonly group: Versioned<GroupState> | undefined;
  readonly account: Versioned<AccountState> | undefined;
}

export async function readClaims(state: StateStore, group: string): Promise<ClaimState> {
  const [ofGroup, ofAccount] = await Promise.all([state.read<GroupState>('group', group), readAccount(state)]);
  return { group: ofGroup, account: ofAccount };
}

/** The account's budget as it is now. */
export function readAccount(state: StateStore): Promise<Versioned<AccountState> | undefined> {
  return state.read<AccountState>('account', ACCOUNT);
}

/** Whether an execution holds a claim already, from a try that was cut short. */
export function holdsClaims({ group, account }: ClaimState, owner: string): boolean {
  return group?.body.inFlight?.owner === owner || (account?.body.slots.some((slot) => slot.owner === owner) ?? false);
}

/**
 * Claims the group.
 *
 * @param read the items as read before, so that an uncontended claim costs nothing but its write.
 * @param spacing undefined skips it.
 */
export async function claimGroupFor(
  state: StateStore,
  read: ClaimState,
  request: ClaimRequest,
  spacing: { readonly calendar: WorkCalendar; readonly minDays: number } | undefined,
): Promise<Refusal | undefined> {
  const claimed = await compareAndSet<GroupState>(state, 'group', request.group, read.group, (now) =>
    claimGroup(now ?? { group: request.group }, request, spacing),
  );
  return claimed.granted ? undefined : claimed.refusal;
}

/** Claims a place in the account's budget, and the targets. Refused, the group is the caller's to give back. */
export async function claimPlaceFor(
  state: StateStore,
  read: ClaimState,
  request: ClaimRequest,
  config: Pick<Config, 'budgets' | 'window'>,
): Promise<Refusal | undefined> {
  const claimed = await compareAndSet<AccountState>(state, 'account', ACCOUNT, read.account, (now) =>
    claimAccount(now ?? EMPTY_ACCOUNT, request, config.budgets, config.window.zone),
  );
  return claimed.granted ? undefined : claimed.refusal;
}

/** Gives both claims back. `acted` false leaves no trace of them: nothing was hurt, so no spacing and no budget is used up. */
export async function release(
  state: StateStore,
  { group, experiment, owner }: Pick<ClaimRequest, 'group' | 'experiment' | 'owner'>,
  acted: boolean,
): Promise<void> {
  const keep = <Body extends object>(before: Body, after: Body): ClaimAnswer<Body> => ({
    granted: true,
    state: after,
    changed: before !== after,
  });
  const read = await readClaims(state, group);
  await compareAndSet<GroupState>(state, 'group', group, read.group, (now = { group }) =>
    keep(now, releaseGroup(now, owner, acted)),
  );
  await compareAndSet<AccountState>(state, 'account', ACCOUNT, read.account, (now = EMPTY_ACCOUNT) =>
    keep(now, releaseAccount(now, experiment, owner, acted)),
  );
}

/** @param read the item as the caller read it just now; undefined when there was none. */
async function compareAndSet<Body extends object>(
  state: StateStore,
  kind: StateKind,
  name: string,
  read: Versioned<Body> | undefined,
  decide: (body: Body | undefined) => ClaimAnswer<Body>,
): Promise<ClaimAnswer<Body>> {
  let current = read;
  for (let tries = 0; tries < TRIES; tries++) {
    const answer = decide(current?.body);
    if (!answer.granted || !answer.changed) return answer;
    if (await state.write(kind, name, answer.state, current?.version)) return answer;
    current = await state.read<Body>(kind, name);
  }
  throw new Error(`the ${kind} ${name} changed ${TRIES} times under a claim: too much contention`);
}
