import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..', '..');
const rows = [
  ...readFileSync(path.join(ROOT, 'docs', 'ancestors.md'), 'utf8').matchAll(/\| `(test\/\S+)`: (.+?) *\|$/gm),
];
const tests = rows.map(([, file = '', title = '']) => [file, title.trim()] as const);

it('each line of the page names a test', () => {
  expect(tests.length).toBeGreaterThan(20);
});

it.each(tests)('%s has the test "%s"', (file, title) => {
  expect(existsSync(path.join(ROOT, file))).toBe(true);
  expect(readFileSync(path.join(ROOT, file), 'utf8')).toContain(title);
});
