import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Hindrance } from './hindrance.ts';
import { type Freight, Lane } from './lane.ts';
import { pause } from './pause.ts';

/** When the first packet of a connection is sent again, doubled each time (RFC 6298, 2.1). */
const FIRST_ATTEMPT_MS = 1_000;
/** How long an Application Load Balancer tries to connect to a target before it answers 504 (its troubleshooting page). */
const CONNECT_LIMIT_MS = 10_000;

/** Where a connection leads, and how long it may be idle before it says `timeout`; for ever by default. */
export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly idleMs?: number;
}

/**
 * A TCP connection to a target whose bytes, beginning and end are hindered by what hinders the target at each moment. HTTP's client
 * takes it for a socket. Nothing is opened before the packets that open it would have come through, and giving up takes as long as
 * a load balancer does. When its owner destroys it, the target learns that at once, also where nothing else would come through.
 */
export class TargetConnection extends Duplex {
  /** As a socket has it: milliseconds until `timeout`, 0 for never. */
  timeout = 0;
  readonly #options: ConnectionOptions;
  readonly #hindrances: () => readonly Hindrance[];
  readonly #closed = new AbortController();
  readonly #toTarget: Lane;
  readonly #fromTarget: Lane;
  #socket: Socket | null = null;
  #whenOpen: (() => void)[] = [];
  #isUnreferenced: boolean = false;
  #idle: NodeJS.Timeout | undefined;
  #wanted: (() => void) | null = null;

  constructor(options: ConnectionOptions, hindrances: () => readonly Hindrance[]) {
    super({ allowHalfOpen: false });
    this.#options = options;
    this.#hindrances = hindrances;
    const failed = (error: unknown): void => void this.destroy(error instanceof Error ? error : new Error('broken'));
    this.#toTarget = new Lane({ way: 'ingress', hindrances, failed, deliver: (freight) => this.#give(freight) });
    this.#fromTarget = new Lane({ way: 'egress', hindrances, failed, deliver: (freight) => this.#take(freight) });
    if (options.idleMs !== undefined) this.setTimeout(options.idleMs);
    if (hindrances().length === 0) this.#open();
    else
      this.#shakeHands()
        .then(() => this.#open())
        .catch(failed);
  }

  /** Says `timeout` when nothing has come or gone for so long; 0 never, and takes the callback away, as a socket does. */
  setTimeout(ms: number, callback?: () => void): this {
    this.timeout = ms;
    if (callback !== undefined && ms === 0) this.off('timeout', callback);
    else if (callback !== undefined) this.once('timeout', callback);
    this.#stir();
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    this.#isUnreferenced = false;
    this.#socket?.ref();
    return this;
  }

  unref(): this {
    this.#isUnreferenced = true;
    this.#socket?.unref();
    return this;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#stir();
    this.#toTarget.send(chunk, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#toTarget.send({ end: 'in-order' }, callback);
  }

  override _read(): void {
    this.#wanted?.();
    this.#wanted = null;
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#closed.abort();
    this.#toTarget.close();
    this.#fromTarget.close();
    clearTimeout(this.#idle);
    this.#socket?.destroy();
    callback(error);
  }

  /** The packets that open a connection: one there, one back. */
  async #shakeHands(): Promise<void> {
    const closed = this.#closed.signal;
    const givenUpAtMs = performance.now() + CONNECT_LIMIT_MS;
    const wait = async (ms: number, ...signals: readonly AbortSignal[]): Promise<void> => {
      await pause(Math.min(ms, givenUpAtMs - performance.now()), closed, ...signals);
      if (performance.now() < givenUpAtMs) return;
      throw Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' });
    };
    const isLost = (): boolean => {
      const nowMs = performance.now();
      return this.#hindrances().some((one) => one.loses('ingress', 0, nowMs) || one.loses('egress', 0, nowMs));
    };
    for (let retryMs = FIRST_ATTEMPT_MS; !closed.aborted && isLost(); retryMs *= 2) await wait(retryMs);
    for (const one of this.#hindrances()) await wait(one.delayMs('ingress') + one.delayMs('egress'), one.ended);
  }

  #open(): void {
    if (this.destroyed) return;
    const { host, port } = this.#options;
    const socket = connect({ host, port, noDelay: true });
    this.#socket = socket;
    if (this.#isUnreferenced) socket.unref();
    let hasEnded = false;
    let broken: Error | undefined;
    socket.once('connect', () => this.emit('connect'));
    socket.on('data', (chunk: Buffer) => {
      let mayCome = false;
      this.#fromTarget.send(chunk, () => {
        mayCome = true;
        if (socket.isPaused()) socket.resume();
      });
      if (!mayCome) socket.pause();
    });
    socket.once('end', () => {
      hasEnded = true;
      this.#fromTarget.send({ end: 'in-order' }, () => undefined);
    });
    socket.on('error', (error) => {
      broken = error;
    });
    // Breaking off is a packet too, which a hindrance may keep from arriving.
    socket.once('close', () => {
      if (!hasEnded || broken !== undefined)
        this.#fromTarget.send({ end: 'broken', ...(broken === undefined ? {} : { error: broken }) }, () => undefined);
    });
    for (const open of this.#whenOpen.splice(0)) open();
  }

  /** Hands over to the target. */
  #give(freight: Freight): Promise<void> | undefined {
    const socket = this.#socket;
    if (socket === null) {
      return new Promise<void>((resolve) => this.#whenOpen.push(resolve)).then(() => this.#give(freight));
    }
    if (!Buffer.isBuffer(freight)) socket.end();
    else if (!socket.write(freight) && !socket.destroyed) {
      return new Promise((resolve) => {
        const taken = (): void => {
          socket.off('drain', taken);
          socket.off('close', taken);
          resolve();
        };
        socket.once('drain', taken);
        socket.once('close', taken);
      });
    }
    return undefined;
  }

  /** Takes from the target. */
  #take(freight: Freight): Promise<void> | undefined {
    this.#stir();
    if (!Buffer.isBuffer(freight)) {
      if (freight.end === 'in-order') this.push(null);
      else this.destroy(freight.error);
      return undefined;
    }
    if (this.push(freight)) return undefined;
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }

  #stir(): void {
    clearTimeout(this.#idle);
    if (this.timeout <= 0 || this.destroyed) return;
    this.#idle = setTimeout(() => this.emit('timeout'), this.timeout);
    // It may be idle for longer than anything else goes on.
    this.#idle.unref();
  }
}
