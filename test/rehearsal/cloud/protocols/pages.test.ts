import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareText, itemsAfter, takePage } from '../../../../lib/rehearsal/cloud/protocols/pages.ts';

const same = (key: string) => key;

it('pages of any size give each wanted item once and in order, whatever the items', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ maxLength: 4 })), fc.integer({ min: 1, max: 7 }), (keys, size) => {
      const sorted = keys.toSorted(compareText);
      const isWanted = (key: string) => !key.includes('a');
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: ReturnType<typeof takePage<string>> = takePage(
          itemsAfter(sorted, same, cursor),
          isWanted,
          same,
          size,
        );
        if (page.next !== null) expect(page.items).toHaveLength(size);
        seen.push(...page.items);
        cursor = page.next;
      } while (cursor !== null);
      expect(seen).toEqual(sorted.filter(isWanted));
    }),
  );
});

it('a page in the middle of a long list reads little more than itself', () => {
  const sorted = Array.from({ length: 100_000 }, (_, n) => String(n).padStart(6, '0'));
  let reads = 0;
  const keyOf = (key: string) => {
    reads += 1;
    return key;
  };
  const { items } = takePage(itemsAfter(sorted, keyOf, '050000'), () => true, same, 100);
  expect([items[0], items.at(-1)]).toEqual(['050001', '050100']);
  expect(reads).toBeLessThan(20);
});
