import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { FaultTarget } from '../../lib/core/fault-target.ts';
import type { UndoData } from '../../lib/faults/contract.ts';
import type { HostPort, ReversibleHostFault } from '../../lib/faults/hosts/host-fault.ts';
import { type GuestPort, guestPort, INSTANCE } from './agent/host-port.ts';
import type { RunningCommand } from './agent/ssm-agent.ts';
import { type Container, type Guest, Meter, only, restart, startTask, type Task } from './guest/index.ts';
import { eventually } from './pace.ts';

/** Where the host scripts keep their state. */
const STATE = '/run/capuchin';
const ARNS = 'arn:aws:ecs:eu-west-1:111122223333';
/** The act has to begin within this. */
const ADMITTED_MS = 120_000;
/** How late the host's own timer may be. */
const PUNCTUAL_MS = 1_000;
/**
 * What the time of a file may be short of the clock: the kernel gives it that of its last tick, and on a busy emulated host a tick has been
 * 69 ms late.
 */
const TICK_MS = 150;
/** A busy machine can spoil a measurement, and not three of them. */
const MEASUREMENTS = 3;

/** What is measured: a container, and by what. */
export interface Place {
  readonly guest: Guest;
  readonly meter: Meter;
  readonly task: Task;
  /** The task's first. */
  readonly container: Container;
}

/** Starts a task that a fault can be applied to. */
export type Start = (guest: Guest, family: string) => Promise<Task>;

/** A fault with what must be known to put it through all its ends on a real host. */
export interface Trial {
  readonly fault: ReversibleHostFault;
  /** As a person writes them, without the duration. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** One container with a page at port 80, on the engine's bridge, unless told. */
  readonly start?: Start;
  /** Whether its container is started again by the fault or its undo, and has another address then. */
  readonly restarts?: boolean;
  /** Whether it keeps the whole emulated host busy, so that nobody can be punctual beside it. */
  readonly keepsBusy?: boolean;
  /**
   * Whether it stands for others that are undone by the same means: where time is short it alone is played through the ends by a kill or
   * with a change of its container.
   */
  readonly standsForOthers?: boolean;
  /** `host` makes the host itself the target. */
  readonly target?: 'task' | 'host';
  /** Measures from outside whether a place is under the fault. It must be false before and after, and for a neighbour. */
  readonly isUnder: (place: Place) => Promise<boolean>;
  /** Expects that the effect on a place under the fault is what was asked for, where `isUnder` tells only that there is one. */
  readonly measure?: (place: Place) => Promise<void>;
  /** What the fault asks AWS besides running commands. */
  readonly port?: Partial<HostPort>;
}

/** Starts a task for a trial. */
export async function startPlace(guest: Guest, start: Start = startTask, family = 'shop'): Promise<Place> {
  const task = await start(guest, family);
  return { guest, meter: new Meter(guest), task, container: only(task) };
}

/** The same place after its container was started again. */
export async function restartPlace(place: Place): Promise<Place> {
  return { ...place, container: await restart(place.guest, place.container) };
}

/** How long after the deadline the host began to undo by itself, and had undone everything. */
export interface Lateness {
  readonly begunMs: number;
  readonly undoneMs: number;
}

/** One fault on one place, from its act on; its commands go to the guest's agent as Run Command would send them. */
export class Experiment {
  readonly #trial: Trial;
  readonly #place: Place;
  readonly #port: GuestPort;
  readonly #target: FaultTarget;
  readonly #undo: UndoData;
  readonly #context: { readonly experiment: string; readonly reason: string };
  /** By the guest's clock, in whole seconds. */
  readonly #untilMs: number;

  private constructor(
    trial: Trial,
    place: Place,
    port: GuestPort,
    target: FaultTarget,
    undo: UndoData,
    untilMs: number,
  ) {
    this.#trial = trial;
    this.#place = place;
    this.#port = port;
    this.#target = target;
    this.#undo = undo;
    this.#untilMs = untilMs;
    this.#context = { experiment: `trial-${randomBytes(4).toString('hex')}`, reason: 'to learn' };
  }

  /** Sends the act, and does not wait for it. `untilMs` is by the guest's clock, and rounded up to whole seconds. */
  static async begin(trial: Trial, place: Place, untilMs: number): Promise<Experiment> {
    const { fault, parameters = {} } = trial;
    const port = guestPort(place.guest, trial.port);
    const target = targetOf(trial, place);
    const preparing = { experiment: 'trial', reason: 'to learn', minRemaining: 1, now: Date.now };
    const preparation = await fault.prepare(port, target, parameters, preparing);
    if (!preparation.ready) throw new Error(`${fault.name} is not ready: ${preparation.because}`);
    const wholeMs = Math.ceil(untilMs / 1000) * 1000;
    const experiment = new Experiment(trial, place, port, target, preparation.undo, wholeMs);
    const injection = await fault.inject(port, target, parameters, preparation.undo, {
      ...experiment.#context,
      notAfterMs: Math.min((await place.guest.now()) + ADMITTED_MS, wholeMs),
      untilMs: wholeMs,
      alarms: [],
      installTools: false,
      now: Date.now,
    });
    expect(injection).toMatchObject({ outcome: 'accepted' });
    return experiment;
  }

  /** Waits until the act has answered and its effect is measured. Answers how long the act took, in milliseconds. */
  async awaitEffect(): Promise<number> {
    const { exitCode, answer, stdout, stderr, startedMs, endedMs } = await this.#act.ended;
    expect(answer, `the act ended with ${exitCode}: ${stdout}${stderr}`).toMatchObject({ code: 'applied' });
    await eventually(async () => expect(await this.#trial.isUnder(this.#place), 'under the fault').toBe(true));
    return endedMs - startedMs;
  }

  /** Expects that the effect is as strong as it was asked for. */
  async expectStrength(): Promise<void> {
    for (let left = MEASUREMENTS - 1; ; left--) {
      try {
        await this.#trial.measure?.(this.#place);
        return;
      } catch (error) {
        if (left === 0) throw error;
      }
    }
  }

  /** Expects that the host says, too, that the fault has taken effect. */
  async expectConfirmed(): Promise<void> {
    const { fault } = this.#trial;
    const { effect, because } = await fault.confirm(this.#port, this.#target, this.#undo, this.#context);
    expect(effect, because).toBe('took-effect');
  }

  /** Waits until the act is on its way: its record is written, and its answer is not. */
  async awaitAct(): Promise<void> {
    // Sooner than `eventually` looks: the act itself may be short.
    const { guest } = this.#place;
    const giveUpMs = Date.now() + ADMITTED_MS;
    while ((await guest.list(`${this.#folder}/acted`)).length === 0) {
      if (Date.now() > giveUpMs) throw new Error(`the act has not begun: ${JSON.stringify(await this.#act.ended)}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  async killAgent(): Promise<void> {
    await this.#act.killAgent();
  }

  async killScript(): Promise<void> {
    await this.#act.killScript();
  }

  /** Asks for the undo until it is confirmed, as Capuchin does. Answers how long that took, in milliseconds. */
  async undo(): Promise<number> {
    const { fault } = this.#trial;
    const beganMs = performance.now();
    await eventually(async () => {
      const { undone, because } = await fault.undo(this.#port, this.#target, this.#undo, this.#context);
      expect(undone, because).toBe(true);
    });
    return performance.now() - beganMs;
  }

  async awaitDeadline(): Promise<void> {
    const leftMs = this.#untilMs - (await this.#place.guest.now());
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, leftMs)));
  }

  /**
   * Expects that the host begins to undo within a second after the deadline, and not before it; and that it has undone everything a second
   * after it at the latest, and twice as long as an undo on this emulated host takes when it is asked for: there, what takes a tenth of a
   * second on a host of its own takes seconds, and not the same ones twice. The host's own files tell when; a look from outside then shows
   * that it is so. To look all the time would slow the undo down.
   * @param undoMs how long an undo took that was asked for, as measured for the same fault.
   */
  async expectPunctualEnd(undoMs: number): Promise<Lateness> {
    const { guest } = this.#place;
    await this.awaitDeadline();
    const patienceMs = PUNCTUAL_MS + 2 * undoMs;
    await new Promise((resolve) => setTimeout(resolve, patienceMs));
    await eventually(async () => expect(await guest.list(this.#folder)).toContain('disarmed'));
    const freeInTime = !(await this.#trial.isUnder(this.#place));
    const at = (await guest.sh(`cd ${this.#folder} && date -r tombstone +%s%3N && date -r disarmed +%s%3N`)).split(
      '\n',
    );
    const [begunMs = Number.NaN, undoneMs = Number.NaN] = at.map((moment) => Number(moment) - this.#untilMs);
    const said = `began ${begunMs} ms after the deadline, done after ${undoneMs} ms; an undo takes ${undoMs.toFixed()} ms`;
    expect(begunMs, said).toBeGreaterThanOrEqual(-TICK_MS);
    expect(begunMs, said).toBeLessThan(PUNCTUAL_MS);
    expect(undoneMs, said).toBeLessThan(patienceMs);
    expect(freeInTime, `not free, although it ${said}`).toBe(true);
    return { begunMs, undoneMs };
  }

  /** Expects that the effect is not measured any more, and nothing is left to undo. */
  async expectFree(): Promise<void> {
    await eventually(async () => expect(await this.#trial.isUnder(this.#place), 'under the fault').toBe(false));
    await this.expectNothingLeft();
  }

  /** Expects that the host has nothing of this experiment to undo any more. */
  async expectNothingLeft(): Promise<void> {
    const { guest } = this.#place;
    await eventually(async () => expect(await guest.list(`${this.#folder}/acted`)).toEqual([]));
  }

  get #act(): RunningCommand {
    const [act] = this.#port.sent;
    if (act === undefined) throw new Error('the act was not sent');
    return act.running;
  }

  get #folder(): string {
    const { resource } = this.#target;
    const place = this.#target.kind === 'host' ? 'host' : resource.slice(resource.lastIndexOf('/') + 1);
    return `${STATE}/e-${this.#context.experiment}/${place}`;
  }
}

function targetOf({ target }: Trial, { task }: Place): FaultTarget {
  const on = { clusterArn: `${ARNS}:cluster/shop`, containerInstanceArn: `${ARNS}:container-instance/shop/aaaa` };
  return target === 'host'
    ? { kind: 'host', resource: INSTANCE, zone: 'eu-west-1a', ...on }
    : { kind: 'task', resource: task.arn, service: `shop/${task.family}`, ...on };
}
