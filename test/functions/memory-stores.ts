import type { AuditRecord } from '../../lib/audit/record.ts';
import type { RecordStore } from '../../lib/audit/trail.ts';
import type { StateKind, StateStore, Versioned } from '../../lib/core/state-store.ts';

/** Everything that was written or done outside, in order: `record started`, `write group`, `stop <arn>`. */
export type JointLog = string[];

/** A record store in memory. It adds and reads, as the table's policy allows, and can fail when a test says so. */
export class MemoryRecords implements RecordStore {
  readonly records: AuditRecord[] = [];
  /** Called before each put; throws to let the put fail. */
  beforePut: (record: AuditRecord) => void = () => undefined;
  /** Called after each put; throws to lose its answer. */
  afterPut: (record: AuditRecord) => void = () => undefined;
  /** Called before each read. */
  beforeRead: () => void = () => undefined;
  readonly #log: JointLog;

  constructor(log: JointLog = []) {
    this.#log = log;
  }

  async putIfAbsent(record: AuditRecord): Promise<'put' | 'taken'> {
    await Promise.resolve();
    this.beforePut(record);
    if (this.records.some(({ chain, sequence }) => chain === record.chain && sequence === record.sequence))
      return 'taken';
    // What a table keeps is text: nothing that JSON drops survives.
    this.records.push(JSON.parse(JSON.stringify(record)) as AuditRecord);
    this.#log.push(`record ${record.kind}${record.resource === undefined ? '' : ` ${record.resource}`}`);
    this.afterPut(record);
    return 'put';
  }

  async read(chain: string, sequence: number): Promise<AuditRecord | undefined> {
    return (await this.readChain(chain)).find((record) => record.sequence === sequence);
  }

  async readChain(chain: string): Promise<AuditRecord[]> {
    await Promise.resolve();
    this.beforeRead();
    return this.records.filter((record) => record.chain === chain).sort((a, b) => a.sequence - b.sequence);
  }

  async readLast(chain: string): Promise<AuditRecord | undefined> {
    return (await this.readChain(chain)).at(-1);
  }
}

/** Versioned items in memory, changed by compare-and-set only. */
export class MemoryState implements StateStore {
  readonly items = new Map<string, Versioned<unknown> & { readonly expiresAtSeconds?: number }>();
  /** Called before each write; throws to let it fail. */
  beforeWrite: (kind: StateKind, name: string) => void = () => undefined;
  /** Called after each write; throws to lose its answer. */
  afterWrite: (kind: StateKind, name: string) => void = () => undefined;
  readonly #log: JointLog;

  constructor(log: JointLog = []) {
    this.#log = log;
  }

  /** The present body of an item. */
  body<Body>(kind: StateKind, name: string): Body | undefined {
    return this.items.get(`${kind}/${name}`)?.body as Body | undefined;
  }

  async read<Body>(kind: StateKind, name: string): Promise<Versioned<Body> | undefined> {
    // A real store answers later: between a read and its write others come.
    await Promise.resolve();
    return structuredClone(this.items.get(`${kind}/${name}`)) as Versioned<Body> | undefined;
  }

  async list<Body>(kind: StateKind): Promise<ReadonlyMap<string, Body>> {
    const mine = [...this.items].filter(([key]) => key.startsWith(`${kind}/`));
    await Promise.resolve();
    return new Map(mine.map(([key, { body }]) => [key.slice(kind.length + 1), structuredClone(body) as Body]));
  }

  async write<Body extends object>(
    kind: StateKind,
    name: string,
    body: Body,
    expected: number | undefined,
    expiresAtSeconds?: number,
  ): Promise<boolean> {
    await Promise.resolve();
    this.beforeWrite(kind, name);
    const key = `${kind}/${name}`;
    if (this.items.get(key)?.version !== expected) return false;
    const version = (expected ?? 0) + 1;
    this.items.set(key, {
      body: structuredClone(body),
      version,
      ...(expiresAtSeconds === undefined ? {} : { expiresAtSeconds }),
    });
    this.#log.push(`write ${kind}`);
    this.afterWrite(kind, name);
    return true;
  }
}
