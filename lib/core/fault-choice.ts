import { type Draw, draw } from './draw.ts';
import { type Group, kindOf } from './group.ts';
import type { WeightedFault } from './settings.ts';

/** What a fault acts on. */
export type Scope = 'task' | 'container' | 'host' | 'service' | 'scaling-group' | 'zone';
/** Where it works. */
export type Reach = 'fargate' | 'ec2' | 'external';

/** A fault, as far as the choice among faults depends on it. */
export interface FaultKind {
  readonly name: string;
  /** At most one for services and one for hosts. */
  readonly scopes: readonly Scope[];
  readonly reach: readonly Reach[];
}

/** Scopes that mean something to services, and to hosts. */
export const SCOPES: Readonly<Record<'service' | 'hosts', readonly Scope[]>> = {
  service: ['task', 'container', 'service', 'zone'],
  hosts: ['host', 'scaling-group', 'zone'],
};

/** Whether a fault means something to a group at all. */
export function appliesTo(fault: Pick<FaultKind, 'scopes'>, group: Pick<Group, 'hosts'>): boolean {
  return scopeFor(fault, group) !== undefined;
}

/** What the fault acts on in a group of this kind; undefined when it means nothing there. */
export function scopeFor({ scopes }: Pick<FaultKind, 'scopes'>, group: Pick<Group, 'hosts'>): Scope | undefined {
  return scopes.find((scope) => SCOPES[kindOf(group)].includes(scope));
}

/** The faults that the group allows and that apply to it, in the group's own order. */
export function applicableFaults(group: Group, faults: readonly FaultKind[]): WeightedFault[] {
  return group.settings.faults.filter(({ name }) =>
    faults.some((fault) => fault.name === name && appliesTo(fault, group)),
  );
}

/** One of the faults, each as likely as its weight says. The draw is made among as many places as there are weights. */
export function drawFault(
  seed: string,
  label: string,
  faults: readonly WeightedFault[],
): { fault: string; draw: Draw } {
  const made = draw(
    seed,
    label,
    faults.reduce((sum, { weight }) => sum + weight, 0),
  );
  return { fault: faultAt(faults, made.picked), draw: made };
}

/** The fault that has the place in a list where each fault stands as often as its weight says. */
export function faultAt(faults: readonly WeightedFault[], place: number): string {
  let left = place;
  for (const { name, weight } of faults) {
    if (left < weight) return name;
    left -= weight;
  }
  throw new RangeError(`place ${place} is outside the weights: the draw and the faults do not fit`);
}
