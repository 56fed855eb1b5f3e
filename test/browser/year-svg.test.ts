import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { oneLine, type YearPlot } from '../../lib/cli/plots/year.ts';
import { yearSvg } from '../../lib/cli/plots/year-svg.ts';
import { anyPlot, dateAfter, manyPoints, plotOf } from '../cli-units/plots/example-plots.ts';

const weekends = (days: number): ReadonlySet<string> =>
  new Set(
    Array.from({ length: days }, (_, day) => dateAfter('2026-11-23', day)).filter((date) =>
      [0, 6].includes(new Date(date).getUTCDay()),
    ),
  );
const plotOver = (days: number, groups: number, perGroup: number): YearPlot =>
  plotOf({ days, points: manyPoints(groups, perGroup, days), closed: weekends(days), title: `${days} days` });

const PLOTS: Readonly<Record<string, YearPlot>> = {
  'one day': plotOver(1, 5, 1),
  'two weeks': plotOver(14, 8, 3),
  '250 days': plotOver(250, 5, 50),
  '365 days of 1,000 groups': plotOver(365, 1_000, 50),
  'ten years': plotOver(3_650, 8, 500),
  unkind: plotOf({
    points: ['<script>document.title="taken"</script>', '漢字'.repeat(60), 'W'.repeat(300), ']]>&amp;"\''].map(
      (group) => ({
        date: '2026-11-24',
        minute: 600,
        group,
      }),
    ),
    title: '</title><script>document.title="taken"</script>'.repeat(9),
  }),
};

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What of an element is asked for here; the project's types know no documents. */
interface Measurable {
  getBoundingClientRect(): Box;
}

const apart = (a: Box, b: Box): boolean =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

/** Run in the browser: what its XML parser makes of a text. */
const PARSE = `(text) => {
  const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
  const error = parsed.querySelector('parsererror');
  if (error !== null) return { error: error.textContent };
  const texts = (selector) => [...parsed.querySelectorAll(selector)].map((element) => element.textContent);
  return { title: texts('svg > title')[0], groups: texts('.legend > g > title'), marks: parsed.querySelectorAll('.marks > g > *').length };
}`;

describe('the plot of a year in a browser', () => {
  let browser: Browser;
  let folder = '';
  let page: Page | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capuchin-year-'));
    for (const [name, plot] of Object.entries(PLOTS)) await writeFile(join(folder, `${name}.svg`), yearSvg(plot));
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--headless=new'],
    });
  });
  afterEach(async () => await page?.close());
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(Object.keys(PLOTS))(
    'shows %s with all labels apart and on the drawing, asks for nothing and runs nothing',
    async (name) => {
      const opened = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      page = opened;
      const address = pathToFileURL(join(folder, `${name}.svg`)).href;
      const trouble: string[] = [];
      opened.on('console', (message) => trouble.push(`${message.type()}: ${message.text()}`));
      opened.on('pageerror', (error) => trouble.push(error.message));
      opened.on('request', (request) => {
        if (request.url() !== address) trouble.push(`request: ${request.url()}`);
      });
      await opened.goto(address);
      expect(await opened.locator('.marks > g > *').count()).toBe(PLOTS[name]?.points.length);
      expect(await opened.title()).not.toBe('taken');
      const boxes = async (selector: string): Promise<Box[]> =>
        await opened.locator(selector).evaluateAll((elements: Measurable[]) =>
          elements.map((element) => {
            const { x, y, width, height } = element.getBoundingClientRect();
            return { x, y, width, height };
          }),
        );
      const [paper] = await boxes('.paper');
      const texts = await boxes('text');
      expect(texts.length).toBeGreaterThan(15);
      for (const [index, text] of texts.entries()) {
        expect(text.x).toBeGreaterThanOrEqual(0);
        expect(text.x + text.width).toBeLessThanOrEqual(paper?.width ?? 0);
        expect(text.y + text.height).toBeLessThanOrEqual(paper?.height ?? 0);
        for (const other of texts.slice(index + 1))
          expect(apart(text, other), JSON.stringify([text, other])).toBe(true);
      }
      expect(trouble).toEqual([]);
    },
  );

  it.each([
    ['light', 'rgb(255, 255, 255)'],
    ['dark', 'rgb(21, 24, 27)'],
  ] as const)('is drawn on %s paper for who prefers it', async (colorScheme, paper) => {
    page = await browser.newPage({ colorScheme });
    await page.goto(pathToFileURL(join(folder, 'one day.svg')).href);
    expect(await page.evaluate(`getComputedStyle(document.querySelector('.paper')).fill`)).toBe(paper);
  });

  it('is well-formed XML for any names, and says them as they are', async () => {
    const opened = await browser.newPage();
    page = opened;
    await fc.assert(
      fc.asyncProperty(anyPlot, async (plot) => {
        const parsed: unknown = await opened.evaluate(`(${PARSE})(${JSON.stringify(yearSvg(plot))})`);
        const counts = Map.groupBy(plot.points, ({ group }) => group);
        const groups = [...counts]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([group, points]) => `${oneLine(group)}: ${points.length} experiment${points.length === 1 ? '' : 's'}`);
        const all = `${counts.size} groups: ${plot.points.length} experiments`;
        expect(parsed).toEqual({
          title: oneLine(plot.title),
          groups: counts.size > 8 ? [all] : groups,
          marks: plot.points.length,
        });
      }),
    );
  });
});
