/** A label that wants to stand at a share of the plot's width. `widthsPx` has its width in each layout, see {@link PLOT_WIDTHS_PX}. */
export interface WantedLabel {
  readonly share: number;
  readonly widthsPx: readonly number[];
}

/** Where a label stands: in a row (0 is the topmost), to the right of its line (`start`) or to the left of it (`end`). */
export interface PlacedLabel {
  readonly row: number;
  readonly anchor: 'start' | 'end';
}

/**
 * The narrowest plot of each layout: on a telephone of 360 px, and on what the style sheet calls wide.
 * A page has no script to lay labels out anew, so they are placed for these; at any greater width they are further apart.
 */
export const PLOT_WIDTHS_PX: readonly number[] = [220, 470];

/** Free space between two labels in a row, in pixels. */
const GAP_PX = 6;

interface Extent {
  readonly from: number;
  readonly to: number;
  readonly line: number;
}

function extents(label: WantedLabel, anchor: PlacedLabel['anchor']): Extent[] {
  return label.widthsPx.map((width, layout) => {
    const line = label.share * (PLOT_WIDTHS_PX[layout] ?? 0);
    return anchor === 'start' ? { from: line, to: line + width, line } : { from: line - width, to: line, line };
  });
}

const overlap = (a: Extent, b: Extent): boolean => a.from < b.to + GAP_PX && b.from < a.to + GAP_PX;
const cuts = (line: number, label: Extent): boolean => line > label.from && line < label.to + GAP_PX / 2;

interface Standing {
  readonly row: number;
  readonly extents: readonly Extent[];
}

// Any layout in which the two stand in each other's way counts.
function meets(mine: readonly Extent[], other: Standing, way: (own: Extent, theirs: Extent) => boolean): boolean {
  return other.extents.some((theirs, layout) => {
    const own = mine[layout];
    return own !== undefined && way(own, theirs);
  });
}

function freeRow(mine: readonly Extent[], placed: readonly Standing[]): number {
  const rows = Array.from({ length: placed.length + 1 }, (_, row) => row);
  const free = rows.filter((row) => !placed.some((other) => other.row === row && meets(mine, other, overlap)));
  const uncut = free.find(
    (row) =>
      !placed.some((other) =>
        meets(mine, other, (own, theirs) =>
          other.row > row ? cuts(own.line, theirs) : other.row < row && cuts(theirs.line, own),
        ),
      ),
  );
  return uncut ?? free[0] ?? placed.length;
}

/**
 * Places labels so that no two overlap. A label's line runs from its row downwards; where there is a way, no line runs
 * through another label. (There always is one when all labels stand on the same side of their lines.)
 * The answer has the order of the labels given.
 */
export function placeLabels(labels: readonly WantedLabel[]): PlacedLabel[] {
  const anchors = labels.map((label): PlacedLabel['anchor'] =>
    extents(label, 'start').every(({ to }, layout) => to <= (PLOT_WIDTHS_PX[layout] ?? 0)) ? 'start' : 'end',
  );
  const share = (index: number) => labels[index]?.share ?? 0;
  const order = labels.map((_, index) => index).toSorted((a, b) => share(a) - share(b) || a - b);
  // Each side begins with the label whose own text lies before all other lines of its side, in the topmost row.
  const inTurn = [
    ...order.filter((index) => anchors[index] === 'end').toReversed(),
    ...order.filter((index) => anchors[index] === 'start'),
  ];
  const placed: Standing[] = [];
  const answer: PlacedLabel[] = [];
  for (const index of inTurn) {
    const [label, anchor] = [labels[index], anchors[index]];
    if (label === undefined || anchor === undefined) continue;
    const mine = extents(label, anchor);
    const row = freeRow(mine, placed);
    placed.push({ row, extents: mine });
    answer[index] = { row, anchor };
  }
  return answer;
}

/**
 * Moves heights apart until neighbours are `gap` apart, keeps their order, and keeps them between `low` and `high` where
 * there is room. Equal heights keep the order given.
 */
export function spread(heights: readonly number[], gap: number, low: number, high: number): number[] {
  const order = heights.map((_, index) => index).toSorted((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0) || a - b);
  const moved: number[] = [];
  for (const [rank, index] of order.entries()) {
    const least = rank === 0 ? low : (moved[rank - 1] ?? low) + gap;
    moved.push(Math.max(heights[index] ?? low, least));
  }
  for (let rank = moved.length - 1; rank >= 0; rank -= 1) {
    const most = rank === moved.length - 1 ? high : (moved[rank + 1] ?? high) - gap;
    moved[rank] = Math.min(moved[rank] ?? most, most);
  }
  const answer: number[] = [];
  for (const [rank, index] of order.entries()) answer[index] = moved[rank] ?? low;
  return answer;
}

/** The width that a text of 11 px may need, in pixels: a generous guess, for no font is known when the page is made. */
export function textWidthPx(text: string): number {
  return text.length * 6.9;
}
