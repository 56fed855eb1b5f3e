import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draw } from '../../lib/core/draw.ts';
import type { EligibilityRules } from '../../lib/core/target.ts';
import { chooseZone } from '../../lib/core/zone-choice.ts';
import { chiSquare, oneInThousand } from './chi-square.ts';
import { aTask, NOON_MS } from './examples.ts';

const rules: EligibilityRules = { optInTag: 'chaos:opt-in', minimumAgeSeconds: 300, nowMs: NOON_MS };
const tasks = (zones: string) => [...zones].map((zone, index) => aTask(`t${index}`, { zone }));
const names = (resources: readonly string[]) => resources.map((one) => one.split('/').at(-1));

describe('the choice of a zone', () => {
  it('takes every eligible target of the zone that is drawn, and none of another', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 30 }),
        fc.string(),
        (zones, seed) => {
          const { zone, picked, positions, candidates, draws } = chooseZone(
            tasks(zones.join('')),
            rules,
            seed,
            'label',
          );
          expect(draws).toEqual([draw(seed, 'label/zone', new Set(zones).size)]);
          expect(picked.every((one) => 'zone' in one && one.zone === zone?.name)).toBe(true);
          expect(picked).toHaveLength(zones.filter((one) => one === zone?.name).length);
          expect(positions.map((position) => candidates[position])).toEqual(picked.map(({ resource }) => resource));
        },
      ),
    );
  });

  it('draws each zone as often as another, however much is in it', () => {
    const drawn: (string | undefined)[] = [];
    for (let n = 0; n < 6000; n++) {
      const { zone } = chooseZone(tasks('aaaaaaabbc'), rules, 'seed', `label-${n}`);
      drawn.push(zone?.name);
    }
    const counts = ['a', 'b', 'c'].map((name) => drawn.filter((one) => one === name).length);
    expect(chiSquare(counts)).toBeLessThan(oneInThousand(2));
  });

  it('leaves out who is not eligible, and who has no zone, and draws no zone for their sake', () => {
    const all = [
      aTask('old', { zone: 'a' }),
      aTask('young', { zone: 'b', startedAtMs: NOON_MS - 1000 }),
      aTask('nowhere'),
      aTask('blank', { zone: '' }),
    ];
    const { picked, ineligible, zone } = chooseZone(all, rules, 'seed', 'label');
    expect(names(picked.map(({ resource }) => resource))).toEqual(['old']);
    expect(zone).toEqual({ name: 'a', among: [{ name: 'a', positions: [0] }] });
    expect(ineligible.map(({ target, because }) => [names([target])[0], because])).toEqual([
      ['blank', 'zone-unknown'],
      ['nowhere', 'zone-unknown'],
      ['young', 'too-young'],
    ]);
  });

  it('takes the zone that is asked for without a draw, and nobody when no candidate is there', () => {
    const asked = chooseZone(tasks('aab'), rules, 'seed', 'label', 'a');
    expect(asked).toMatchObject({ draws: [], positions: [0, 1], zone: { name: 'a', asked: 'a' } });
    const empty = chooseZone(tasks('aab'), rules, 'seed', 'label', 'c');
    expect(empty).toMatchObject({ draws: [], picked: [], positions: [] });
    expect(empty.zone).toEqual({
      asked: 'c',
      among: [
        { name: 'a', positions: [0, 1] },
        { name: 'b', positions: [2] },
      ],
    });
  });

  it('has no zone where there is no candidate', () => {
    expect(chooseZone([], rules, 'seed', 'label')).toMatchObject({ picked: [], draws: [], zone: { among: [] } });
  });
});
