import { describe, expect, it } from 'vitest';
import { DARK, LIGHT, type Palette } from '../../../lib/rehearsal/report/palette.ts';

/** Relative luminance as in WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((start) => Number.parseInt(colour.slice(start, start + 2), 16) / 255)
    .map((channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

describe.each<[string, Palette]>([
  ['light', LIGHT],
  ['dark', DARK],
])('the %s palette', (_, palette) => {
  it.each(['ink', 'quiet', 'blue', 'red', 'green', 'amber'] as const)('has legible %s', (role) => {
    for (const ground of [palette.paper, palette.panel, palette.shade]) {
      expect(contrast(palette[role], ground)).toBeGreaterThanOrEqual(4.5);
    }
  });
});
