import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawDistinct } from '../../lib/core/draw.ts';
import {
  type Candidate,
  chooseTargets,
  type EligibilityRules,
  ineligibility,
  targetOf,
} from '../../lib/core/target.ts';
import { chiSquare, oneInThousand } from './chi-square.ts';
import { aTask, NOON_MS } from './examples.ts';

const rules: EligibilityRules = { optInTag: 'chaos:opt-in', minimumAgeSeconds: 300, nowMs: NOON_MS };

describe('a task', () => {
  it.each([
    [{}, undefined],
    [{ healthStatus: 'UNKNOWN' }, undefined],
    [{ startedAtMs: NOON_MS - 300_000 }, undefined],
    [{ desiredStatus: 'STOPPED' }, 'stopping'],
    [{ desiredStatus: 'STOPPED', lastStatus: 'STOPPED' }, 'stopping'],
    [{ lastStatus: 'PENDING' }, 'not-running'],
    [{ lastStatus: 'DEACTIVATING' }, 'not-running'],
    [{ startedAtMs: undefined }, 'not-running'],
    [{ healthStatus: 'UNHEALTHY' }, 'unhealthy'],
    [{ isProtected: true }, 'protected'],
    [{ launchType: 'MANAGED_INSTANCES' }, 'managed-instance'],
    [{ startedAtMs: NOON_MS - 299_999 }, 'too-young'],
    [{ startedAtMs: NOON_MS + 60_000 }, 'too-young'],
    [{ tags: {} }, 'tag-not-propagated'],
    [{ tags: { 'chaos:opt-in': 'True' } }, 'tag-not-propagated'],
    [{ tags: { 'other:opt-in': 'true' } }, 'tag-not-propagated'],
  ] as const)('with %j is %s', (changes, because) => {
    expect(ineligibility(aTask('one', changes), rules)).toBe(because);
  });

  it.each([
    ['FARGATE', ['fargate'], undefined],
    ['FARGATE', ['ec2', 'fargate'], undefined],
    ['EC2', ['ec2'], undefined],
    ['EXTERNAL', ['external'], undefined],
    ['FARGATE', ['ec2', 'external'], 'out-of-reach'],
    ['EC2', ['fargate'], 'out-of-reach'],
    ['EC2', [], 'out-of-reach'],
    ['EC2', undefined, undefined],
  ] as const)('on %s is within reach of a fault that works on %j: %s', (launchType, reach, because) => {
    expect(ineligibility(aTask('one', { launchType }), { ...rules, ...(reach ? { reach } : {}) })).toBe(because);
  });
});

describe('a task under another experiment', () => {
  const claimed = new Set([aTask('one').resource]);

  it.each([
    [{}, 'under-experiment'],
    [{ tags: {} }, 'under-experiment'],
    [{ startedAtMs: NOON_MS - 1 }, 'too-young'],
    [{ isProtected: true }, 'protected'],
  ] as const)('with %j is %s', (changes, because) => {
    expect(ineligibility(aTask('one', changes), { ...rules, claimed })).toBe(because);
  });

  it('does not keep others from being targets', () => {
    expect(ineligibility(aTask('two'), { ...rules, claimed })).toBeUndefined();
    expect(ineligibility(aTask('one'), { ...rules, claimed: new Set() })).toBeUndefined();
  });

  it('is no candidate, is named as such, and is never drawn', () => {
    const tasks = ['a', 'one', 'b'].map((name) => aTask(name));
    for (let day = 0; day < 50; day++) {
      const choice = chooseTargets(tasks, { ...rules, claimed }, 'seed', `day-${day}`, 3);
      expect(choice.candidates).toEqual([aTask('a').resource, aTask('b').resource]);
      expect(choice.ineligible).toEqual([{ target: aTask('one').resource, because: 'under-experiment' }]);
      expect(new Set(choice.picked.map(({ resource }) => resource))).toEqual(new Set(choice.candidates));
    }
  });
});

describe('a choice of targets', () => {
  const tasks = ['d', 'b', 'a', 'c'].map((name) => aTask(name));

  it('sorts the candidates, says positions among them, and can be replayed from its label', () => {
    const choice = chooseTargets(tasks, rules, 'seed', 'label', 2);
    const arns = ['a', 'b', 'c', 'd'].map((name) => aTask(name).resource);
    const { picked, draws } = drawDistinct('seed', 'label', 4, 2);
    expect(choice.candidates).toEqual(arns);
    expect(choice.positions).toEqual(picked);
    expect(choice.draws).toEqual(draws);
    expect(choice.picked.map(({ resource }) => resource)).toEqual(picked.map((index) => arns[index]));
  });

  it('does not depend on the order in which tasks are listed, nor on one listed twice', () => {
    const one = chooseTargets(tasks, rules, 'seed', 'label', 3);
    expect(chooseTargets([...tasks].reverse(), rules, 'seed', 'label', 3)).toEqual(one);
    expect(chooseTargets([...tasks, ...tasks], rules, 'seed', 'label', 3)).toEqual(one);
  });

  it('says of every other task why it is none', () => {
    const choice = chooseTargets(
      [aTask('z', { isProtected: true }), aTask('a'), aTask('b', { tags: {} })],
      rules,
      'seed',
      'label',
      5,
    );
    expect(choice.ineligible).toEqual([
      { target: aTask('b').resource, because: 'tag-not-propagated' },
      { target: aTask('z').resource, because: 'protected' },
    ]);
    expect(choice.picked.map(({ resource }) => resource)).toEqual([aTask('a').resource]);
  });

  it('of no task is empty', () => {
    expect(chooseTargets([], rules, 'seed', 'label', 1)).toEqual({
      candidates: [],
      ineligible: [],
      picked: [],
      positions: [],
      draws: [],
    });
  });

  it('never hits a dead, stopping, unhealthy, protected, too young or untagged task, in 500 random fleets', () => {
    const flaw: fc.Arbitrary<Partial<Candidate>> = fc.constantFrom<Partial<Candidate>>(
      { lastStatus: 'STOPPED', desiredStatus: 'STOPPED' },
      { lastStatus: 'DEPROVISIONING' },
      { lastStatus: 'PENDING', startedAtMs: undefined },
      { desiredStatus: 'STOPPED' },
      { healthStatus: 'UNHEALTHY' },
      { isProtected: true },
      { launchType: 'MANAGED_INSTANCES' },
      { startedAtMs: NOON_MS - 1000 },
      { tags: {} },
      {},
      {},
      {},
    );
    const fleet = fc
      .array(fc.array(flaw, { maxLength: 2 }), { maxLength: 30 })
      .map((all) => all.map((flaws, index) => aTask(`t${index}`, Object.assign({}, ...flaws))));
    fc.assert(
      fc.property(fleet, fc.string(), fc.integer({ min: 1, max: 5 }), (all, seed, count) => {
        const { picked, candidates, ineligible } = chooseTargets(all, rules, seed, 'label', count);
        for (const task of picked) {
          expect(task).toEqual({ ...targetOf(aTask('x')), resource: task.resource });
          expect(all.find(({ resource }) => resource === task.resource)).toEqual({
            ...aTask('x'),
            resource: task.resource,
          });
        }
        expect(new Set(picked.map(({ resource }) => resource)).size).toBe(Math.min(count, candidates.length));
        expect(candidates.length + ineligible.length).toBe(all.length);
      }),
      { numRuns: 500 },
    );
  });

  it('hits each candidate equally often', () => {
    const hits = new Map<string, number>();
    for (let day = 0; day < 4000; day++) {
      const [picked] = chooseTargets(tasks, rules, 'seed', `day-${day}`, 1).picked;
      hits.set(picked?.resource ?? '', (hits.get(picked?.resource ?? '') ?? 0) + 1);
    }
    expect(hits.size).toBe(4);
    expect(chiSquare([...hits.values()])).toBeLessThan(oneInThousand(3));
  });
});
