import type { AuditRecord } from '../../lib/audit/record.ts';
import type { RecordStore } from '../../lib/audit/trail.ts';

/** A store in memory that keeps the rules of the table. `onPut` may fail a call before or after it stores. */
export class FakeStore implements RecordStore {
  readonly records: AuditRecord[] = [];
  reads = 0;
  onPut: (record: AuditRecord, store: () => 'put' | 'taken') => 'put' | 'taken' = (_, store) => store();

  putIfAbsent(record: AuditRecord): Promise<'put' | 'taken'> {
    return Promise.resolve().then(() => this.onPut(record, () => this.store(record)));
  }

  store(record: AuditRecord): 'put' | 'taken' {
    const isTaken = this.records.some((one) => one.chain === record.chain && one.sequence === record.sequence);
    if (isTaken) return 'taken';
    // Through JSON, as a table would give it back.
    this.records.push(JSON.parse(JSON.stringify(record)));
    return 'put';
  }

  async read(chain: string, sequence: number): Promise<AuditRecord | undefined> {
    this.reads++;
    return this.records.find((one) => one.chain === chain && one.sequence === sequence);
  }

  async readChain(chain: string): Promise<AuditRecord[]> {
    this.reads++;
    return this.records.filter((one) => one.chain === chain).sort((a, b) => a.sequence - b.sequence);
  }

  async readLast(chain: string): Promise<AuditRecord | undefined> {
    return (await this.readChain(chain)).at(-1);
  }
}
