import { setMaxListeners } from 'node:events';
import type { Random } from './chances.ts';
import type { Hindrance } from './hindrance.ts';
import { type ConnectionOrder, hindranceOf } from './hindrances.ts';

const NONE: readonly Hindrance[] = [];

/**
 * What hinders the connections of a fleet's load balancers to its tasks, by place: a task's id, or the ARN of a container instance,
 * which stands for all that runs there, also what comes there later.
 */
export class ConnectionFaults {
  readonly #random: Random;
  readonly #faults = new Map<string, { readonly owner: string; readonly hindrance: Hindrance; end(): void }>();

  /** @param random by default the machine's; a test gives its own. */
  constructor(random: Random = Math.random) {
    this.#random = random;
  }

  /** Begins a fault. False where there is one already: two on one place would not know whose is whose. */
  begin(place: string, owner: string, order: ConnectionOrder): boolean {
    if (this.#faults.has(place)) return false;
    const control = new AbortController();
    // Every piece that waits listens to it.
    setMaxListeners(0, control.signal);
    const end = (): void => {
      this.#faults.delete(place);
      control.abort();
    };
    this.#faults.set(place, { owner, hindrance: hindranceOf(order, control.signal, this.#random), end });
    return true;
  }

  /** Ends the fault of an owner; without one there, or with another's, nothing changes. */
  end(place: string, owner: string): void {
    const fault = this.#faults.get(place);
    if (fault?.owner === owner) fault.end();
  }

  /** Ends whatever there is: the place itself is gone, or has begun anew. */
  clear(place: string): void {
    this.#faults.get(place)?.end();
  }

  ownerAt(place: string): string | undefined {
    return this.#faults.get(place)?.owner;
  }

  /** What hinders at some places together. */
  at(places: () => readonly string[]): readonly Hindrance[] {
    if (this.#faults.size === 0) return NONE;
    return places().flatMap((place) => this.#faults.get(place)?.hindrance ?? []);
  }
}
