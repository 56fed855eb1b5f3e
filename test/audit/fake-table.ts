import { follow } from '../../lib/audit/chain.ts';
import { type AuditRecord, auditRecordSchema, type Entry, UnreadableRecord } from '../../lib/audit/record.ts';
import type { Place, RecordPlaces, RecordStore, StoredRecord } from '../../lib/audit/trail.ts';
import type { TableReader } from '../../lib/audit/verify-table.ts';
import { anEntry } from './examples.ts';

/** A place of the table. Its content is what somebody may have put there; `day` is what the index is made of. */
export interface Item extends Place {
  day: string;
  record: unknown;
}

/** The audit table in memory, with its index by day, and open to whoever wants to spoil it. */
export class FakeTable implements RecordStore, RecordPlaces, TableReader {
  items: Item[] = [];
  /** Calls of each operation. */
  readonly calls: Record<string, number> = {};
  /** Called after each put; throws to lose its answer. */
  afterPut: (record: AuditRecord) => void = () => undefined;

  async putIfAbsent(record: AuditRecord): Promise<'put' | 'taken'> {
    await this.#count('put');
    if (this.#at(record.chain, record.sequence)) return 'taken';
    this.add(record);
    this.afterPut(record);
    return 'put';
  }

  async read(chain: string, sequence: number): Promise<AuditRecord | undefined> {
    await this.#count('read');
    const item = this.#at(chain, sequence);
    return item && parsed(item);
  }

  async readChain(chain: string): Promise<AuditRecord[]> {
    await this.#count('readChain');
    return this.#chain(chain).map(parsed);
  }

  async readLast(chain: string): Promise<AuditRecord | undefined> {
    await this.#count('readLast');
    return this.#chain(chain).slice(-1).map(parsed)[0];
  }

  async readDayPlaces(day: string): Promise<Place[]> {
    await this.#count('readDayPlaces');
    return this.items.filter((item) => item.day === day).map(({ chain, sequence }) => ({ chain, sequence }));
  }

  async inspectChain(chain: string): Promise<StoredRecord[]> {
    await this.#count('inspectChain');
    return this.#chain(chain).map((item) => {
      const { sequence, record } = item;
      const said = auditRecordSchema.safeParse(record).data;
      const place = said && { chain: said.chain, sequence: said.sequence, day: said.at.slice(0, 10) };
      const misfiled = Object.entries(place ?? {}).filter(([name, value]) => item[name as keyof Item] !== value);
      return { chain, sequence, record, misfiled: misfiled.map(([name]) => name) };
    });
  }

  /** Puts a record where it belongs. */
  add(record: AuditRecord): void {
    const { chain, sequence, at } = record;
    this.items.push({ chain, sequence, day: at.slice(0, 10), record: JSON.parse(JSON.stringify(record)) });
  }

  /** Grows a chain by so many records at an instant, as its writer would. */
  grow(chain: string, at: string, count = 1, changes: Partial<Entry> = {}): void {
    for (let n = 0; n < count; n++) {
      const last = this.#chain(chain).at(-1)?.record as AuditRecord | undefined;
      this.add(follow(chain, last, anEntry(`key-${(last?.sequence ?? -1) + 1}`, changes), Date.parse(at)));
    }
  }

  /** Records of a chain in order, as they were written. */
  chain(name: string): AuditRecord[] {
    return this.#chain(name).map(({ record }) => record as AuditRecord);
  }

  /** What a spoiler works on. */
  clone(): FakeTable {
    const other = new FakeTable();
    other.items = structuredClone(this.items);
    return other;
  }

  #chain(name: string): Item[] {
    return this.items.filter(({ chain }) => chain === name).sort((a, b) => a.sequence - b.sequence);
  }

  #at(chain: string, sequence: number): Item | undefined {
    return this.items.find((item) => item.chain === chain && item.sequence === sequence);
  }

  async #count(operation: string): Promise<void> {
    this.calls[operation] = (this.calls[operation] ?? 0) + 1;
    await Promise.resolve();
  }
}

function parsed({ record, chain, sequence }: Item): AuditRecord {
  const found = auditRecordSchema.safeParse(record);
  if (!found.success)
    throw new UnreadableRecord(`what stands as number ${sequence} of ${chain} is not an audit record`);
  return found.data;
}
