import { expect } from 'vitest';
import type { HostPort, ReversibleHostFault } from '../../lib/faults/hosts/host-fault.ts';
import { Experiment } from './experiment.ts';
import {
  type Container,
  diff,
  type Guest,
  Meter,
  only,
  remove,
  restart,
  type Snapshot,
  snapshot,
  startTask,
  type Task,
} from './guest/index.ts';
import { eventually, slownessOf } from './pace.ts';

/** Longer than any file takes: an experiment that is ended by an undo. */
const LONG_MS = 3_000_000;
/** An experiment that its host ends, on an idle machine: long enough for its act and what is measured after that. */
const SHORT_MS = 15_000;

/** What is measured: a container, and by what. */
export interface Place {
  readonly guest: Guest;
  readonly meter: Meter;
  readonly task: Task;
  /** The task's first. */
  readonly container: Container;
}

/** A fault with what must be known to put it through all its ends on a real host. */
export interface Trial {
  readonly fault: ReversibleHostFault;
  /** As a person writes them, without the duration. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Starts a task that the fault can be applied to: one container with a page at port 80, on the engine's bridge, unless told. */
  readonly start?: (guest: Guest, family: string) => Promise<Task>;
  /** `host` makes the host itself the target: nothing is removed or restarted then, and no neighbour is there to be unharmed. */
  readonly target?: 'task' | 'host';
  /** Measures by numbers from outside whether a place is under the fault. It must be false before and after. */
  readonly isUnder: (place: Place) => Promise<boolean>;
  /** Measures that a place is not harmed while its neighbour is under the fault; that `isUnder` is false unless told. */
  readonly isUnharmed?: (place: Place) => Promise<boolean>;
  /** What the fault asks AWS besides running commands. */
  readonly port?: Partial<HostPort>;
}

export type End = 'unharmed' | 'undone' | 'twice' | 'removed' | 'restarted' | 'timer' | 'script' | 'agent' | 'whole';

/** The places of a trial in one guest, and how each end went there. */
export class Stage {
  readonly #guest: Guest;
  readonly #trial: Trial;
  readonly #outcomes = new Map<End, Promise<void>>();
  readonly #places: Place[] = [];

  constructor(guest: Guest, trial: Trial) {
    this.#guest = guest;
    this.#trial = trial;
  }

  /** Goes through every end. Rejects only when there is no telling how one went. */
  async play(): Promise<void> {
    const isHost = this.#trial.target === 'host';
    const families = isHost ? ['host'] : ['a', 'b', 'restarted', 'removed', 'neighbour'];
    const places = await Promise.all(families.map((family) => this.#start(family)));
    const before = await snapshot(this.#guest);
    for (const place of places) {
      await eventually(async () => expect(await this.#trial.isUnder(place), 'under the fault before it').toBe(false));
    }
    if (isHost) await this.#playOnHost(places);
    else await this.#playOnTasks(places, before);
    const [, , again, gone] = places.map(({ container: { name } }) => [name]);
    const changes = isHost ? {} : { restarted: again ?? [], without: gone ?? [] };
    await this.#record('whole', () =>
      eventually(async () => expect(diff(before, await snapshot(this.#guest), changes)).toBe('')),
    );
  }

  /** Resolves when an end went well, and rejects with what went wrong in it. */
  async outcome(end: End): Promise<void> {
    const outcome = this.#outcomes.get(end);
    if (outcome === undefined) throw new Error(`nobody played the end "${end}"`);
    await outcome;
  }

  async close(): Promise<void> {
    const tasks = this.#places.map(({ task }) => task);
    const all = tasks.flatMap(({ containers, pause }) => (pause === null ? containers : [...containers, pause]));
    await Promise.allSettled(all.map((container) => remove(this.#guest, container)));
    await this.#guest.close();
  }

  async #start(family: string): Promise<Place> {
    const task = await (this.#trial.start ?? startTask)(this.#guest, family);
    const place = { guest: this.#guest, meter: new Meter(this.#guest), task, container: only(task) };
    this.#places.push(place);
    return place;
  }

  async #playOnHost([place]: readonly Place[]): Promise<void> {
    if (place === undefined) throw new Error('no place was started');
    await this.#record('undone', () => this.#undone(place));
    await this.#record('timer', () => this.#timer(place));
    await this.#record('script', () => this.#killed(place, 'killScript'));
    await this.#record('agent', () => this.#killed(place, 'killAgent'));
  }

  async #playOnTasks([a, b, c, d, neighbour]: readonly Place[], before: Snapshot): Promise<void> {
    if (a === undefined || b === undefined || c === undefined || d === undefined || neighbour === undefined) {
      throw new Error('too few places were started');
    }
    let restarted = c;
    // Two at a time, as many as the guest has processors: these have much to do. The three after them have to wait.
    await Promise.all([
      this.#record('undone', () =>
        this.#undone(a, () => this.#record('unharmed', () => this.#unharmed(neighbour, before))),
      ),
      this.#record('removed', () => this.#removed(d)),
    ]);
    await Promise.all([
      this.#record('twice', () => this.#twice(b)),
      this.#record('restarted', async () => {
        restarted = await this.#restarted(c);
      }),
    ]);
    await Promise.all([
      this.#record('timer', () => this.#timer(a)),
      this.#record('script', () => this.#killed(b, 'killScript')),
      this.#record('agent', () => this.#killed(restarted, 'killAgent')),
    ]);
  }

  /** Remembers how an end goes, and waits for it without failing. */
  async #record(end: End, go: () => Promise<void>): Promise<void> {
    const outcome = go();
    this.#outcomes.set(end, outcome);
    await outcome.catch(() => {});
  }

  #begin(place: Place, lastsMs: number): Promise<Experiment> {
    return Experiment.begin(this.#trial, place, lastsMs);
  }

  async #unharmed(neighbour: Place, before: Snapshot): Promise<void> {
    const { isUnharmed, isUnder } = this.#trial;
    expect(await (isUnharmed?.(neighbour) ?? isUnder(neighbour).then((under) => !under)), 'unharmed').toBe(true);
    const only = [neighbour.container.name];
    expect(diff(before, await snapshot(this.#guest, only), { only })).toBe('');
  }

  async #undone(place: Place, during: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const experiment = await this.#begin(place, LONG_MS);
    await experiment.awaitEffect();
    await during();
    await experiment.undo();
    await experiment.expectFree();
    await experiment.undo();
    await experiment.expectFree();
  }

  async #twice(place: Place): Promise<void> {
    const experiment = await this.#begin(place, LONG_MS);
    await experiment.awaitEffect();
    await Promise.all([experiment.undo(), experiment.undo()]);
    await experiment.expectFree();
  }

  async #removed(place: Place): Promise<void> {
    const experiment = await this.#begin(place, LONG_MS);
    await experiment.awaitEffect();
    await remove(this.#guest, place.container);
    await experiment.undo();
    await experiment.expectNothingLeft();
  }

  async #restarted(place: Place): Promise<Place> {
    const experiment = await this.#begin(place, LONG_MS);
    await experiment.awaitEffect();
    const again = { ...place, container: await restart(this.#guest, place.container) };
    await experiment.undo();
    await experiment.expectNothingLeft();
    await eventually(async () => expect(await this.#trial.isUnder(again)).toBe(false));
    return again;
  }

  async #timer(place: Place): Promise<void> {
    const experiment = await this.#begin(place, SHORT_MS * (await slownessOf(this.#guest)));
    await experiment.awaitEffect();
    await experiment.killAgent();
    await experiment.killScript();
    await experiment.expectPunctualEnd();
    await experiment.expectNothingLeft();
  }

  async #killed(place: Place, kill: 'killAgent' | 'killScript'): Promise<void> {
    const experiment = await this.#begin(place, SHORT_MS * (await slownessOf(this.#guest)));
    await experiment.awaitAct();
    await experiment[kill]();
    await experiment.awaitDeadline();
    await experiment.expectFree();
  }
}
