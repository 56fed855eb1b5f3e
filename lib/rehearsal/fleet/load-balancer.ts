import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerFixed, type Forwarding, forward, type RequestOutcome, refuse } from './forward.ts';
import {
  CHECK_TIMING,
  type CheckTiming,
  keepChecking,
  type TargetAddress,
  type TargetHealth,
  UNCHECKED,
} from './health-checks.ts';
import type { Hindrance } from './hindrance.ts';
import { SeverableAgent } from './severable-agent.ts';

/** A process that a load balancer may send requests to. */
interface Target extends TargetAddress {
  readonly id: string;
}

/** What becomes of one request: it goes to the targets, meets a target group without any, or is answered by a rule. */
export type BalancerRoute =
  | { readonly to: 'targets' | 'nobody' }
  | { readonly to: 'fixed-response'; readonly statusCode: number; readonly body: string; readonly contentType: string };

/** What a load balancer tells its owner. */
export interface LoadBalancerListener {
  /** After every health check of a registered target. */
  checked(target: string, health: TargetHealth): void;
  ended(outcome: RequestOutcome): void;
}

/**
 * One service's load balancer: an HTTP/1.1 listener on loopback that sends requests to healthy registered targets in turn.
 * Like an Application Load Balancer it answers 503 when there is no target to ask, 502 when the target refuses or breaks off,
 * 504 after 60 s of silence or when no connection comes about, and sends nothing twice. Unlike one it does not ask unhealthy targets when all are unhealthy.
 */
export interface LoadBalancer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** From now on the target is checked, and asked as soon as it is healthy. */
  register(target: Target): void;
  /** From now on nothing new is sent to the target. Resolves when all that was sent has been answered. */
  deregister(target: string): Promise<void>;
  /** Cuts a target off: every connection to it breaks, and a new one leads nowhere until it is open again. */
  sever(target: string, isSevered: boolean): void;
  /** Registered targets and those that are draining, as they are now. */
  targets(): readonly TargetNow[];
  /** Ends checks and connections, whatever is in flight. */
  close(): Promise<void>;
}

/** A target as its load balancer has it at this moment. */
export interface TargetNow extends Target {
  readonly health: TargetHealth;
  /** Gets nothing new, but has not answered all that was sent. */
  readonly draining: boolean;
}

interface Registered extends Target, Forwarding {
  readonly agent: SeverableAgent;
  health: TargetHealth;
  readonly checks: { stop(): void };
  drained(): void;
}

/** Starts a load balancer on a free port of 127.0.0.1. */
export async function startLoadBalancer(
  options: {
    readonly healthPath: string;
    readonly timing?: CheckTiming;
    /** By default every request goes to the targets. */
    readonly route?: (request: IncomingMessage) => BalancerRoute;
    /** What hinders the connections to a target at this moment; asked for each piece of what goes through. By default nothing. */
    readonly hindrances?: (target: string) => readonly Hindrance[];
  },
  listener: LoadBalancerListener,
): Promise<LoadBalancer> {
  const { healthPath, timing = CHECK_TIMING, route = () => ({ to: 'targets' }), hindrances = () => [] } = options;
  const balancer = new RoundRobin({ healthPath, timing, route, hindrances }, listener);
  await balancer.listen();
  return balancer;
}

interface BalancerRules {
  readonly healthPath: string;
  readonly timing: CheckTiming;
  readonly route: (request: IncomingMessage) => BalancerRoute;
  readonly hindrances: (target: string) => readonly Hindrance[];
}

class RoundRobin implements LoadBalancer {
  readonly #targets = new Map<string, Registered>();
  /** Left, but not drained yet. */
  readonly #leaving = new Set<Registered>();
  readonly #server: Server;
  readonly #rules: BalancerRules;
  readonly #listener: LoadBalancerListener;
  #turn = 0;
  #port = 0;

  constructor(rules: BalancerRules, listener: LoadBalancerListener) {
    this.#rules = rules;
    this.#listener = listener;
    // No time-outs of the listener's own: how long a request may take is the client's and the target's affair.
    this.#server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, (request, response) => {
      this.#answer(request, response);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('a load balancer has no port to listen on');
    this.#port = address.port;
  }

  register(target: Target): void {
    if (this.#targets.has(target.id)) return;
    const { healthPath: path, timing, hindrances } = this.#rules;
    // Idle connections are dropped after 2 s, before programs drop them: a request on a dropped connection would be a 502.
    const agent = new SeverableAgent({ keepAlive: true, timeout: 2000 }, () => hindrances(target.id));
    const registered: Registered = {
      ...target,
      agent,
      health: UNCHECKED,
      inFlight: 0,
      checks: keepChecking({ ...target, path, agent }, timing, (health) => {
        registered.health = health;
        this.#listener.checked(target.id, health);
      }),
      drained: () => {},
      settled: () => {
        if (registered.inFlight === 0) registered.drained();
      },
    };
    this.#targets.set(target.id, registered);
  }

  async deregister(id: string): Promise<void> {
    const target = this.#targets.get(id);
    if (target === undefined) return;
    this.#targets.delete(id);
    target.checks.stop();
    if (target.inFlight > 0) {
      this.#leaving.add(target);
      await new Promise<void>((resolve) => {
        target.drained = resolve;
      });
      this.#leaving.delete(target);
    }
    target.agent.destroy();
  }

  sever(id: string, isSevered: boolean): void {
    for (const target of [...this.#targets.values(), ...this.#leaving]) {
      if (target.id === id) target.agent.sever(isSevered);
    }
  }

  targets(): readonly TargetNow[] {
    const show = (draining: boolean) => (target: Registered) => {
      const { id, host, port, health } = target;
      return { id, host, port, health, draining };
    };
    // One that was registered again while it drained is shown as it is now.
    const leaving = [...this.#leaving].filter(({ id }) => !this.#targets.has(id));
    return [...[...this.#targets.values()].map(show(false)), ...leaving.map(show(true))];
  }

  async close(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : Promise.resolve();
    this.#server.close();
    for (const target of this.#targets.values()) target.checks.stop();
    for (const target of [...this.#targets.values(), ...this.#leaving]) target.agent.destroy();
    this.#targets.clear();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const route = this.#rules.route(request);
    const target = route.to === 'targets' ? this.#next() : null;
    const tell = (outcome: RequestOutcome): void => this.#listener.ended(outcome);
    if (route.to === 'fixed-response') answerFixed(request, response, route, tell);
    else if (target === null) refuse(request, response, 503, tell);
    else forward(request, response, target, tell);
  }

  /** The next healthy target in turn. */
  #next(): Registered | null {
    const healthy = [...this.#targets.values()].filter(({ health }) => health.health === 'HEALTHY');
    this.#turn += 1;
    return healthy[this.#turn % healthy.length] ?? null;
  }
}
