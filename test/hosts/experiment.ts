import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { FaultTarget } from '../../lib/core/fault-target.ts';
import type { UndoData } from '../../lib/faults/contract.ts';
import { type GuestPort, guestPort, INSTANCE } from './agent/host-port.ts';
import type { RunningCommand } from './agent/ssm-agent.ts';
import { eventually, slownessOf } from './pace.ts';
import type { Place, Trial } from './stage.ts';

/** Where the host scripts keep their state. */
const STATE = '/run/capuchin';
const ARNS = 'arn:aws:ecs:eu-west-1:111122223333';
/** The act has to begin within this. */
const ADMITTED_MS = 120_000;
/** How late the host's own timer may be. */
const PUNCTUAL_MS = 1_000;

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

  /** Sends the act, and does not wait for it. */
  static async begin(trial: Trial, place: Place, lastsMs: number): Promise<Experiment> {
    const { fault, parameters = {} } = trial;
    const port = guestPort(place.guest, trial.port);
    const target = targetOf(trial, place);
    const preparing = { experiment: 'trial', reason: 'to learn', minRemaining: 1, now: Date.now };
    const preparation = await fault.prepare(port, target, parameters, preparing);
    if (!preparation.ready) throw new Error(`${fault.name} is not ready: ${preparation.because}`);
    const nowMs = await place.guest.now();
    const untilMs = Math.ceil((nowMs + lastsMs) / 1000) * 1000;
    const experiment = new Experiment(trial, place, port, target, preparation.undo, untilMs);
    const injection = await fault.inject(port, target, parameters, preparation.undo, {
      ...experiment.#context,
      notAfterMs: Math.min(nowMs + ADMITTED_MS, untilMs),
      untilMs,
      alarms: [],
      installTools: false,
      now: Date.now,
    });
    expect(injection).toMatchObject({ outcome: 'accepted' });
    return experiment;
  }

  /** Waits until the effect is measured and the host has said so too. */
  async awaitEffect(): Promise<void> {
    const { exitCode, answer, stdout, stderr } = await this.#act.ended;
    expect(answer, `the act ended with ${exitCode}: ${stdout}${stderr}`).toMatchObject({ code: 'applied' });
    await eventually(async () => expect(await this.#trial.isUnder(this.#place), 'under the fault').toBe(true));
    const { fault } = this.#trial;
    await eventually(async () => {
      const { effect, because } = await fault.confirm(this.#port, this.#target, this.#undo, this.#context);
      expect(effect, because).toBe('took-effect');
    });
  }

  /** Waits until the act is on its way: its record is written, and its answer is not. */
  async awaitAct(): Promise<void> {
    // Sooner than `eventually` looks: the act itself may be short.
    const { guest } = this.#place;
    const giveUpMs = Date.now() + ADMITTED_MS;
    while ((await guest.list(`${this.#folder}/acted`)).length === 0) {
      if (Date.now() > giveUpMs) throw new Error(`the act has not begun: ${JSON.stringify(await this.#act.ended)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async killAgent(): Promise<void> {
    await this.#act.killAgent();
  }

  async killScript(): Promise<void> {
    await this.#act.killScript();
  }

  /** Asks for the undo until it is confirmed, as Capuchin does. */
  async undo(): Promise<void> {
    const { fault } = this.#trial;
    await eventually(async () => {
      const { undone, because } = await fault.undo(this.#port, this.#target, this.#undo, this.#context);
      expect(undone, because).toBe(true);
    });
  }

  async awaitDeadline(): Promise<void> {
    const leftMs = this.#untilMs - (await this.#place.guest.now());
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, leftMs)));
  }

  /**
   * Measures until the effect is gone, and expects that to be at the deadline: not before it, and the host has begun to undo within a second.
   * Three calls of the engine's client later, which take long in emulation, the effect is gone. A second is longer on a busy machine.
   */
  async expectPunctualEnd(): Promise<void> {
    const { guest } = this.#place;
    const call = await guest.exec(['docker', 'ps']);
    const secondMs = PUNCTUAL_MS * (await slownessOf(guest));
    const callsMs = 3 * (call.endedMs - call.startedMs);
    let freeMs = Number.NaN;
    await eventually(async () => {
      expect(await this.#trial.isUnder(this.#place), 'still under the fault').toBe(false);
      freeMs = await guest.now();
    });
    const begunMs = Number(await guest.sh(`date -r ${this.#folder}/tombstone +%s%3N`));
    const late = { begunMs: begunMs - this.#untilMs, freeMs: freeMs - this.#untilMs };
    const said = `ms after the deadline, with ${secondMs.toFixed()} ms for a second and ${callsMs} ms for three calls`;
    expect(late.begunMs, `began ${late.begunMs} ${said}`).toBeGreaterThanOrEqual(0);
    expect(late.begunMs, `began ${late.begunMs} ${said}`).toBeLessThan(secondMs);
    expect(late.freeMs, `free ${late.freeMs} ${said}`).toBeGreaterThanOrEqual(0);
    expect(late.freeMs, `free ${late.freeMs} ${said}`).toBeLessThan(secondMs + callsMs);
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
