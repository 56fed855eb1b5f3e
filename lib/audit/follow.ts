import { setTimeout as sleep } from 'node:timers/promises';
import { type AuditRecord, finalOf } from './record.ts';
import type { RecordStore } from './trail.ts';

/**
 * Follows the chain of an experiment until its last record.
 *
 * @param onRecord told each record once, in order.
 * @param limitMs gives up after so long without a new record.
 * @returns the last record, or undefined when it was aborted or nothing new came within the limit.
 */
export async function follow(
  audit: Pick<RecordStore, 'readChain'>,
  experiment: string,
  onRecord: (record: AuditRecord) => void,
  { signal, everyMs = 1000, limitMs = 3_600_000 }: { signal?: AbortSignal; everyMs?: number; limitMs?: number } = {},
): Promise<AuditRecord | undefined> {
  let seen = 0;
  for (let quietMs = 0; quietMs < limitMs && !signal?.aborted; quietMs += everyMs) {
    const chain = await audit.readChain(experiment);
    for (const record of chain.slice(seen)) onRecord(record);
    if (chain.length > seen) quietMs = 0;
    seen = chain.length;
    const final = finalOf(chain);
    if (final) return final;
    await sleep(everyMs, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
  return undefined;
}
