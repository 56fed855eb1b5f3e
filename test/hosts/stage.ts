import { expect } from 'vitest';
import { Experiment, type Lateness, type Place, restartPlace, startPlace, type Trial } from './experiment.ts';
import { diff, type Guest, remove, type Snapshot, snapshot } from './guest/index.ts';
import { type End, endsOf, Outcomes } from './outcomes.ts';
import { eventually } from './pace.ts';
import { inTurn } from './pool.ts';
import { BESIDE, Watch } from './watch.ts';

/** Nothing comes or goes any more. Not by the link: when that comes up again, its routes are gone. */
const CUT = `reaches() { ip netns exec outside /bin/busybox ping -c 1 -w 2 10.99.0.2 >/dev/null 2>&1; }
if ! reaches; then echo 'nothing reaches the host before the cut' >&2; exit 1; fi
ip netns exec outside nft '
  add table inet cut
  add chain inet cut in { type filter hook input priority 0; policy drop; }
  add chain inet cut out { type filter hook output priority 0; policy drop; }'
if reaches; then echo 'the network is not cut' >&2; exit 1; fi`;

/** Longer than any stage takes: an experiment that is ended by an undo. */
const LONG_MS = 3_000_000;
/** As many as the guest has processors. */
const AT_ONCE = 2;
/** On top of what acts have taken before. */
const MARGIN_MS = 6_000;

/** So many faults wait for their deadlines at a time: each that is there keeps the emulated host a little busy. */
const WAVE = 5;
/** For a look at neighbours before the first deadline. */
const LOOK_MS = 8_000;
/** Between an undo and the next deadline. */
const BREATH_MS = 2_000;

/** One fault on the stage: its place, a neighbour of the same kind, and what was learnt of it. */
interface Actor {
  readonly trial: Trial;
  place: Place;
  readonly neighbour: Place;
  applyMs: number;
  undoMs: number;
  late?: Lateness;
  /** The last one. */
  experiment?: Experiment;
  /** What went wrong in this end. */
  failed?: unknown;
  /** Whether what was left of it could not be undone: it plays no more. */
  isLost?: boolean;
}

/**
 * Many faults in one guest, each on a place of its own, through every end at the same time: all of them through one end, then a look at the
 * whole host, then the next end. What only waits waits together; what works works two at a time.
 */
export class Stage {
  readonly #guest: Guest;
  readonly #trials: readonly Trial[];
  readonly #outcomes = new Outcomes();
  readonly #places: Place[] = [];
  #actors: Actor[] = [];
  /** What the engine was told to start again or to take away; no end of a fault. */
  readonly #changes = { restarted: [] as string[], without: [] as string[] };

  constructor(guest: Guest, trials: readonly Trial[]) {
    this.#guest = guest;
    this.#trials = trials;
  }

  /** Resolves when an end went well for a fault, and rejects with what went wrong. `whole` is the host after the end of all of them. */
  async outcome(end: End, fault: string): Promise<void> {
    await this.#outcomes.of(end, fault).promise;
  }

  /** What was measured of every fault, for whoever reads the run. */
  get figures(): string {
    return this.#actors
      .map(({ trial, applyMs, undoMs, late }) =>
        [
          trial.fault.name.padEnd(20),
          `act ${applyMs.toFixed()} ms, undo ${undoMs.toFixed()} ms`,
          late === undefined ? '' : `timer began ${late.begunMs} ms after the deadline, done after ${late.undoneMs} ms`,
        ].join(' '),
      )
      .join('\n');
  }

  /** Goes through every end. */
  async play(): Promise<void> {
    try {
      await this.#set();
      const before = await this.#lookBefore();
      await this.#end('undone', before, (all) => inTurn(AT_ONCE, all, (actor) => this.#undone(actor)));
      await this.#end('timer', before, (all) => this.#inWaves(all, (wave) => this.#timer(wave, before)));
      await this.#end('script', before, (all) => this.#inWaves(all, (wave) => this.#killed(wave, 'killScript')));
      await this.#end('agent', before, (all) => this.#inWaves(all, (wave) => this.#killed(wave, 'killAgent')));
      await this.#end('restarted', before, (all) => inTurn(AT_ONCE, all, (actor) => this.#restarted(actor)));
      await this.#end('removed', before, (all) => inTurn(AT_ONCE, all, (actor) => this.#removed(actor)));
    } catch (error) {
      this.#outcomes.rejectAll(
        this.#trials.map(({ fault }) => fault.name),
        error,
      );
    }
  }

  async close(): Promise<void> {
    const all = this.#places.flatMap(({ task: { containers, pause } }) =>
      pause === null ? containers : [...containers, pause],
    );
    await Promise.allSettled(all.map((container) => remove(this.#guest, container)));
    await this.#guest.close();
  }

  /** Starts a place for each trial, and a neighbour for each way to start one. */
  async #set(): Promise<void> {
    const neighbours = new Map<Trial['start'], Promise<Place>>();
    const start = async (how: Trial['start'], family: string): Promise<Place> => {
      const place = await startPlace(this.#guest, how, family);
      this.#places.push(place);
      return place;
    };
    await inTurn(AT_ONCE, this.#trials, async (trial) => {
      const kind = trial.target === 'host' ? undefined : trial.start;
      const known = neighbours.get(kind) ?? start(kind, kind === undefined ? BESIDE : `${BESIDE}-${neighbours.size}`);
      neighbours.set(kind, known);
      const [place, neighbour] = [await start(trial.start, trial.fault.name), await known];
      if (trial.restarts) this.#changes.restarted.push(place.container.name);
      this.#actors.push({ trial, place, neighbour, applyMs: 0, undoMs: 0 });
    });
    // Looks at rest, also because whatever is asked for the first time leaves something behind.
    await inTurn(AT_ONCE, this.#actors, async ({ trial, place, neighbour }) => {
      for (const one of [place, neighbour]) {
        await eventually(async () => expect(await trial.isUnder(one), `${trial.fault.name} before it`).toBe(false));
      }
    });
  }

  /** The host at rest: an IPv6 address is being tried out for a second or two before it counts. */
  async #lookBefore(): Promise<Snapshot> {
    return await eventually(async () => {
      const before = await snapshot(this.#guest);
      expect([...before.sections.values()].join('\n')).not.toContain(' tentative ');
      return before;
    });
  }

  /** Plays one end with all who have it, and then looks at everything. Neighbours are asked for their page all the time. */
  async #end(end: End, before: Snapshot, go: (all: readonly Actor[]) => Promise<void>): Promise<void> {
    const beganMs = performance.now();
    const all = this.#actors.filter(({ trial }) => endsOf(trial).includes(end));
    const fit = all.filter(({ isLost }) => isLost !== true);
    for (const { trial, failed } of all.filter(({ isLost }) => isLost === true)) {
      this.#outcomes.of(end, trial.fault.name).reject(new Error('not played', { cause: failed }));
    }
    for (const actor of fit) delete actor.failed;
    const watch = new Watch(fit.map(({ neighbour }) => neighbour));
    const gone = go(fit);
    await gone.catch(() => {});
    for (const { trial, failed } of fit) {
      if (failed === undefined) this.#outcomes.of(end, trial.fault.name).resolve();
      else this.#outcomes.of(end, trial.fault.name).reject(failed);
      // Now, too: the runner tells what went wrong when everything is over, which is many minutes away.
      if (failed !== undefined) console.log(`${end}, ${trial.fault.name}: ${failed}`);
    }
    const whole = async (): Promise<void> => {
      await watch.end();
      await gone;
      await eventually(async () => expect(diff(before, await snapshot(this.#guest), this.#changes)).toBe(''));
    };
    await whole().then(this.#outcomes.of(end, 'whole').resolve, this.#outcomes.of(end, 'whole').reject);
    console.log(`${end}: ${((performance.now() - beganMs) / 1000).toFixed()} s`);
  }

  /**
   * Does something for some after others, each time for a mixture: faults that are alike stand together. Those that keep the host busy come
   * last, each alone.
   */
  async #inWaves(all: readonly Actor[], go: (wave: readonly Actor[]) => Promise<void>): Promise<void> {
    const calm = all.filter(({ trial }) => trial.keepsBusy !== true);
    const waves = Math.ceil(calm.length / WAVE);
    for (let number = 0; number < waves; number++) await go(calm.filter((_, index) => index % waves === number));
    for (const busy of all.filter(({ trial }) => trial.keepsBusy === true)) await go([busy]);
  }

  async #try(actor: Actor, go: () => Promise<void>): Promise<void> {
    if (actor.failed !== undefined) return;
    await go().catch(async (error: unknown) => {
      actor.failed = error;
      // What is wrong with this one is told by now; others shall not be disturbed by what is left of it.
      await actor.experiment?.undo().catch(() => {
        actor.isLost = true;
      });
    });
  }

  async #begin(actor: Actor, untilMs: number): Promise<Experiment> {
    actor.experiment = await Experiment.begin(actor.trial, actor.place, untilMs);
    return actor.experiment;
  }

  async #beginLong(actor: Actor): Promise<Experiment> {
    const experiment = await this.#begin(actor, (await this.#guest.now()) + LONG_MS);
    actor.applyMs = Math.max(actor.applyMs, await experiment.awaitEffect());
    return experiment;
  }

  #undone(actor: Actor): Promise<void> {
    return this.#try(actor, async () => {
      const { trial, neighbour } = actor;
      const experiment = await this.#beginLong(actor);
      await experiment.expectConfirmed();
      await experiment.expectStrength();
      if (trial.target !== 'host') {
        expect(await trial.isUnder(neighbour), 'the neighbour is under the fault').toBe(false);
      }
      actor.undoMs = await experiment.undo();
      await experiment.expectFree();
      await experiment.undo();
      await experiment.expectFree();
    });
  }

  /** A moment by which acts of all of them have been done, so much slower than before. */
  async #whenAllActed(all: readonly Actor[], slower: number): Promise<number> {
    const sumMs = all.reduce((sum, { applyMs }) => sum + applyMs, 0);
    return (await this.#guest.now()) + (slower * sumMs) / AT_ONCE + MARGIN_MS;
  }

  /** One deadline after the other, so that each undo has the host to itself as far as the others' faults leave it. */
  async #timer(all: readonly Actor[], before: Snapshot): Promise<void> {
    let deadlineMs = (await this.#whenAllActed(all, 1.5)) + LOOK_MS;
    const deadlines = new Map(
      all.map((actor) => {
        const own = deadlineMs;
        deadlineMs += actor.undoMs + BREATH_MS;
        return [actor, own];
      }),
    );
    const waiting: Promise<void>[] = [];
    await inTurn(AT_ONCE, all, (actor) =>
      this.#try(actor, async () => {
        const experiment = await this.#begin(actor, deadlines.get(actor) ?? 0);
        await experiment.awaitEffect();
        await experiment.killAgent();
        await experiment.killScript();
        waiting.push(
          this.#try(actor, async () => {
            actor.late = await experiment.expectPunctualEnd(actor.undoMs);
            await experiment.expectNothingLeft();
          }),
        );
      }),
    );
    // The neighbours, while every fault is there.
    const only = [...new Set(all.map(({ neighbour }) => neighbour.container.name))];
    const changed = diff(before, await snapshot(this.#guest, only), { only });
    await Promise.all(waiting);
    expect(changed, 'what faults did to neighbours').toBe('');
  }

  /** With one deadline for all of them. Nobody reaches the host between the last kill and the undo when it is the agent that is killed. */
  async #killed(all: readonly Actor[], kill: 'killAgent' | 'killScript'): Promise<void> {
    const deadlineMs = await this.#whenAllActed(all, 1.8);
    const begun: (readonly [Actor, Experiment])[] = [];
    await inTurn(AT_ONCE, all, (actor) =>
      this.#try(actor, async () => {
        const experiment = await this.#begin(actor, deadlineMs);
        await experiment.awaitAct();
        await experiment[kill]();
        begun.push([actor, experiment]);
      }),
    );
    const isCut = kill === 'killAgent';
    if (isCut) await this.#guest.sh(CUT);
    try {
      await begun[0]?.[1].awaitDeadline();
      await Promise.all(begun.map(([actor, experiment]) => this.#try(actor, () => experiment.expectNothingLeft())));
    } finally {
      if (isCut) await this.#guest.sh('ip netns exec outside nft delete table inet cut');
    }
    await inTurn(AT_ONCE, begun, ([actor, experiment]) => this.#try(actor, () => experiment.expectFree()));
  }

  #restarted(actor: Actor): Promise<void> {
    return this.#try(actor, async () => {
      this.#changes.restarted.push(actor.place.container.name);
      const experiment = await this.#beginLong(actor);
      actor.place = await restartPlace(actor.place);
      await experiment.undo();
      await experiment.expectNothingLeft();
      await eventually(async () => expect(await actor.trial.isUnder(actor.place), 'under the fault').toBe(false));
    });
  }

  #removed(actor: Actor): Promise<void> {
    return this.#try(actor, async () => {
      this.#changes.without.push(actor.place.container.name);
      const experiment = await this.#beginLong(actor);
      await remove(this.#guest, actor.place.container);
      await experiment.undo();
      await experiment.expectNothingLeft();
    });
  }
}
