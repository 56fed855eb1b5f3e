import { type AuditRecord, finalOf } from '../../lib/audit/record.ts';
import { Trail } from '../../lib/audit/trail.ts';
import { EMPTY_ACCOUNT, type GroupState } from '../../lib/core/claim.ts';
import { readAccount, release } from '../experiment/claims.ts';
import { readInFlight } from '../in-flight.ts';
import type { SweepWorld } from './sweep.ts';
import { SWEEP } from './take-over.ts';

/** A claim is followed by its experiment's item within seconds; one that is older and has none was left behind by a crash. */
const WITHOUT_ITEM_MS = 10 * 60_000;

interface Claimed {
  readonly experiment: string;
  readonly owner: string;
  /** Undefined when only the account's place is left. */
  readonly group: string | undefined;
  readonly atMs: number;
}

/** Gives back claims that belong to no experiment in flight, and says so in the experiment's chain. */
export async function reconcileClaims(world: SweepWorld, errors: unknown[]): Promise<string[]> {
  const released: string[] = [];
  for (const claim of await claims(world)) {
    try {
      if (await giveBack(world, claim)) released.push(claim.experiment);
    } catch (error) {
      errors.push(new Error(`the claim of ${claim.experiment} could not be given back`, { cause: error }));
    }
  }
  return released;
}

/** Every claim that holds, by its owner. */
async function claims({ state }: SweepWorld): Promise<Claimed[]> {
  const [groups, account] = await Promise.all([state.list<GroupState>('group'), readAccount(state)]);
  const found = new Map<string, Claimed>();
  const { slots, starts } = account?.body ?? EMPTY_ACCOUNT;
  for (const { experiment, owner } of slots) {
    const atMs = starts.find((start) => start.experiment === experiment)?.atMs ?? 0;
    found.set(owner, { experiment, owner, group: undefined, atMs });
  }
  for (const { group, inFlight, lastStartedMs = 0 } of groups.values()) {
    if (inFlight === undefined) continue;
    const { experiment, owner } = inFlight;
    found.set(owner, { experiment, owner, group, atMs: lastStartedMs });
  }
  return [...found.values()];
}

async function giveBack(world: SweepWorld, { experiment, owner, group, atMs }: Claimed): Promise<boolean> {
  const item = await readInFlight(world.state, experiment);
  const isInFlight = item !== undefined && item.body.owner === owner && item.body.status !== 'ended';
  if (isInFlight || world.now() - atMs < WITHOUT_ITEM_MS) return false;
  const chain = await world.audit.readChain(experiment);
  const acted = chain.some(({ key, kind }) => kind === 'injected' && key.startsWith(`${owner}/`));
  const because = item === undefined ? 'its execution was lost before its act' : 'its experiment is over';
  // What is on record as begun, or planned and never refused, needs an end; everything else only needs its claim given back.
  const kind = finalOf(chain) === undefined ? 'failed' : 'claim-released';
  const trail = new Trail(world.audit, experiment, world.now, chain.at(-1));
  const about = group === undefined ? {} : { group };
  const facts = { experiment, because, acted };
  const record: AuditRecord = await trail.append({ key: `${owner}/reconciled`, kind, ...SWEEP, ...about, facts });
  await release(world.state, { group: group ?? item?.body.order.group ?? '', experiment, owner }, acted);
  await world.herald.tell([record]);
  return true;
}
