import { Agent, type ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';

/** How long a connection that leads nowhere is tried; an ALB tries for 10 s and answers 504 then. */
const NOWHERE_MS = 1_000;

/**
 * Connections to one target that can be cut. Unlike a security group without rules, which lets connections go on that it tracks
 * already, cutting breaks those that are open.
 */
export class SeverableAgent extends Agent {
  #isSevered: boolean = false;

  /** Cuts the target off, or opens the way again. */
  sever(isSevered: boolean): void {
    this.#isSevered = isSevered;
    if (isSevered) this.destroy();
  }

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    if (!this.#isSevered) return super.createConnection(options, callback);
    const timer = setTimeout(() => {
      const error = Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' });
      // Node takes no stream where there is an error, although its type asks for one.
      (callback as ((error: Error) => void) | undefined)?.(error);
    }, NOWHERE_MS);
    timer.unref();
    return undefined;
  }
}
