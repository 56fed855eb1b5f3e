import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../lib/audit/metrics-of.ts';
import { NOTICED } from '../../lib/audit/notice.ts';
import { HOST_FAULTS } from '../../lib/faults/hosts/catalogue.ts';
import { UNDO_DOCUMENT } from '../../lib/faults/hosts/documents.ts';

const read = (name: string): string => readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');
const page = read('runbook.md');
const faults = read('faults.md');

/** Rows of a table below a heading, cell by cell. */
function table(heading: string): string[][] {
  const section = page.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('the runbook', () => {
  it('has a section where the alarm and the mail point to', () => {
    expect(page).toMatch(/^## undo-failed$/m);
  });

  it('says what undoing by hand is, for both families of faults', () => {
    expect(page).toMatch(/^ +### Faults on container hosts$/m);
    expect(page).toMatch(/^ +### Faults through AWS’s APIs$/m);
    expect(page).toContain(`--document-name STACK-${UNDO_DOCUMENT.name} `);
  });

  it.each(HOST_FAULTS.filter(({ kind }) => kind === 'reversible'))(
    'finds with $name what to run on its host',
    ({ name }) => {
      const section = faults.slice(faults.indexOf(`\n## ${name}\n`)).split('\n## ')[1] ?? '';
      expect(section).toMatch(/^- by hand, on the host as root: `.{10,}`$/m);
    },
  );

  it('lists every metric with its unit and what it counts', () => {
    const listed = table('Metrics').map(([name, unit, counts]) => [name, unit, counts]);
    expect(listed).toEqual(Object.entries(METRICS).map(([name, { unit, says }]) => [`\`${name}\``, unit, says]));
  });

  it('lists every kind of which people get a notice, and no other', () => {
    const listed = table('Notices').flatMap(([kinds = '']) => kinds.replaceAll('`', '').split(', '));
    const told = Object.entries(NOTICED).flatMap(([kind, isTold]) => (isTold ? [kind] : []));
    expect(new Set(listed)).toEqual(new Set(['announced', ...told]));
    expect(listed).toHaveLength(told.length + 1);
  });
});
