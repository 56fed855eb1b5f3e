import { type Admitted, admit } from '../../../functions/experiment/admit.ts';
import { type Injected, inject, recordInjections } from '../../../functions/experiment/inject.ts';
import { look } from '../../../functions/experiment/look.ts';
import { withOutcomes } from '../../../functions/experiment/targets.ts';
import type { ConfigInput } from '../../../lib/core/config.ts';
import type { ExperimentOrder } from '../../../lib/core/experiment.ts';
import type { FakeService } from './fake-ecs.ts';
import { FakeWorld, orderFor, START_MS } from './fake-world.ts';

/** The stop condition of the group of a pausing world. */
export const STOP_ALARM = 'cart-is-slow';

/** A world whose group runs on container hosts, allows `pause-container`, and has one stop alarm. */
export function pausingWorld(config: ConfigInput = {}): FakeWorld {
  const world = new FakeWorld(config);
  world.cart.onHosts().tags = { ...world.cart.tags, 'chaos:faults': 'pause-container', 'chaos:alarms': STOP_ALARM };
  return world;
}

/** An order to freeze one task for twenty seconds. */
export function pauseOrder(more: Partial<ExperimentOrder> = {}): ExperimentOrder {
  return orderFor({ fault: 'pause-container', parameters: { durationSeconds: 20 }, ...more });
}

/** Tasks by what was sent to their hosts, in order. */
export function sent(world: FakeWorld, action: 'apply' | 'undo'): string[] {
  return world.log.filter((line) => line.startsWith(`${action} `)).map((line) => line.slice(action.length + 1));
}

/** Seconds from the start of the world to a record. */
export function secondsOf(world: FakeWorld, kind: string): number {
  return (Date.parse(world.record(kind).at) - START_MS) / 1000;
}

/** Brings an experiment so far as its execution has come when it dies; `recorded`: it has looked once since its act. */
export async function bring(
  world: FakeWorld,
  order: ExperimentOrder,
  to: 'admitted' | 'acted' | 'recorded',
  owner = `owner of ${order.experiment}`,
): Promise<Admitted> {
  const admission = await admit(world, order, owner);
  if (admission.kind !== 'admitted') throw new Error(`${order.experiment} was not admitted: ${admission.because}`);
  if (to === 'admitted') return admission;
  const injected: Injected[] = [];
  for (const target of admission.running.targets) injected.push(await inject(world, admission.running, target));
  if (to === 'acted') return admission;
  const { progress } = await recordInjections(world, admission.running, injected);
  await look(world, { ...admission, running: withOutcomes(admission.running, injected) }, progress, undefined);
  return admission;
}

/** A second group on container hosts. */
export function addGroup(world: FakeWorld, name: string, tags: Readonly<Record<string, string>> = {}): FakeService {
  const more = { 'chaos:opt-in': 'true', 'chaos:faults': 'pause-container', ...tags };
  return world.addService(name, 3, more).onHosts();
}

/** What distinguishes an order for a group of `addGroup`. */
export function ofGroup(name: string): Pick<ExperimentOrder, 'experiment' | 'group' | 'services'> {
  return { experiment: `${name}-1`, group: `shop/${name}`, services: [{ cluster: 'shop', service: name }] };
}
