import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError, type ServedService, serve } from './operation.ts';
import { timestamp } from './protocols/timestamp.ts';
import { servedOperations } from './served-operations.ts';

/** An event that a bus took. */
export interface ReceivedEvent {
  readonly id: string;
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly resources: readonly string[];
  readonly at: Date;
}

/** EventBridge's buses, and what they took. */
export interface EventBuses {
  readonly operations: ServedService;
  /** What a service of AWS puts on the default bus on its own. */
  put(event: Pick<ReceivedEvent, 'source' | 'detailType' | 'detail' | 'resources'>): void;
  /** The latest events, oldest first; 10,000 are kept. */
  received(): readonly ReceivedEvent[];
}

export interface EventBusesOptions {
  /** Names of the custom buses; `default` exists always. */
  readonly buses?: readonly string[];
  readonly now?: () => Date;
  /** Called with every event that a bus took. */
  readonly onEvent?: (event: ReceivedEvent) => void;
}

const KEPT_EVENTS = 10_000;

const entry = z.strictObject({
  Time: timestamp.optional(),
  Source: z.string().optional(),
  Resources: z.array(z.string()).optional(),
  DetailType: z.string().max(128).optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().min(1).optional(),
});

type Entry = z.output<typeof entry>;
type Refusal = { readonly ErrorCode: string; readonly ErrorMessage: string };

/** Buses that keep what they are given. Entries fail one by one, with EventBridge's error codes. */
export function eventBuses(options: EventBusesOptions = {}): EventBuses {
  const { buses = [], now = () => new Date(), onEvent = () => {} } = options;
  const known = new Set(['default', ...buses]);
  const received: ReceivedEvent[] = [];
  const { atMost } = servedOperations.Events.operations.PutEvents;
  const take = (event: ReceivedEvent): void => {
    received.push(event);
    received.splice(0, Math.max(0, received.length - KEPT_EVENTS));
    onEvent(event);
  };
  return {
    received: () => [...received],
    put: (event) => take({ id: randomUUID(), bus: 'default', at: now(), ...event }),
    operations: {
      PutEvents: serve({
        input: z.strictObject({ Entries: z.array(entry) }),
        answer: ({ Entries }) => {
          if (Entries.length === 0 || Entries.length > atMost) {
            throw new AwsError('ValidationException', `Entries must have between 1 and ${atMost} members.`);
          }
          const results = Entries.map((given) => {
            const event = readEntry(given, known, now());
            if ('ErrorCode' in event) return event;
            take(event);
            return { EventId: event.id };
          });
          return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
        },
      }),
    },
  };
}

function readEntry(given: Entry, buses: ReadonlySet<string>, now: Date): ReceivedEvent | Refusal {
  const bus = busName(given.EventBusName ?? 'default');
  if (!buses.has(bus)) return refusal('InvalidArgument', `Event bus ${bus} does not exist.`);
  const { Source: source, DetailType: detailType, Detail } = given;
  if (!source) return refusal('InvalidArgument', 'Source is a required argument.');
  // Only AWS speaks for itself; the error's name is from memory.
  if (source.startsWith('aws.')) return refusal('NotAuthorizedForSource', 'Not authorized for the source.');
  if (!detailType) return refusal('InvalidArgument', 'DetailType is a required argument.');
  if (!Detail) return refusal('InvalidArgument', 'Detail is a required argument.');
  const detail = readDetail(Detail);
  if (detail === null) return refusal('MalformedDetail', 'Detail is malformed.');
  return { id: randomUUID(), bus, source, detailType, detail, resources: given.Resources ?? [], at: given.Time ?? now };
}

/** A bus may be named by its ARN, `arn:aws:events:<region>:<account>:event-bus/<name>`. */
export function busName(nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn.slice(nameOrArn.indexOf('/') + 1) : nameOrArn;
}

/** The ARN of a rule; the default bus is left out of it. */
export function ruleArn(
  { accountId, region }: { readonly accountId: string; readonly region: string },
  bus: string,
  name: string,
): string {
  return `arn:aws:events:${region}:${accountId}:rule/${bus === 'default' ? name : `${bus}/${name}`}`;
}

function readDetail(detail: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(detail);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null; // Told to the caller as MalformedDetail, as EventBridge does.
  }
}

function refusal(code: string, message: string): Refusal {
  return { ErrorCode: code, ErrorMessage: message };
}
