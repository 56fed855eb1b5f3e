import { expect } from 'vitest';
import type { Place } from './experiment.ts';

/** The family of neighbours that serve a page. */
export const BESIDE = 'beside';
const PERIOD_MS = 1_000;
/** A server that is not disturbed may be this slow in emulation while others work. */
const LIMIT_MS = 5_000;

/** Asks neighbours that serve a page for it, again and again, from the host. */
export class Watch {
  readonly #over = new AbortController();
  readonly #asked: Promise<void>;
  readonly #missed: string[] = [];
  #answered = 0;

  constructor(neighbours: readonly Place[]) {
    const distinct = new Map(neighbours.map((place) => [place.container.id, place]));
    this.#asked = this.#ask([...distinct.values()].filter(({ task }) => task.family === BESIDE));
  }

  /** Stops. Fails when a page did not come. */
  async end(): Promise<void> {
    this.#over.abort();
    await this.#asked;
    expect(this.#missed, `${this.#answered} pages came`).toEqual([]);
  }

  async #ask(places: readonly Place[]): Promise<void> {
    while (!this.#over.signal.aborted) {
      for (const { meter, container } of places) {
        const { status, error, ms } = await meter.http('host', container.address, { timeoutMs: LIMIT_MS });
        if (status === 200) this.#answered++;
        else this.#missed.push(`${container.name}: ${error ?? status} after ${ms.toFixed()} ms`);
      }
      await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
    }
  }
}
