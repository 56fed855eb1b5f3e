import fc from 'fast-check';
import { expect, it } from 'vitest';
import { both, covers, overlap } from '../../../lib/faults/http/path-patterns.ts';

const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 });
const path = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
const matches = (one: string, text: string): boolean =>
  new RegExp(`^${one.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text);

/** A path that the pattern matches. */
const filled = (one: string, letters: string): string =>
  [...one].map((at, n) => (at === '*' ? letters.slice(n % 3) : at === '?' ? (letters[n] ?? 'a') : at)).join('');

it('a pattern that covers another matches whatever it matches', () => {
  let covered = 0;
  fc.assert(
    fc.property(pattern, pattern, path, (wide, narrow, letters) => {
      if (!covers(wide, narrow)) return;
      covered += 1;
      expect(matches(wide, filled(narrow, letters))).toBe(true);
    }),
    { numRuns: 2000 },
  );
  expect(covered).toBeGreaterThan(50);
});

it('patterns that do not overlap have no path in common', () => {
  let apart = 0;
  fc.assert(
    fc.property(pattern, pattern, path, (one, other, letters) => {
      if (overlap(one, other)) return;
      apart += 1;
      expect(matches(other, filled(one, letters))).toBe(false);
    }),
    { numRuns: 2000 },
  );
  expect(apart).toBeGreaterThan(50);
});

it.each([
  ['*', '/a?', '/a?'],
  ['/cart/*', '/cart/pay*', '/cart/pay*'],
  ['/cart/pay*', '/*', '/cart/pay*'],
  ['/cart/?', '/cart/x', '/cart/x'],
  ['/a', '/a', '/a'],
  ['/a/*', '/b/*', undefined],
  ['/a?', '/a', undefined],
  ['', '/a', undefined],
])('%s and %s have in common %s', (one, other, common) => {
  expect([both(one, other), both(other, one)]).toEqual([common, common]);
});

it('what no one pattern says is an error', () => {
  expect(() => both('/a/*', '*/b')).toThrow('the paths /a/* and */b overlap');
  expect(covers('?', '*')).toBe(false);
});
