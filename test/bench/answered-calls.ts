import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { findCall } from '../../lib/rehearsal/cloud/protocols/find-call.ts';
import { readCredential } from '../../lib/rehearsal/cloud/protocols/wire.ts';

/** One call that the local cloud has answered. */
export interface AnsweredCall {
  /** When the answer was out, in ms since the epoch. */
  readonly atMs: number;
  readonly accessKeyId: string;
  /** Name of the durable execution that made it; undefined for every other caller. */
  readonly execution: string | undefined;
  /** `Service.Operation`. */
  readonly name: string;
  /** Answered with an error; of a read of the fleet that is AWS's throttling. */
  readonly isRefused: boolean;
}

/** How often one operation was answered, and how often it was refused. */
export interface CallCount {
  readonly answered: number;
  readonly refused: number;
}
export type CallsByName = Readonly<Record<string, CallCount>>;

/** The one served operation that has its name neither in a header nor in its path. */
const FORM_OPERATION = 'AutoScaling.DescribeAutoScalingGroups';

/** Watches Node's own HTTP servers in this process: the local cloud's log does not tell calls of several callers and times apart. */
const CHANNEL = 'http.server.response.finish';

/** What the channel says (https://nodejs.org/api/diagnostics_channel.html#http). */
interface Finished {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Every call that a local cloud in this process answers, from now on. */
export class AnsweredCalls {
  readonly #calls: AnsweredCall[] = [];
  #port = 0;
  #executionOf: (accessKeyId: string) => string | undefined = () => undefined;
  readonly #listen = (message: unknown): void => {
    const { request, response } = message as Finished;
    if (request.socket.localPort !== this.#port) return;
    const credential = readCredential(request.headers.authorization);
    if (credential === null) return;
    const { accessKeyId, signingName } = credential;
    const name = signingName === 'autoscaling' ? FORM_OPERATION : nameOf(request);
    const execution = this.#executionOf(accessKeyId);
    this.#calls.push({ atMs: Date.now(), accessKeyId, execution, name, isRefused: response.statusCode >= 400 });
  };

  /**
   * @param url of the local cloud.
   * @param executionOf the durable execution that a process works on now, by its access key.
   */
  listenTo(url: string, executionOf: (accessKeyId: string) => string | undefined): void {
    this.#port = Number(new URL(url).port);
    this.#executionOf = executionOf;
    subscribe(CHANNEL, this.#listen);
  }

  stop(): void {
    unsubscribe(CHANNEL, this.#listen);
  }

  /** In the order of their answers. */
  since(atMs: number): AnsweredCall[] {
    return this.#calls.filter((call) => call.atMs >= atMs);
  }

  /** The same for one process. */
  sinceBy(atMs: number, accessKeyId: string): AnsweredCall[] {
    return this.since(atMs).filter((call) => call.accessKeyId === accessKeyId);
  }
}

function nameOf({ method = '', url = '', headers }: IncomingMessage): string {
  const names = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  const [path = '', query = ''] = url.split('?', 2);
  const call = findCall({
    method,
    path,
    query: new URLSearchParams(query),
    headers: Object.fromEntries(names),
    body: new Uint8Array(),
  });
  return call.found ? `${call.service}.${call.operation}` : call.said;
}

/** Counts calls by operation, in the order of the names. */
export function countsOf(calls: readonly AnsweredCall[]): CallsByName {
  const counts: Record<string, CallCount> = {};
  for (const { name, isRefused } of calls.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const { answered, refused } = counts[name] ?? { answered: 0, refused: 0 };
    counts[name] = isRefused ? { answered, refused: refused + 1 } : { answered: answered + 1, refused };
  }
  return counts;
}

const FLEET_READ = /^(Tagging|ECS|AutoScaling)\./;

/** Whether an operation is one of the services that know the fleet. */
export const isOfFleet = (name: string): boolean => FLEET_READ.test(name);

/** How many calls of the wanted operations were answered. */
export function answeredOf(counts: CallsByName, isWanted: (name: string) => boolean): number {
  return Object.entries(counts)
    .filter(([name]) => isWanted(name))
    .reduce((sum, [, { answered }]) => sum + answered, 0);
}

/** How many calls of the wanted operations were refused. */
export function refusedOf(counts: CallsByName, isWanted: (name: string) => boolean): number {
  return Object.entries(counts)
    .filter(([name]) => isWanted(name))
    .reduce((sum, [, { refused }]) => sum + refused, 0);
}
