import { describe, expect, it } from 'vitest';
import { draw } from '../../lib/core/draw.ts';
import {
  applicableFaults,
  appliesTo,
  drawFault,
  type FaultKind,
  faultAt,
  type Scope,
} from '../../lib/core/fault-choice.ts';
import type { WeightedFault } from '../../lib/core/settings.ts';
import { chiSquare, oneInThousand } from './chi-square.ts';
import { aGroup, aHostGroup, alike, FAULT_KINDS } from './examples.ts';

const DRAWS = 20_000;

/** How often each fault is drawn, in the order of the list, over so many labels. */
function counts(faults: readonly WeightedFault[]): number[] {
  const found = new Map<string, number>(faults.map(({ name }) => [name, 0]));
  for (let index = 0; index < DRAWS; index++) {
    const { fault } = drawFault('seed', `${index}/fault/shop`, faults);
    found.set(fault, (found.get(fault) ?? 0) + 1);
  }
  return [...found.values()];
}

describe('the choice of a fault', () => {
  it('finds each as likely as the others when none has a weight', () => {
    const found = counts(alike('stop-task', 'network-latency', 'cpu', 'disk'));
    expect(found).toHaveLength(4);
    expect(chiSquare(found)).toBeLessThan(oneInThousand(3));
  });

  it('finds each as likely as its weight says', () => {
    const faults = [
      { name: 'stop-task', weight: 5 },
      { name: 'network-latency', weight: 1 },
      { name: 'cpu', weight: 3 },
      { name: 'disk', weight: 1 },
    ];
    const found = counts(faults);
    const statistic = found.reduce((sum, count, index) => {
      const expected = (DRAWS * (faults[index]?.weight ?? 0)) / 10;
      return sum + (count - expected) ** 2 / expected;
    }, 0);
    expect(statistic).toBeLessThan(oneInThousand(3));
  });

  it('is a draw among as many places as there are weights, and can be replayed from the record', () => {
    const faults = [
      { name: 'a', weight: 2 },
      { name: 'b', weight: 3 },
    ];
    const { fault, draw: made } = drawFault('seed', 'label', faults);
    expect(made).toEqual(draw('seed', 'label', 5));
    expect(faultAt(faults, made.picked)).toBe(fault);
    expect([0, 1, 2, 3, 4].map((place) => faultAt(faults, place))).toEqual(['a', 'a', 'b', 'b', 'b']);
    expect(() => faultAt(faults, 5)).toThrow('place 5 is outside the weights');
  });
});

describe('a fault', () => {
  it.each([
    ['task', true, false],
    ['container', true, false],
    ['service', true, false],
    ['host', false, true],
    ['scaling-group', false, true],
    ['zone', true, true],
  ] as const)('that acts on a %s means something to services: %s, to hosts: %s', (scope: Scope, services, hosts) => {
    expect(appliesTo({ scopes: [scope] }, aGroup('shop'))).toBe(services);
    expect(appliesTo({ scopes: [scope] }, aHostGroup('hosts'))).toBe(hosts);
  });

  it('is to be had when the group allows it, the catalogue has it and it applies, in the order and weight of the group', () => {
    const faults = [
      { name: 'terminate-host', weight: 4 },
      { name: 'network-latency', weight: 2 },
      { name: 'gone', weight: 7 },
      { name: 'stop-task', weight: 1 },
    ];
    expect(applicableFaults(aGroup('shop', { faults }), FAULT_KINDS)).toEqual([faults[1], faults[3]]);
    expect(applicableFaults(aHostGroup('hosts', { faults }), FAULT_KINDS)).toEqual([faults[0]]);
    expect(applicableFaults(aGroup('shop', { faults: alike('stop-task') }), FAULT_KINDS)).toEqual(alike('stop-task'));
    expect(applicableFaults(aGroup('shop', { faults }), [] satisfies FaultKind[])).toEqual([]);
  });
});
