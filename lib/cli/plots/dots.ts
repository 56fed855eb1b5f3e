import { html, type Markup } from '../../rehearsal/report/markup.ts';

/**
 * Colours of the groups, in order, for light and for dark paper. The hues begin with those of Okabe and Ito
 * (https://jfly.uni-koeln.de/color/) and were moved apart until any two differ, also for the three kinds of colour blindness,
 * and until each has a contrast of 3:1 or more to the paper; the test says by how much.
 */
export const GROUP_COLOURS: readonly { readonly light: string; readonly dark: string }[] = [
  { light: '#154083', dark: '#5084ca' },
  { light: '#da7800', dark: '#db6808' },
  { light: '#007c4d', dark: '#53e49a' },
  { light: '#b96797', dark: '#da78a3' },
  { light: '#009bf0', dark: '#a3ccff' },
  { light: '#735400', dark: '#fdc420' },
  { light: '#1d2328', dark: '#e4e7ea' },
  { light: '#561600', dark: '#9f7c4d' },
];

/** A shape: where its outline begins, beside its middle, and how it goes on from there. */
type Shape = (radius: number) => { readonly dx: number; readonly dy: number; readonly outline: string };

const short = (value: number): number => Number(value.toFixed(1));
const steps = (...values: readonly number[]): string => values.map(short).join(' ');

const square: Shape = (r) => ({
  dx: -0.9 * r,
  dy: -0.9 * r,
  outline: `h${steps(1.8 * r)}v${steps(1.8 * r)}h${steps(-1.8 * r)}z`,
});
const triangle: Shape = (r) => ({ dx: 0, dy: -1.2 * r, outline: `l${steps(1.2 * r, 2.1 * r)}h${steps(-2.4 * r)}z` });
const diamond: Shape = (r) => ({
  dx: -1.3 * r,
  dy: 0,
  outline: `l${steps(1.3 * r, -1.3 * r, 1.3 * r, 1.3 * r, -1.3 * r, 1.3 * r)}z`,
});
const hourglass: Shape = (r) => ({
  dx: -r,
  dy: -1.1 * r,
  outline: `h${steps(2 * r)}l${steps(-2 * r, 2.2 * r)}h${steps(2 * r)}z`,
});
const turned: Shape = (r) => ({ dx: 0, dy: 1.2 * r, outline: `l${steps(-1.2 * r, -2.1 * r)}h${steps(2.4 * r)}z` });
const plus: Shape = (r) => {
  const [arm, thick] = [short(0.9 * r), short(0.8 * r)];
  return {
    dx: -thick / 2,
    dy: -arm - thick / 2,
    outline: `h${thick}v${arm}h${arm}v${thick}h${-arm}v${arm}h${-thick}v${-arm}h${-arm}v${-thick}h${arm}z`,
  };
};
const bar: Shape = (r) => ({
  dx: -0.45 * r,
  dy: -1.5 * r,
  outline: `h${steps(0.9 * r)}v${steps(3 * r)}h${steps(-0.9 * r)}z`,
});

/** The first group's is the circle; each of the others begins where its function says. */
const SHAPES: readonly (Shape | undefined)[] = [undefined, square, triangle, diamond, hourglass, turned, plus, bar];

const outlineAt = ({ dx, dy, outline }: ReturnType<Shape>, x: number, y: number): string =>
  `M${short(x + dx)} ${short(y + dy)}${outline}`;

/** One experiment's mark, with a text that is shown when a pointer rests on it. `series` picks the shape, 0 is a circle. */
export function dot(series: number, x: number, y: number, radius: number, text?: string): Markup {
  const shape = SHAPES[series];
  const [name, place] =
    shape === undefined
      ? (['circle', html`cx="${short(x)}" cy="${short(y)}" r="${short(radius)}"`] as const)
      : (['path', html`d="${outlineAt(shape(radius), x, y)}"`] as const);
  // There may be 100,000 of them: no closing tag where nothing is to be closed.
  if (text === undefined) return html`<${name} ${place}/>`;
  return html`<${name} ${place}><title>${text}</title></${name}>`;
}
