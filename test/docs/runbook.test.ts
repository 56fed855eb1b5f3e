import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../lib/audit/metrics-of.ts';
import { NOTICED } from '../../lib/audit/notice.ts';
import { FAULTS } from '../../lib/faults/catalogue.ts';

const page = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');

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

  it.each([...FAULTS.keys()])('says what undoing %s by hand is', (fault) => {
    expect(page).toMatch(new RegExp(`^ +### ${fault}$`, 'm'));
  });

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
