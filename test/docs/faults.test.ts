import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAULT_NAMES, FAULTS } from '../../lib/faults/catalogue.ts';
import { factsOf } from '../../lib/faults/page/fault-facts.ts';
import { faultsPage } from '../../lib/faults/page/faults-page.ts';
import { ASPECTS, DESCENT, FALLACIES } from '../../lib/faults/page/lineage.ts';

const facts = [...FAULTS.values()].map(factsOf);
const page = faultsPage(facts);

it('docs/faults.md is what npm run docs would write', () => {
  expect(readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'faults.md'), 'utf8')).toBe(page);
});

describe('the page', () => {
  it.each(facts)('says all of $name', ({ name, summary, undo, parameters, prerequisites, permissions }) => {
    const section = page.slice(page.indexOf(`\n## ${name}\n`)).split('\n## ')[1] ?? '';
    for (const part of [summary, undo, ...prerequisites]) expect(section).toContain(part);
    for (const parameter of parameters) {
      expect(parameter.description, parameter.name).not.toBe('');
      expect(section).toMatch(new RegExp(`\\| \`${parameter.name}\` +\\|`));
    }
    for (const action of permissions.flatMap(({ actions }) => actions)) expect(section).toContain(`\`${action}\``);
  });

  it('tests each of the eight fallacies and each aspect of the talk with faults that exist', () => {
    expect(FALLACIES).toHaveLength(8);
    expect(ASPECTS).toHaveLength(6);
    for (const { what, faults } of [...FALLACIES, ...ASPECTS]) {
      expect(faults.length, what).toBeGreaterThan(0);
      expect(
        faults.filter((name) => !FAULT_NAMES.includes(name)),
        what,
      ).toEqual([]);
    }
  });

  it('has a fault of ours for each of the ancestors’', () => {
    for (const { ancestor, theirs, ours } of DESCENT) {
      expect(ours.length, `${ancestor} ${theirs}`).toBeGreaterThan(0);
      expect(
        ours.filter((name) => !FAULT_NAMES.includes(name)),
        `${ancestor} ${theirs}`,
      ).toEqual([]);
    }
    expect(new Set(DESCENT.map(({ ancestor }) => ancestor))).toEqual(
      new Set([
        'Simian Army',
        'Chaos Monkey 2.0',
        'Chaos Gorilla',
        'Wehkamp',
        'Pumba',
        'Mizaru',
        'Blockade',
        'kubernetes#4548',
        'DRAX',
      ]),
    );
  });
});
