import { type PageSize, type ServedOperationRow, type ServedServiceRow, servedOperations } from './served-table.ts';
import { awsBuckets } from './throttle-buckets.ts';
import type { BucketRate } from './token-bucket.ts';

export { type ServedOperationRow, type ServedServiceRow, servedOperations };

export type ServiceKey = keyof typeof servedOperations;

/** The services whose handlers are {@link ServedService}s; DynamoDB is answered by the tables. */
export type HandledServiceKey = Exclude<ServiceKey, 'DynamoDB'>;

/** The row of a service. */
export function servedService(service: ServiceKey): ServedServiceRow {
  return servedOperations[service];
}

/** The row of an operation, or undefined when the local cloud does not serve it. */
export function servedOperation(service: ServiceKey, operation: string): ServedOperationRow | undefined {
  const { operations } = servedService(service);
  return Object.hasOwn(operations, operation) ? operations[operation] : undefined;
}

/** All service keys, in the table's order. */
export const serviceKeys = Object.keys(servedOperations) as readonly ServiceKey[];

/**
 * Compares handlers with the table.
 * @throws Error that names the handlers which are missing or not in the table.
 */
export function assertServed(service: ServiceKey, handlers: Readonly<Record<string, unknown>>): void {
  const listed = Object.keys(servedService(service).operations);
  const missing = listed.filter((name) => !Object.hasOwn(handlers, name));
  const unlisted = Object.keys(handlers).filter((name) => !listed.includes(name));
  if (missing.length === 0 && unlisted.length === 0) return;
  const parts = [
    ...(missing.length > 0 ? [`without a handler: ${missing.join(', ')}`] : []),
    ...(unlisted.length > 0 ? [`not in the table: ${unlisted.join(', ')}`] : []),
  ];
  throw new Error(
    `The local cloud's ${service} differs from the table in lib/rehearsal/cloud/served-table.ts (${parts.join('; ')}); ` +
      'bring handlers and table together.',
  );
}

/** One line per served operation, for the documentation. */
export interface ServedOperationLine {
  readonly service: ServiceKey;
  readonly operation: string;
  readonly protocol: ServedServiceRow['protocol'];
  readonly page: PageSize | null;
  readonly atMost: number | null;
  readonly bucket: BucketRate | null;
  readonly note: string;
}

/** The table as lines, in its own order. */
export function servedOperationLines(): readonly ServedOperationLine[] {
  return serviceKeys.flatMap((service) => {
    const { protocol, operations } = servedService(service);
    return Object.entries(operations).map(([operation, row]) => ({
      service,
      operation,
      protocol,
      page: row.page ?? null,
      atMost: row.atMost ?? null,
      bucket: row.bucket === null ? null : awsBuckets[row.bucket],
      note: row.note,
    }));
  });
}
