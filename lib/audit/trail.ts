import { follow } from './chain.ts';
import type { AuditRecord, Entry } from './record.ts';

/** Where records are kept. The store can add and read; it cannot change or delete. What it finds that is no record is an UnreadableRecord. */
export interface RecordStore {
  /** Adds a record unless its chain already has one of that sequence number. */
  putIfAbsent(record: AuditRecord): Promise<'put' | 'taken'>;
  read(chain: string, sequence: number): Promise<AuditRecord | undefined>;
  /** Records of a chain in order. */
  readChain(chain: string): Promise<AuditRecord[]>;
  readLast(chain: string): Promise<AuditRecord | undefined>;
}

/** Where a record stands. */
export type Place = Pick<AuditRecord, 'chain' | 'sequence'>;

/** Where the records of a day stand, without what they say. */
export interface RecordPlaces {
  /** @param day a date in UTC. */
  readDayPlaces(day: string): Promise<Place[]>;
}

/** A place in the store as it is, record or not. */
export interface StoredRecord extends Place {
  /** What stands there; undefined when it is not even JSON. */
  readonly record: unknown;
  /** Attributes of the item that do not say what the record says, so that questions by them go wrong. */
  readonly misfiled: readonly string[];
}

/** The records of all chains, by what people ask. Newest last. */
export interface RecordQueries {
  readDay(day: string): Promise<AuditRecord[]>;
  /** @param fromDay a date in UTC; older records are left out. */
  readGroup(group: string, limit: number, fromDay?: string): Promise<AuditRecord[]>;
  readResource(resource: string): Promise<AuditRecord[]>;
}

/** One writer's end of a chain. */
export class Trail {
  readonly #store: RecordStore;
  readonly #chain: string;
  readonly #now: () => number;
  #head: AuditRecord | undefined;
  /** Every record up to the head by its key; undefined as long as those before the head have not been read. */
  #byKey: Map<string, AuditRecord> | undefined;

  /**
   * @param head the last record as far as the writer knows. It may be behind: others can write to the same chain. What stands before
   * it is read at the first append, if anything does.
   */
  constructor(store: RecordStore, chain: string, now: () => number, head?: AuditRecord) {
    this.#store = store;
    this.#chain = chain;
    this.#now = now;
    this.#head = head;
    if (head === undefined) this.#byKey = new Map();
    else if (head.sequence === 0) this.#byKey = new Map([[head.key, head]]);
  }

  get head(): AuditRecord | undefined {
    return this.#head;
  }

  /**
   * Appends an entry once for its key: a writer that died between writing and hearing so gets the record that it wrote.
   * The caller gets the record as it stands in the chain, which is the earlier one when the key was there.
   */
  async append(entry: Entry): Promise<AuditRecord> {
    this.#byKey ??= await this.#readKeys();
    for (;;) {
      const earlier = this.#byKey.get(entry.key);
      if (earlier !== undefined) return earlier;
      const record = follow(this.#chain, this.#head, entry, this.#now());
      if ((await this.#store.putIfAbsent(record)) === 'put') {
        this.#take(record);
        return record;
      }
      const taken = await this.#store.read(this.#chain, record.sequence);
      if (taken === undefined)
        throw new Error(`record ${record.sequence} of ${this.#chain} is taken, yet cannot be read`);
      this.#take(taken);
    }
  }

  #take(record: AuditRecord): void {
    this.#head = record;
    this.#byKey?.set(record.key, record);
  }

  async #readKeys(): Promise<Map<string, AuditRecord>> {
    const records = await this.#store.readChain(this.#chain);
    this.#head = records.at(-1) ?? this.#head;
    return new Map(records.map((record) => [record.key, record]));
  }
}
