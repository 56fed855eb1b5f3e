import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLOT_WIDTHS_PX, placeLabels, spread, type WantedLabel } from '../../../lib/rehearsal/report/labels.ts';

const wanted: fc.Arbitrary<WantedLabel> = fc.record({
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  widthsPx: fc.tuple(fc.integer({ min: 20, max: 105 }), fc.integer({ min: 20, max: 200 })),
});

function box(label: WantedLabel, anchor: 'start' | 'end', layout: number, plotWidthPx: number) {
  const line = label.share * plotWidthPx;
  const width = label.widthsPx[layout] ?? 0;
  return anchor === 'start' ? { from: line, to: line + width, line } : { from: line - width, to: line, line };
}

const placedAt = (labels: readonly WantedLabel[], layout: number, plotWidthPx: number) =>
  placeLabels(labels).map((place, index) => ({
    ...place,
    ...box(labels[index] ?? { share: 0, widthsPx: [] }, place.anchor, layout, plotWidthPx),
  }));

const layoutOf = fc.constantFrom(0, 1);
const extraPx = fc.integer({ min: 0, max: 900 });
const many = fc.array(wanted, { maxLength: 14 });

describe('labels of moments', () => {
  it('never overlap and stay in the plot, at the narrowest and at every greater width', () => {
    fc.assert(
      fc.property(many, layoutOf, extraPx, (labels, layout, extra) => {
        const width = (PLOT_WIDTHS_PX[layout] ?? 0) + extra;
        const placed = placedAt(labels, layout, width);
        expect(placed).toHaveLength(labels.length);
        for (const [index, one] of placed.entries()) {
          expect(one.from).toBeGreaterThanOrEqual(-1e-6);
          expect(one.to).toBeLessThanOrEqual(width + 1e-6);
          expect(one.row).toBeLessThan(labels.length);
          for (const other of placed.slice(index + 1)) {
            if (one.row === other.row) expect(one.to <= other.from + 1e-6 || other.to <= one.from + 1e-6).toBe(true);
          }
        }
      }),
    );
  });

  it('are never cut by another label’s line while all stand on the same side of their lines', () => {
    fc.assert(
      fc.property(many, fc.boolean(), layoutOf, extraPx, (labels, right, layout, extra) => {
        // All where every label has room to the right of its line, or where none has.
        const sided = labels.map((label) => ({ ...label, share: right ? 0.95 + label.share / 20 : label.share / 2 }));
        const placed = placedAt(sided, layout, (PLOT_WIDTHS_PX[layout] ?? 0) + extra);
        expect(new Set(placed.map(({ anchor }) => anchor)).size).toBeLessThan(2);
        for (const one of placed) {
          for (const other of placed.filter(({ row }) => row > one.row)) {
            expect(one.line > other.from + 1e-6 && one.line < other.to - 1e-6).toBe(false);
          }
        }
      }),
    );
  });

  it('share a row where there is room, and go to the left of their line at the right edge', () => {
    const label = (share: number): WantedLabel => ({ share, widthsPx: [60, 90] });
    expect(placeLabels([label(0.1), label(0.5), label(0.95)])).toEqual([
      { row: 0, anchor: 'start' },
      { row: 1, anchor: 'start' },
      { row: 0, anchor: 'end' },
    ]);
  });
});

describe('labels at the ends of curves', () => {
  it('are moved apart as little as needed, in their order', () => {
    expect(spread([50, 10, 52], 14, 0, 100)).toEqual([50, 10, 64]);
    expect(spread([70, 70, 70], 14, 0, 72)).toEqual([44, 58, 72]);
    expect(spread([], 14, 0, 72)).toEqual([]);
  });

  it('keep their distance and their place in the plot whenever there is room', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 7 }), (heights) => {
        const moved = spread(heights, 14, 0, 100);
        const sorted = moved.toSorted((a, b) => a - b);
        for (const [index, height] of sorted.entries()) {
          expect(height).toBeGreaterThanOrEqual(-1e-6);
          expect(height).toBeLessThanOrEqual(100 + 1e-6);
          if (index > 0) expect(height - (sorted[index - 1] ?? 0)).toBeGreaterThanOrEqual(14 - 1e-6);
        }
      }),
    );
  });
});
