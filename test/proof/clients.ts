import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { Readable } from 'node:stream';
import timers from 'node:timers/promises';
import { ECSClient } from '@aws-sdk/client-ecs';
import { CLIENT_OPTIONS } from '../../lib/aws/client-options.ts';
import { REGION } from '../rehearsal/cloud/fake-fleet.ts';
import type { VirtualClock } from './clock.ts';
import { type Front, STEP_HEADER } from './front.ts';

/** Longer than any answer takes on a busy machine. An answer that is never to come is known at once, see `giveUp`. */
const REQUEST_TIMEOUT_MS = 120_000;

/** Calls that wait for an answer, by call and attempt. */
const waiting = new Map<string, (error: Error) => void>();

/** Lets a try end as it does when the client's time for it is over (`TimeoutError`, as the SDK's own handler makes it). */
export function giveUp(callId: string, attempt: number): void {
  const message = 'a request has exceeded the configured requestTimeout';
  waiting.get(`${callId} ${attempt}`)?.(Object.assign(new Error(message), { name: 'TimeoutError', code: 'ETIMEDOUT' }));
}

/** In what a call is made. */
export interface CallContext {
  readonly caller: Caller;
  /** Step of the workflow. */
  readonly step: string;
  readonly clock: VirtualClock;
}

const current = new AsyncLocalStorage<CallContext>();

/** Makes calls on behalf of a process, in a step, on a run's clock. */
export function inCall<Answer>(context: CallContext, work: () => Answer): Answer {
  return current.run(context, work);
}

/** What makes the calls of one process its own. */
export interface Caller {
  readonly accessKeyId: string;
  /** Whether the process is dead: nothing that it still does leaves it. */
  readonly isDead: () => boolean;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

interface Handler {
  readonly [OURS]?: true;
  handle(request: Request, options: unknown): Promise<unknown>;
  updateHttpClientConfig(key: unknown, value: unknown): void;
  httpHandlerConfigs(): object;
  destroy(): void;
}

/** Marks handlers of a proof, and clients that were given one late. */
const OURS = Symbol('of the proof');
const ADOPTED = Symbol('adopted by the proof');

const never = (): Promise<never> => new Promise(() => undefined);

/** Points the real adapters, which are all made with `CLIENT_OPTIONS`, at a front; each process of a run as a caller of its own. */
export class Clients {
  readonly #front: Front;
  readonly #door: 'http' | 'direct';
  readonly #real: Handler;
  readonly #agent = new Agent({ keepAlive: true });
  #caller: Caller | undefined;

  /** @param door `http`: over loopback; `direct`: the same bytes without sockets, in half the time. */
  constructor(front: Front, door: 'http' | 'direct') {
    this.#front = front;
    this.#door = door;
    const options = { requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: 10_000, throwOnRequestTimeout: true };
    // The SDK's own handler; its package is no dependency of ours.
    const { config } = new ECSClient({ region: REGION, requestHandler: { ...options, httpAgent: this.#agent } });
    this.#real = config.requestHandler as unknown as Handler;
    const members: Readonly<Record<string, () => unknown>> = {
      endpoint: () => front.url,
      region: () => REGION,
      credentials: () => ({ accessKeyId: this.#now().accessKeyId, secretAccessKey: 'secret' }),
      requestHandler: () => this.handlerOf(this.#now()),
      signer: () => signerOf(this.#now()),
    };
    const dynamic = Object.entries(members).map(([name, get]) => [name, { get, enumerable: true, configurable: true }]);
    Object.defineProperties(CLIENT_OPTIONS, Object.fromEntries(dynamic));
    // Whoever still is nobody's calls the front as a stray, which is a defect that the front tells.
    const stray = { AWS_ACCESS_KEY_ID: 'STRAY', AWS_SECRET_ACCESS_KEY: 'secret' };
    Object.assign(process.env, { AWS_ENDPOINT_URL: front.url, AWS_REGION: REGION, ...stray });
    this.#adoptOthers();
  }

  /** Clients with options of their own become their caller's with their first call. */
  #adoptOthers(): void {
    const base = Object.getPrototypeOf(ECSClient.prototype) as { send(...input: unknown[]): unknown };
    const { send } = base;
    const adopt = (config: object): void => {
      const context = current.getStore();
      if (context === undefined || ADOPTED in config) return;
      const { endpoint: url, credentials, region, requestHandler } = this.optionsOf(context.caller);
      const { protocol, hostname, port, pathname: path } = new URL(url);
      const endpoint = { protocol, hostname, port: Number(port), path };
      const own = { requestHandler, region: async () => region, credentials: async () => credentials };
      Object.assign(config, own, { endpoint: async () => endpoint, [ADOPTED]: true });
    };
    base.send = function (this: { config: object & { requestHandler?: object } }, ...input: unknown[]) {
      if (!(OURS in (this.config.requestHandler ?? {}))) adopt(this.config);
      return send.apply(this, input);
    };
  }

  /** Makes adapters on behalf of a process; whatever clients they make belong to it. */
  as<Made>(caller: Caller, make: () => Made): Made {
    this.#caller = caller;
    try {
      return make();
    } finally {
      this.#caller = undefined;
    }
  }

  /** Options for a client that is not made with `CLIENT_OPTIONS`. */
  optionsOf(caller: Caller): {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly requestHandler: never;
    readonly signer: never;
  } {
    const credentials = { accessKeyId: caller.accessKeyId, secretAccessKey: 'secret' };
    return {
      endpoint: this.#front.url,
      region: REGION,
      credentials,
      requestHandler: this.handlerOf(caller) as never,
      signer: signerOf(caller) as never,
    };
  }

  handlerOf({ isDead }: Caller): Handler {
    // Own members all of them: some adapter may spread the handler to change an option.
    return {
      [OURS]: true,
      handle: async (request, options) => {
        if (isDead()) return never();
        request.headers[STEP_HEADER] = current.getStore()?.step ?? '';
        const [, attempt = '1'] = /attempt=(\d+)/.exec(request.headers['amz-sdk-request'] ?? '') ?? [];
        const key = `${request.headers['amz-sdk-invocation-id']} ${attempt}`;
        const { promise: givenUp, reject } = Promise.withResolvers<never>();
        waiting.set(key, reject);
        try {
          const answered = await Promise.race([this.#send(request, options), givenUp]);
          return isDead() ? await never() : answered;
        } catch (error) {
          return isDead() ? never() : Promise.reject(error);
        } finally {
          waiting.delete(key);
        }
      },
      updateHttpClientConfig: () => undefined,
      httpHandlerConfigs: () => ({}),
      destroy: () => undefined,
    };
  }

  async #send(request: Request, options: unknown): Promise<unknown> {
    if (this.#door === 'http') return this.#real.handle(request, options);
    const { method, path, query = {}, headers, body = '' } = request;
    const pairs = Object.entries(query).flatMap(([name, value]) =>
      [value ?? ''].flat().map((one): [string, string] => [name, one]),
    );
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const bytes = typeof body === 'string' ? Buffer.from(body) : Uint8Array.from(body);
    const outcome = await this.#front.ask({
      method,
      path,
      query: new URLSearchParams(pairs),
      headers: lower,
      body: bytes,
    });
    if (outcome === 'none') return never();
    if (outcome === 'cut') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const answer = { ...outcome, body: Readable.from([Buffer.from(outcome.body)]) };
    return { response: answer };
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Who makes clients now: a process that begins, or one that makes some at its first call. */
  #now(): Caller {
    const caller = this.#caller ?? current.getStore()?.caller;
    if (caller === undefined) throw new Error('an adapter was made outside of every process of the proof');
    return caller;
  }
}

/** Names the caller as a signature does, and does not reckon it: nobody looks at it, and it takes a tenth of all the time. */
function signerOf({ accessKeyId }: Caller) {
  const scope = `${accessKeyId}/20260302/${REGION}/proof/aws4_request`;
  return {
    sign: async (request: { headers: Record<string, string> }) => {
      request.headers.authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`;
      return request;
    },
  };
}

/** Takes the pauses between tries out of the SDK's retries, for this process. How often it tries, and what, stays as it is. */
export async function leaveOutRetryPauses(): Promise<void> {
  const client = new ECSClient({ region: REGION, retryMode: 'adaptive' });
  const strategy = (await client.config.retryStrategy()) as unknown as {
    readonly rateLimiter: object;
    readonly standardRetryStrategy: { readonly retryBackoffStrategy: object };
  };
  const patch = (of: object, name: string, to: unknown): void => {
    const prototype = Object.getPrototypeOf(of) as object;
    if (!Object.hasOwn(prototype, name)) throw new Error(`the SDK's retries have no ${name} any more; mend this patch`);
    Object.assign(prototype, { [name]: to });
  };
  patch(strategy.rateLimiter, 'getSendToken', async () => undefined);
  patch(strategy.standardRetryStrategy.retryBackoffStrategy, 'computeNextBackoffDelay', () => 0);
  client.destroy();
}

/** Lets the waits inside of calls (for a command's answer) pass on the run's clock instead of the machine's. */
export function waitOnVirtualTime(): void {
  const { setTimeout: realSleep } = timers;
  const virtualSleep = async (ms?: number, value?: unknown, options?: object): Promise<unknown> => {
    const clock = current.getStore()?.clock;
    if (clock === undefined) return realSleep(ms, value, options);
    clock.advance(ms ?? 0);
    return timers.setImmediate(value);
  };
  Object.assign(timers, { setTimeout: virtualSleep });
  syncBuiltinESMExports();
  const realNow = performance.now.bind(performance);
  performance.now = () => current.getStore()?.clock.now() ?? realNow();
}
