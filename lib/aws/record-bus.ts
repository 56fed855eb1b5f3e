import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { AuditRecord } from '../audit/record.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { chunks } from './ecs.ts';

/** Tells others about records, by an event bus. A record stands whether or not anybody could be told. */
export class RecordBus {
  readonly #client = new EventBridgeClient(CLIENT_OPTIONS);
  readonly #bus: string;

  constructor(bus: string) {
    this.#bus = bus;
  }

  /** How many of the records could not be told. Never throws: failing to tell must not stop an experiment half-way. */
  async tell(records: readonly AuditRecord[]): Promise<number> {
    const parts = await Promise.all(
      chunks(records, 10).map(async (some) => {
        try {
          const Entries = some.map((record) => ({
            EventBusName: this.#bus,
            Source: 'capuchin',
            DetailType: 'Capuchin Audit Record',
            Resources: record.resource === undefined ? [] : [record.resource],
            Detail: JSON.stringify(record),
          }));
          return (await this.#client.send(new PutEventsCommand({ Entries }))).FailedEntryCount ?? 0;
        } catch {
          return some.length;
        }
      }),
    );
    return parts.reduce((sum, failed) => sum + failed, 0);
  }
}
