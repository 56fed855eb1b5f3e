import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forbiddenTo, LEAST_MEMBERS, TOPOLOGIES, type Topology } from '../../../lib/faults/hosts/topology.ts';

const SCRIPT = path.join(import.meta.dirname, '../../../lib/faults/hosts/network-partition.sh');
const cutting = TOPOLOGIES.filter((one) => one !== 'none');
const places = fc
  .integer({ min: 4, max: 32 })
  .chain((count) =>
    fc.record({ count: fc.constant(count), own: fc.nat(count - 1), topology: fc.constantFrom(...cutting) }),
  );

/** For each member the others that it reaches. */
const reach = (topology: Topology, count: number): number[][] =>
  Array.from({ length: count }, (_, own) => {
    const forbidden = forbiddenTo(topology, count, own);
    return Array.from({ length: count }, (__, other) => other).filter(
      (other) => other !== own && !forbidden.includes(other),
    );
  });

describe('a topology', () => {
  it('forbids a pair from both of its ends, and nobody itself', () => {
    fc.assert(
      fc.property(places, ({ topology, count, own }) => {
        const forbidden = forbiddenTo(topology, count, own);
        expect(forbidden).not.toContain(own);
        for (const other of forbidden) expect(forbiddenTo(topology, count, other)).toContain(own);
      }),
    );
  });

  it('is, of five, what its name says', () => {
    expect(reach('none', 5)).toEqual([
      [1, 2, 3, 4],
      [0, 2, 3, 4],
      [0, 1, 3, 4],
      [0, 1, 2, 4],
      [0, 1, 2, 3],
    ]);
    expect(reach('split', 5)).toEqual([[1, 2], [0, 2], [0, 1], [4], [3]]);
    expect(reach('bridge', 5)).toEqual([
      [1, 2],
      [0, 2],
      [0, 1, 3, 4],
      [2, 4],
      [2, 3],
    ]);
    expect(reach('single-bridge', 5)).toEqual([[1, 2], [0, 2], [0, 1, 3], [2, 4], [3]]);
    expect(reach('ring', 5)).toEqual([
      [1, 4],
      [0, 2],
      [1, 3],
      [2, 4],
      [0, 3],
    ]);
  });

  it('leaves a majority, by more than half, that sees itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 32 }), (count) => {
        const sizes = reach('split', count).map((others) => others.length + 1);
        expect(sizes.filter((size) => size === Math.floor(count / 2) + 1)).toHaveLength(Math.floor(count / 2) + 1);
        expect(new Set(sizes).size).toBeLessThanOrEqual(2);
      }),
    );
  });

  it.each(cutting)('cuts somebody from its least number of members on: %s', (topology) => {
    const isCut = (count: number) => reach(topology, count).some((others) => others.length < count - 1);
    expect([isCut(LEAST_MEMBERS[topology] - 1), isCut(LEAST_MEMBERS[topology])]).toEqual([false, true]);
  });

  it('is the same when a host works it out', () => {
    // The function alone, of the script that runs on the host.
    const text = /^forbidden_members\(\) \{\n[\s\S]*?^\}$/m.exec(readFileSync(SCRIPT, 'utf8'))?.[0] ?? '';
    const asked = cutting.flatMap((topology) =>
      [2, 3, 4, 5, 6, 7, 9, 12].flatMap((count) =>
        Array.from({ length: count }, (_, own) => ({ topology, count, own })),
      ),
    );
    const calls = asked.map(({ topology, count, own }) => `forbidden_members ${topology} ${count} ${own}; echo .`);
    for (const shell of [['dash'], ['busybox', 'ash']]) {
      const said = execFileSync(shell[0] as string, [...shell.slice(1), '-c', [text, ...calls].join('\n')], {
        encoding: 'utf8',
      });
      const each = said
        .split('.\n')
        .slice(0, -1)
        .map((lines) => lines.split('\n').filter(Boolean).map(Number));
      expect(each).toEqual(asked.map(({ topology, count, own }) => forbiddenTo(topology, count, own)));
    }
  });
});
