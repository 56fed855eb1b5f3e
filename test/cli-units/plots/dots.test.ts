import { describe, expect, it } from 'vitest';
import { dot, GROUP_COLOURS } from '../../../lib/cli/plots/dots.ts';
import { DARK, LIGHT } from '../../../lib/rehearsal/report/palette.ts';

type Triple = readonly [number, number, number];

/** A colour's channels as light, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance. */
function linear(colour: string): Triple {
  const channel = (start: number): number => {
    const share = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

const times = (matrix: readonly Triple[], [x, y, z]: Triple): number[] =>
  matrix.map(([a, b, c]) => a * x + b * y + c * z);

/** CIE L*a*b* under D65. */
function lab(light: Triple): number[] {
  const toXyz: readonly Triple[] = [
    [0.4124, 0.3576, 0.1805],
    [0.2126, 0.7152, 0.0722],
    [0.0193, 0.1192, 0.9505],
  ];
  const white = [0.95047, 1, 1.08883];
  const [x = 0, y = 0, z = 0] = times(toXyz, light).map((value, index) => {
    const share = value / (white[index] ?? 1);
    return share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Full colour blindness of each kind: Machado, Oliveira and Fernandes, IEEE TVCG 15(6), 2009, severity 1. */
const EYES: Readonly<Record<string, readonly Triple[]>> = {
  'all three cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function seen(colour: string, eyes: readonly Triple[]): number[] {
  const [red = 0, green = 0, blue = 0] = times(eyes, linear(colour)).map((value) => Math.min(1, Math.max(0, value)));
  return lab([red, green, blue]);
}

const luminance = (colour: string): number => times([[0.2126, 0.7152, 0.0722]], linear(colour))[0] ?? 0;

describe.each([['light', LIGHT.paper] as const, ['dark', DARK.paper] as const])(
  'the colours of groups on %s paper',
  (theme, paper) => {
    const colours = GROUP_COLOURS.map((colour) => colour[theme]);

    it('have a contrast of 3:1, which WCAG 2.2 asks of graphics (1.4.11)', () => {
      for (const colour of colours) {
        const [dark = 0, light = 0] = [luminance(colour), luminance(paper)].toSorted((a, b) => a - b);
        expect((light + 0.05) / (dark + 0.05), colour).toBeGreaterThanOrEqual(3);
      }
    });

    it.each(Object.keys(EYES))('differ for eyes with %s', (kind) => {
      for (const [index, one] of colours.entries()) {
        for (const other of colours.slice(index + 1)) {
          const [a, b] = [one, other].map((colour) => seen(colour, EYES[kind] ?? []));
          const difference = Math.hypot(...(a ?? []).map((value, axis) => value - (b?.[axis] ?? 0)));
          // 2.3 is just noticeable; ten times that is another colour.
          expect(difference, `${one} and ${other}`).toBeGreaterThan(23);
        }
      }
    });
  },
);

describe('a mark', () => {
  it('has a shape of its own for each group', () => {
    const shapes = GROUP_COLOURS.map((_, series) => dot(series, 0, 0, 4).text);
    expect(new Set(shapes).size).toBe(8);
  });

  it('stands around its place', () => {
    expect(dot(0, 10.04, 20, 4).text).toBe('<circle cx="10" cy="20" r="4"/>');
    expect(dot(1, 10, 20, 4).text).toBe('<path d="M6.4 16.4h7.2v7.2h-7.2z"/>');
  });

  it('tells what it was told, whatever that is', () => {
    expect(dot(0, 1, 2, 3, '<b>').text).toContain('<title>&lt;b&gt;</title>');
  });
});
