import { Agent, request } from 'node:http';

/** How long a client waits for a whole answer before it gives up. */
const CLIENT_TIMEOUT_MS = 5000;
/** A generator that fell behind by more than this goes on from now, rather than sending all that it missed in one burst. */
const LONGEST_LAG_MS = 250;

/** What the traffic of one service is. */
export interface TrafficPlan {
  /** Where the requests go: the load balancer's address and the path. */
  readonly url: string;
  readonly requestsPerSecond: number;
  /** Default: 5 s. */
  readonly timeoutMs?: number;
}

/** Running traffic. */
export interface Traffic {
  /** Requests sent so far. */
  readonly sent: number;
  /** Sends nothing more, and waits for the answers to what has been sent. */
  stop(): Promise<void>;
  /** Breaks off at once. */
  abort(): void;
}

/**
 * Sends GET requests at an even pace, whether or not earlier ones have been answered (an open loop), so that a slow service
 * does not slow down those who ask it. `lost` is called for a request that never reached the load balancer; all others are
 * measured there.
 */
export function startTraffic(plan: TrafficPlan, lost: (atMs: number) => void): Traffic {
  const generator = new Generator(plan, lost);
  generator.run();
  return generator;
}

/** How many requests are due now, and when the next one is. Pure. */
export function due(next: number, now: number, gapMs: number): { readonly count: number; readonly next: number } {
  if (now < next) return { count: 0, next };
  const from = now - next > LONGEST_LAG_MS ? now : next;
  const count = Math.floor((now - from) / gapMs) + 1;
  return { count, next: from + count * gapMs };
}

class Generator implements Traffic {
  sent = 0;
  readonly #plan: TrafficPlan;
  readonly #lost: (atMs: number) => void;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 1024 });
  readonly #target: { host: string; port: number; path: string };
  #timer: NodeJS.Timeout | undefined;
  #next = 0;
  #inFlight = 0;
  #idle: () => void = () => {};

  constructor(plan: TrafficPlan, lost: (atMs: number) => void) {
    this.#plan = plan;
    this.#lost = lost;
    const { hostname, port, pathname, search } = new URL(plan.url);
    this.#target = { host: hostname, port: Number(port), path: pathname + search };
  }

  run(): void {
    if (this.#plan.requestsPerSecond <= 0) return;
    this.#next = performance.now();
    this.#tick();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#agent.destroy();
  }

  abort(): void {
    clearTimeout(this.#timer);
    this.#agent.destroy();
  }

  #tick(): void {
    const { count, next } = due(this.#next, performance.now(), 1000 / this.#plan.requestsPerSecond);
    this.#next = next;
    for (let index = 0; index < count; index += 1) this.#send();
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, next - performance.now()));
  }

  #send(): void {
    this.sent += 1;
    this.#inFlight += 1;
    let arrived = false;
    let ended = false;
    const sending = request({ ...this.#target, agent: this.#agent, headers: { 'user-agent': 'capuchin-rehearsal' } });
    const timer = setTimeout(() => sending.destroy(), this.#plan.timeoutMs ?? CLIENT_TIMEOUT_MS);
    sending.on('socket', (socket) => {
      if (!socket.connecting) arrived = true;
      else socket.once('connect', () => (arrived = true));
    });
    sending.on('response', (answer) => answer.resume());
    // What is broken off after it arrived is the load balancer's to count, so there is nothing more to do with the error.
    sending.on('error', () => {});
    sending.on('close', () => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      if (!arrived) this.#lost(Date.now());
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#idle();
    });
    sending.end();
  }
}
