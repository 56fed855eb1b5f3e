import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writeReport } from '../../lib/rehearsal/report/write.ts';
import type { RehearsalFacts } from '../../lib/rehearsal/result.ts';
import { emptyFacts, exampleFacts } from '../rehearsal/report/example-facts.ts';
import { hostedFacts } from '../rehearsal/report/hosted-facts.ts';

const LONG = 'a-service-with-a-name-that-no-telephone-is-wide-enough-for-'.repeat(3);

/** The example with names that are too long for everything and try to be markup. */
function unkindFacts(): RehearsalFacts {
  const facts = hostedFacts();
  const name = `${LONG}<script>document.title='taken'</script><img src=x onerror="document.title='taken'">`;
  return {
    ...facts,
    services: facts.services.map((service) => ({ ...service, name: `${name}${service.name}` })),
    hostGroups: facts.hostGroups.map((hosts) => ({
      ...hosts,
      losses: hosts.losses.map((loss) => ({ ...loss, instanceId: `${loss.instanceId}${name}` })),
    })),
    steps: facts.steps.map((step) => ({ ...step, text: `${step.text} ${name}` })),
    result: { ...facts.result, seed: LONG },
  };
}

const FACTS: Readonly<Record<string, RehearsalFacts>> = {
  example: exampleFacts(),
  hosted: hostedFacts(),
  unkind: unkindFacts(),
  empty: emptyFacts(),
};
const WIDTHS = [360, 390, 640, 1280, 2400];
const cases = Object.keys(FACTS).flatMap((name) => WIDTHS.map((width) => ({ name, width })));

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

/** The boxes of the elements that are shown. */
async function boxesOf(locator: Locator): Promise<Box[]> {
  const boxes = await locator.evaluateAll((elements: Measurable[]) =>
    elements.map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return { x, y, width, height };
    }),
  );
  return boxes.filter(({ width }) => width > 0);
}

const apart = (a: Box, b: Box): boolean =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

describe('the report in a browser', () => {
  let browser: Browser;
  let folder = '';
  let page: Page | undefined;
  const trouble: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capuchin-report-'));
    for (const [name, facts] of Object.entries(FACTS)) await writeReport(facts, join(folder, name));
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--headless=new'],
    });
  });
  afterEach(async () => {
    await page?.close();
    trouble.length = 0;
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(name: string, width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const opened = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    page = opened;
    const address = pathToFileURL(join(folder, name, 'report.html')).href;
    opened.on('console', (message) => trouble.push(`${message.type()}: ${message.text()}`));
    opened.on('pageerror', (error) => trouble.push(error.message));
    opened.on('dialog', (dialog) => trouble.push(`dialog: ${dialog.message()}`));
    opened.on('request', (request) => {
      if (request.url() !== address) trouble.push(`request: ${request.url()}`);
    });
    await opened.goto(address);
    return opened;
  }

  it.each(cases)(
    'shows the $name report at $width px without errors, requests or overflow',
    async ({ name, width }) => {
      const opened = await open(name, width);
      expect(await opened.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(await opened.title()).toBe('Capuchin rehearsal, 2026-11-23 09:30:00 UTC');
      expect(trouble).toEqual([]);
    },
  );

  const drawn = [
    { name: 'example', plots: 1 + 4 * 4 + 2, moments: 8 },
    { name: 'hosted', plots: 1 + 5 * 4 + 2 + 4, moments: 16 },
  ].flatMap((report) => WIDTHS.map((width) => ({ ...report, width })));
  it.each(drawn)(
    'draws every plot of the $name report and keeps all labels apart and on the page at $width px',
    async (report) => {
      const { width } = report;
      const opened = await open(report.name, width);
      // The halo around a text is paper; what must not overlap is ink.
      await opened.addStyleTag({ content: 'text { stroke: none !important; }' });
      const plots = opened.locator('svg[role=img]');
      expect(await plots.count()).toBe(report.plots);
      for (const box of await boxesOf(plots)) {
        expect(box.width).toBeGreaterThan(200);
        expect(box.height).toBeGreaterThan(15);
      }
      for (const plot of await plots.all()) {
        const labels = await boxesOf(plot.locator('text'));
        for (const [index, label] of labels.entries()) {
          expect(label.x).toBeGreaterThanOrEqual(0);
          expect(label.x + label.width).toBeLessThanOrEqual(width);
          for (const other of labels.slice(index + 1))
            expect(apart(label, other), JSON.stringify([label, other])).toBe(true);
        }
      }
      for (const section of await opened.locator('section').all()) {
        const labels = await boxesOf(section.locator('.moment'));
        const captions = await boxesOf(section.locator('figcaption:not(.unseen)'));
        for (const label of labels) for (const caption of captions) expect(apart(label, caption)).toBe(true);
      }
      expect(await opened.locator('.moment').count()).toBe(report.moments);
    },
  );

  it('lines the plots of a service up on one time axis', async () => {
    const opened = await open('example', 1280);
    const areas = await boxesOf(opened.locator('section').first().locator('.area'));
    expect(new Set(areas.map(({ x, width }) => `${Math.round(x)} ${Math.round(width)}`)).size).toBe(1);
    const lines = await opened.locator('section').first().locator('line.injected').all();
    const places = await Promise.all(lines.map(async (line) => Math.round((await line.boundingBox())?.x ?? -1)));
    expect(places).toHaveLength(1 + 4);
    expect(new Set(places).size).toBe(1);
  });

  it('reads out the second under the pointer and under the arrow keys', async () => {
    const opened = await open('example', 1280);
    const stack = opened.locator('.stack').nth(1);
    const readout = stack.locator('.readout');
    const plot = stack.locator('.plot').last();
    const [around, area] = await Promise.all([plot.boundingBox(), plot.locator('.area').boundingBox()]);
    if (around === null || area === null) throw new Error('The plot has no box.');
    // 45.5 s of 6 s to 81 s: the second in which most requests fail.
    const x = area.x - around.x + (area.width * (45.5 - 6)) / 75;
    await plot.hover({ position: { x, y: area.y - around.y + 20 } });
    await expect
      .poll(() => readout.textContent())
      .toMatch(/^45\.0 s: \d+ requests, 1\d failed; p50 .* ms, p99 .* ms; 3 running, 3 healthy$/);
    await stack.focus();
    await opened.keyboard.press('ArrowRight');
    await expect.poll(() => readout.textContent()).toMatch(/^46\.0 s/);
    expect(trouble).toEqual([]);
  });

  it('leads from the verdict to the hosts, and reads out how many there are in a second', async () => {
    const opened = await open('hosted', 1280);
    await opened.getByRole('link', { name: 'shop-hosts' }).click();
    const section = opened.getByRole('region', { name: 'shop-hosts held' });
    const heading = await section.locator('h3').boundingBox();
    expect(heading?.y).toBeLessThan(900);
    const stack = section.locator('.stack');
    await stack.focus();
    // From 6 s on, a second with each key.
    for (let second = 6; second <= 34; second += 1) await opened.keyboard.press('ArrowRight');
    expect(await stack.locator('.readout').textContent()).toBe(
      '34.0 s: 3 in service, 2 connected; 4 running tasks on them',
    );
    expect(trouble).toEqual([]);
  });

  it.each([360, 1280])('shows what a host took with it in lines that can be read at %i px', async (width) => {
    const opened = await open('hosted', width);
    const row = opened.getByRole('region', { name: 'shop-hosts held' }).getByRole('row').last();
    const cells = await boxesOf(row.locator('td > div > div, td > span'));
    expect(cells.length).toBeGreaterThan(2);
    for (const cell of cells) expect(cell.width).toBeGreaterThan(60);
    expect(await row.textContent()).toContain('2 tasks of storefront (11111111, 22222222)');
  });

  it('reads the same without scripts, and is dark where the reader prefers it', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false, colorScheme: 'dark' });
    const opened = await context.newPage();
    await opened.goto(pathToFileURL(join(folder, 'example', 'report.html')).href);
    expect(await opened.locator('.readout').first().isVisible()).toBe(false);
    expect(await opened.locator('.moment').first().isVisible()).toBe(true);
    await context.close();
    const ground = (colours: 'light' | 'dark') =>
      open('example', 800, colours).then((shown) => shown.evaluate('getComputedStyle(document.body).backgroundColor'));
    expect(await ground('dark')).toBe('rgb(21, 24, 27)');
    await page?.close();
    expect(await ground('light')).toBe('rgb(255, 255, 255)');
  });
});
