import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { detailTypeOf, EVENT_SOURCE } from '../audit/event-types.ts';
import type { AuditRecord } from '../audit/record.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { chunks } from './ecs.ts';

/** Limits of one PutEvents call (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html), with room for what the
 * size of an event counts besides its JSON. */
const MOST_ENTRIES = 10;
const MOST_BYTES = 200_000;
const AT_ONCE = 8;

/** Tells others about records, by an event bus (docs/events.md). A record stands whether or not anybody could be told. */
export class RecordBus {
  readonly #client = new EventBridgeClient({
    ...CLIENT_OPTIONS,
    // Whoever tells is in the middle of an experiment, and gives up on the bus after some seconds.
    maxAttempts: 3,
    requestHandler: { ...CLIENT_OPTIONS.requestHandler, requestTimeout: 2_000 },
  });
  readonly #bus: string;

  constructor(bus: string) {
    this.#bus = bus;
  }

  /** How many of the records could not be told. Never throws: failing to tell must not stop an experiment half-way. */
  async tell(records: readonly AuditRecord[]): Promise<number> {
    let failed = 0;
    // A few at a time: a plan may have thousands of records, and the bus takes some hundred calls a second.
    for (const some of chunks(calls(records.map((record) => this.#entry(record))), AT_ONCE)) {
      const failures = await Promise.all(some.map((Entries) => this.#put(Entries)));
      failed += failures.reduce((sum, one) => sum + one, 0);
    }
    return failed;
  }

  async #put(Entries: PutEventsRequestEntry[]): Promise<number> {
    try {
      return (await this.#client.send(new PutEventsCommand({ Entries }))).FailedEntryCount ?? 0;
    } catch {
      return Entries.length;
    }
  }

  #entry(record: AuditRecord): PutEventsRequestEntry {
    return {
      EventBusName: this.#bus,
      Source: EVENT_SOURCE,
      DetailType: detailTypeOf(record.kind),
      Resources: record.resource === undefined ? [] : [record.resource],
      Detail: JSON.stringify(record),
    };
  }
}

/** Events in calls that EventBridge takes: at most ten, and well below 256 KB together. A larger one goes alone. */
function calls(entries: readonly PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const made: PutEventsRequestEntry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const size = Buffer.byteLength(JSON.stringify(entry));
    if (bytes + size > MOST_BYTES || made.at(-1)?.length === MOST_ENTRIES) {
      made.push([]);
      bytes = 0;
    }
    made.at(-1)?.push(entry);
    bytes += size;
  }
  return made;
}
