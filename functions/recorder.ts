import type { AuditRecord, RecordKind } from '../lib/audit/record.ts';
import { type RecordStore, Trail } from '../lib/audit/trail.ts';
import type { ExperimentOrder } from '../lib/core/experiment.ts';

interface World {
  readonly audit: RecordStore;
  readonly now: () => number;
}

/** In whose name something is said, and why. */
export interface Speaker {
  readonly actor: string;
  readonly reason: string;
}

/** One execution's end of its experiment's chain: what it says is said about its order's group, by its order's actor or by another. */
export class Recorder {
  readonly #order: ExperimentOrder;
  readonly #owner: string;
  readonly #open: () => Promise<Trail>;
  #trail: Promise<Trail> | undefined;

  private constructor(
    { audit, now }: World,
    order: ExperimentOrder,
    owner: string,
    readHead: () => Promise<AuditRecord | undefined>,
  ) {
    this.#order = order;
    this.#owner = owner;
    this.#open = async () => new Trail(audit, order.experiment, now, await readHead());
  }

  /** @param head the last record of the chain, as read just now. */
  static after(world: World, order: ExperimentOrder, owner: string, head: AuditRecord | undefined): Recorder {
    return new Recorder(world, order, owner, async () => head);
  }

  /** Reads where the chain ends when there is something to say, and not before. */
  static atEnd(world: World, order: ExperimentOrder, owner: string): Recorder {
    return new Recorder(world, order, owner, () => world.audit.readLast(order.experiment));
  }

  /** Says something once for its key in this execution, and answers the record as it stands in the chain. */
  async say(
    key: string,
    kind: RecordKind,
    facts: AuditRecord['facts'],
    resource?: string,
    by: Speaker = this.#order,
  ): Promise<AuditRecord> {
    const { actor, reason } = by;
    const { group } = this.#order;
    const about = resource === undefined ? {} : { resource };
    this.#trail ??= this.#open();
    return (await this.#trail).append({ key: `${this.#owner}/${key}`, kind, actor, reason, group, ...about, facts });
  }
}
