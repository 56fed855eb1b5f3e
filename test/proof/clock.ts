/** A run's own time: it moves when a call arrives, when an answer does not, and when somebody waits. */
export class VirtualClock {
  #nowMs: number;
  readonly #listeners: ((nowMs: number) => void)[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  readonly now = (): number => this.#nowMs;

  readonly date = (): Date => new Date(this.#nowMs);

  /** Calls back at every whole second that passes, and at the moment at which the clock stops. */
  onPassing(listener: (nowMs: number) => void): void {
    this.#listeners.push(listener);
  }

  advance(ms: number): void {
    this.moveTo(this.#nowMs + ms);
  }

  /** Moves on; a moment that is over changes nothing. */
  moveTo(ms: number): void {
    while (this.#nowMs < ms) {
      this.#nowMs = Math.min(ms, Math.floor(this.#nowMs / 1000) * 1000 + 1000);
      for (const listener of this.#listeners) listener(this.#nowMs);
    }
  }
}
