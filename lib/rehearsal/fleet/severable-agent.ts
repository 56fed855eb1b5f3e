import { Agent, type AgentOptions, type ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Hindrance } from './hindrance.ts';
import { TargetConnection } from './target-connection.ts';

/** How long a connection that leads nowhere is tried; an ALB tries for 10 s and answers 504 then. */
const NOWHERE_MS = 1_000;

/**
 * Connections to one target that can be cut, and hindered. Unlike a security group without rules, which lets connections go on that it tracks
 * already, cutting breaks those that are open.
 */
export class SeverableAgent extends Agent {
  readonly #hindrances: () => readonly Hindrance[];
  #isSevered: boolean = false;

  /** @param hindrances what hinders the target's connections at this moment, those that are open too. */
  constructor(options: AgentOptions, hindrances: () => readonly Hindrance[]) {
    super(options);
    this.#hindrances = hindrances;
  }

  /** Cuts the target off, or opens the way again. */
  sever(isSevered: boolean): void {
    this.#isSevered = isSevered;
    if (isSevered) this.destroy();
  }

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    if (!this.#isSevered) {
      const idleMs = options.timeout === undefined ? {} : { idleMs: options.timeout };
      const to = { host: options.host ?? '127.0.0.1', port: Number(options.port), ...idleMs };
      return new TargetConnection(to, this.#hindrances);
    }
    const timer = setTimeout(() => {
      const error = Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' });
      // Node takes no stream where there is an error, although its type asks for one.
      (callback as ((error: Error) => void) | undefined)?.(error);
    }, NOWHERE_MS);
    timer.unref();
    return undefined;
  }
}
