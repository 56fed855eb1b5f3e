import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type PlanEntry, planParts } from '../../lib/audit/plan-parts.ts';

/** Names as tags allow them, the longest ones too; details as long as a freeze's name may be. */
const entry: fc.Arbitrary<PlanEntry> = fc.oneof(
  fc.record({
    group: fc.string({ minLength: 1, maxLength: 511 }),
    experiment: fc.string({ maxLength: 64 }),
    at: fc.constant('2026-03-02T10:00:00Z'),
    fault: fc.constant('stop-task'),
  }),
  fc.record(
    {
      group: fc.string({ minLength: 1, maxLength: 511 }),
      because: fc.constantFrom('not-drawn', 'freeze'),
      detail: fc.string({ maxLength: 200 }),
      chance: fc.double({ min: 0, max: 1, noNaN: true }),
    },
    { requiredKeys: ['group', 'because', 'detail'] },
  ),
);

it('every entry stands in exactly one part, in order, and no part is empty', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), fc.integer({ min: 1, max: 60 }), (some, times) => {
      const entries = Array.from({ length: times }, () => some).flat();
      const parts = planParts(entries);
      expect(parts.flat()).toEqual(entries);
      expect(parts.every((part) => part.length > 0)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

it('a plan without groups has no part', () => {
  expect(planParts([])).toEqual([]);
});

it('a part is as long as it may be, and no longer', () => {
  const entries = Array.from({ length: 10_000 }, (_, n): PlanEntry => {
    const group = `shop/a-service-with-a-usual-name-${n}`;
    return { group, because: 'not-drawn', detail: 'the chance was 20.0 %', chance: 0.2 };
  });
  const parts = planParts(entries);
  const lengths = parts.map((part) => JSON.stringify(part).length);
  expect(parts.length).toBeGreaterThan(10);
  for (const length of lengths) expect(length).toBeLessThanOrEqual(100_001);
  // Parts that are half empty would be records for nothing.
  for (const length of lengths.slice(0, -1)) expect(length).toBeGreaterThan(99_500);
});

it('a part fits an event of the bus whatever letters its names have', () => {
  const entries = Array.from({ length: 3_000 }, (_, n): PlanEntry => {
    return { group: `${'店'.repeat(240)}${n}`, because: 'freeze', detail: '凍'.repeat(200) };
  });
  for (const part of planParts(entries))
    expect(Buffer.byteLength(JSON.stringify(part))).toBeLessThan(256 * 1024 - 2_000);
});
