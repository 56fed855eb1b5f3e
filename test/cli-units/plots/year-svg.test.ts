import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneLine, type YearPlot } from '../../../lib/cli/plots/year.ts';
import { yearSvg } from '../../../lib/cli/plots/year-svg.ts';
import { elementsOf, named, type PageElement, parsePage, textOf } from '../../rehearsal/report/parse-page.ts';
import { anyPlot, dateAfter, manyPoints, plotOf } from './example-plots.ts';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';

/** Reads a drawing with the strict reader of the report's tests: every tag closed, every attribute quoted, no stray `<` or `&`. */
function read(svg: string): PageElement {
  if (!svg.startsWith(`${DECLARATION}\n<svg `)) throw new Error(`The drawing begins with "${svg.slice(0, 60)}".`);
  return parsePage(svg.replace(DECLARATION, '<!doctype html>'));
}

const draw = (plot: YearPlot): PageElement => read(yearSvg(plot));
const numberOf = (element: PageElement | undefined, name: string): number => Number(element?.attributes[name]);
const ofClass = (root: PageElement, style: string): PageElement[] =>
  elementsOf(root).filter(({ attributes }) => attributes.class?.split(' ').includes(style));
const marksOf = (root: PageElement): PageElement[] =>
  ofClass(root, 'marks').flatMap((marks) =>
    elementsOf(marks).filter(({ name }) => name === 'circle' || name === 'path'),
  );
const legendOf = (root: PageElement): string[] =>
  ofClass(root, 'legend').flatMap((legend) => named(legend, 'text').map(textOf));

describe('a plot as SVG', () => {
  it('has a mark for each experiment, on its day and at its time', () => {
    const points = [
      { date: '2026-11-23', minute: 0, group: 'g' },
      { date: '2026-11-26', minute: 720, group: 'g' },
      { date: '2026-11-29', minute: 1439, group: 'g' },
    ];
    const root = draw(plotOf({ points }));
    const frame = ofClass(root, 'frame')[0];
    const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) => numberOf(frame, name));
    const places = marksOf(root).map((mark) => [
      (((numberOf(mark, 'cx') - (x ?? 0)) / (width ?? 1)) * 7).toFixed(1),
      (((numberOf(mark, 'cy') - (y ?? 0)) / (height ?? 1)) * 24).toFixed(1),
    ]);
    expect(places).toEqual([
      ['0.5', '0.0'],
      ['3.5', '12.0'],
      ['6.5', '24.0'],
    ]);
    expect(marksOf(root).map(textOf)).toEqual(['2026-11-23 00:00 g', '2026-11-26 12:00 g', '2026-11-29 23:59 g']);
  });

  it('labels the hours, the days and the months, and says what it shows', () => {
    const root = draw(plotOf({ points: manyPoints(1, 3, 7) }));
    const texts = named(root, 'text').map(textOf);
    for (const wanted of ['A week', '00:00', '12:00', '24:00', '23', '29', 'Nov 2026']) expect(texts).toContain(wanted);
    expect(texts).toContain('3 experiments in 7 days, 2026-11-23 – 2026-11-29');
    expect(named(root, 'title').map(textOf)[0]).toBe('A week');
    expect(named(root, 'desc').map(textOf)).toEqual([
      'Days across, hours of the day down, one mark for each experiment: 3 experiments in 7 days, 2026-11-23 – 2026-11-29. 0 days closed all day. shop/service-0: 3',
    ]);
    const svg = named(root, 'svg')[0];
    const ids = [...named(root, 'title'), ...named(root, 'desc')].map(({ attributes }) => attributes.id);
    expect(svg?.attributes['aria-labelledby']).toBe(ids.filter(Boolean).join(' '));
    const months = named(draw(plotOf({ days: 250 })), 'text').map(textOf);
    for (const wanted of ['Nov', 'Dec', 'Jan', '2026', '2027', 'Jul']) expect(months).toContain(wanted);
  });

  it('shades closed days, those in a row as one', () => {
    const closed = new Set(['2026-11-23', '2026-11-28', '2026-11-29', '2026-11-30']);
    const root = draw(plotOf({ days: 10, closed }));
    const frame = ofClass(root, 'frame')[0];
    const day = numberOf(frame, 'width') / 10;
    const spans = ofClass(root, 'closed')
      .filter(({ attributes }) => attributes.height === frame?.attributes.height)
      .map((span) => [
        Math.round((numberOf(span, 'x') - numberOf(frame, 'x')) / day),
        Math.round(numberOf(span, 'width') / day),
      ]);
    expect(spans).toEqual([
      [0, 1],
      [5, 3],
    ]);
    expect(named(root, 'text').map(textOf).join(' ')).toContain('closed all day');
    for (const without of [plotOf(), plotOf({ days: 3650, closed })]) {
      expect(ofClass(draw(without), 'closed')).toEqual([]);
      expect(named(draw(without), 'text').map(textOf).join(' ')).not.toContain('closed');
    }
  });

  it('tells up to eight groups apart, and draws more as one', () => {
    const eight = draw(plotOf({ days: 30, points: manyPoints(8, 5, 30) }));
    expect(legendOf(eight)).toEqual(Array.from({ length: 8 }, (_, index) => `shop/service-${index} 5`));
    const coloured = ofClass(eight, 'marks').flatMap((marks) => named(marks, 'g').slice(1));
    expect(coloured.map(({ attributes }) => attributes.class)).toEqual(Array.from({ length: 8 }, (_, i) => `s${i}`));
    expect(coloured.map((group) => group.children.filter((child) => typeof child !== 'string').length)).toEqual(
      Array.from({ length: 8 }, () => 5),
    );
    const nine = draw(plotOf({ days: 30, points: manyPoints(9, 5, 30) }));
    expect(legendOf(nine)).toEqual(['9 groups 45']);
    expect(marksOf(nine)).toHaveLength(45);
    expect(marksOf(nine).every(({ name }) => name === 'circle')).toBe(true);
  });

  it('keeps marks of groups at the same time apart', () => {
    const points = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((group) => ({
      date: '2026-11-23',
      minute: 600,
      group,
    }));
    const places = marksOf(draw(plotOf({ points }))).map(({ attributes }) => attributes.cx);
    expect(new Set(places).size).toBe(9);
  });

  it('draws 100,000 experiments, fainter and smaller than few', () => {
    const [few, many] = [manyPoints(1, 10, 365), manyPoints(1_000, 100, 365)].map((points) =>
      draw(plotOf({ days: 365, points })),
    );
    if (few === undefined || many === undefined) throw new Error('Nothing was drawn.');
    expect(marksOf(many)).toHaveLength(100_000);
    const opacity = (root: PageElement): number => numberOf(ofClass(root, 'marks')[0], 'fill-opacity');
    expect(opacity(few)).toBeGreaterThan(0.8);
    expect(opacity(many)).toBeLessThan(0.5);
    expect(numberOf(marksOf(many)[0], 'r')).toBeLessThan(numberOf(marksOf(few)[0], 'r'));
  });

  it('has colours for light and for dark paper', () => {
    const style = named(draw(plotOf()), 'style').flatMap(({ children }) => children)[0];
    const [light = '', dark = ''] = String(style).split('@media screen and (prefers-color-scheme: dark)');
    expect(light).toContain('.paper { fill: #ffffff; }');
    expect(dark).toContain('.paper { fill: #15181b; }');
    for (const rules of [light, dark])
      for (let index = 0; index < 8; index += 1) expect(rules).toContain(`.s${index} {`);
  });

  it('cuts a name that is too long for the legend, and says it whole under a pointer', () => {
    const group = 'a-service-with-a-very-long-name/'.repeat(5);
    const root = draw(plotOf({ points: [{ date: '2026-11-23', minute: 600, group }] }));
    expect(legendOf(root)[0]).toMatch(/^a-service-with-a-very-lo.*… 1$/);
    expect(ofClass(root, 'legend').flatMap((legend) => named(legend, 'title').map(textOf))).toEqual([
      `${group}: 1 experiment`,
    ]);
  });

  it('is well-formed whatever names come in, shows them as text only, and refers to nothing outside', () => {
    fc.assert(
      fc.property(anyPlot, (plot) => {
        const svg = yearSvg(plot);
        const root = read(svg);
        expect(svg).not.toMatch(/[^\P{Cc}\n]|\p{Surrogate}|[\ufffe\uffff]/u);
        expect(marksOf(root)).toHaveLength(plot.points.length);
        const names = new Set(elementsOf(root).map(({ name }) => name));
        const known = [
          '#page',
          'svg',
          'title',
          'desc',
          'style',
          'g',
          'rect',
          'line',
          'text',
          'tspan',
          'circle',
          'path',
        ];
        for (const name of names) expect(known).toContain(name);
        const attributes = new Set(elementsOf(root).flatMap((element) => Object.keys(element.attributes)));
        for (const name of attributes) expect(name).not.toMatch(/^on|href|src|style/);
        expect(
          named(root, 'style')
            .map(({ children }) => children.join(''))
            .join(''),
        ).not.toMatch(/url|import|[<&]/);
        const groups = [...new Set(plot.points.map(({ group }) => group))];
        if (groups.length > 8) return;
        const said = ofClass(root, 'legend').flatMap((legend) => named(legend, 'title').map(textOf));
        const spaced = (text: string): string => oneLine(text).replace(/\s+/g, ' ').trim();
        const sorted = (texts: readonly string[]): string[] => texts.toSorted((a, b) => (a < b ? -1 : 1));
        expect(sorted(said.map((text) => text.replace(/: \d+ experiments?$/, '').trim()))).toEqual(
          sorted(groups.map(spaced)),
        );
      }),
    );
  });

  it('refuses a first day that is no date', () => {
    expect(() => yearSvg(plotOf({ from: dateAfter('2026-11-23', 0).slice(1) }))).toThrow('cannot start on');
  });
});
