import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';

/** What the program in the guest is asked; inside/exec-server.mjs answers it. */
export type Request =
  | {
      readonly operation: 'exec';
      readonly argv: readonly string[];
      readonly env?: Readonly<Record<string, string>> | undefined;
      readonly stdin?: string | undefined;
      readonly timeoutMs: number;
    }
  | { readonly operation: 'engine'; readonly method: string; readonly path: string; readonly body?: unknown }
  | ({ readonly operation: 'measure'; readonly namespace: string; readonly measure: string } & Record<string, unknown>)
  | { readonly operation: 'leave'; readonly namespace: string }
  | { readonly operation: 'processes' }
  | { readonly operation: 'now' }
  | { readonly operation: 'read'; readonly files: readonly string[] }
  | { readonly operation: 'list'; readonly folder: string }
  | { readonly operation: 'kill'; readonly pid: number; readonly signal: string };

/** Of the fields each request is answered with, see there. */
export type Answer = Readonly<Record<string, unknown>> & { readonly id: number };

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly onPid?: ((pid: number) => void) | undefined;
}

/** Asks the program in the guest: one line of JSON for each request and each answer, several at a time. */
export class Wire {
  /** Resolves when the other end has said that it is there. */
  readonly ready: Promise<void>;
  readonly #stream: Duplex;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #failure: Error | null = null;

  constructor(stream: Duplex) {
    this.#stream = stream;
    const ready = Promise.withResolvers<void>();
    this.ready = ready.promise;
    // Whoever waits for it hears of it; nobody need.
    this.ready.catch(() => {});
    this.#onFailure = ready.reject;
    stream.on('error', (error) => this.fail(`the wire to the guest broke: ${error.message}`));
    stream.on('close', () => this.fail('the wire to the guest is closed'));
    createInterface({ input: stream }).on('line', (line) => {
      const answer = JSON.parse(line) as Answer;
      if (answer.ready === true) ready.resolve();
      else if (typeof answer.failure === 'string') this.fail(answer.failure);
      else this.#receive(answer);
    });
  }
  readonly #onFailure: (error: Error) => void;

  #receive(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    // The first of the two answers to a command.
    if (typeof answer.pid === 'number') waiting?.onPid?.(answer.pid);
    else {
      this.#waiting.delete(answer.id);
      waiting?.resolve(answer);
    }
  }

  /**
   * @param onPid told the process id of a command when it has begun.
   * @throws Error when the guest ends before it has answered.
   */
  ask(request: Request, onPid?: (pid: number) => void): Promise<Answer> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, { resolve, reject, onPid });
    this.#stream.write(`${JSON.stringify({ ...request, id })}\n`);
    return promise;
  }

  /** Fails everything that is asked, now and later. */
  fail(why: string): void {
    this.#failure ??= new Error(why);
    this.#onFailure(this.#failure);
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }

  close(): void {
    this.#stream.destroy();
  }
}
