import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { guardsPage, strayCodes } from '../../lib/core/guards-page.ts';

it('the page of the guards is what "npm run docs" writes', () => {
  const page = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'guards.md'), 'utf8');
  expect(page).toBe(guardsPage());
});

it('the page has every code once', () => {
  expect(strayCodes()).toEqual([]);
});
