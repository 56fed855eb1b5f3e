import fc from 'fast-check';
import type { YearPlot } from '../../../lib/cli/plots/year.ts';

/** A date so many days after another, by the calendar of JavaScript. */
export function dateAfter(from: string, days: number): string {
  return new Date(Date.parse(`${from}T12:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** A plot without anything in it that a test does not name. */
export function plotOf(parts: Partial<YearPlot> = {}): YearPlot {
  return { from: '2026-11-23', days: 7, points: [], closed: new Set(), title: 'A week', ...parts };
}

/** Experiments spread over days and business hours by a rule, so many for each of the groups. */
export function manyPoints(groups: number, perGroup: number, days: number, from = '2026-11-23'): YearPlot['points'] {
  return Array.from({ length: groups * perGroup }, (_, index) => ({
    date: dateAfter(from, (index * 7) % days),
    minute: 540 + ((index * 97) % 480),
    group: `shop/service-${index % groups}`,
  }));
}

/** Any text at all, the printable and the rest. */
export const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 }).map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom(
    '<script>alert(1)</script>',
    ']]>',
    '"><a href="x">',
    '&amp;',
    '\u001b[31m',
    '-->',
    '\u202egnp.exe',
    '',
  ),
);

/** Plots of up to 800 days with up to 60 experiments of a handful of groups. */
export const anyPlot: fc.Arbitrary<YearPlot> = fc
  .record({
    from: fc.integer({ min: 0, max: 5_000 }).map((days) => dateAfter('2020-01-01', days)),
    days: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 800 })),
    groups: fc.array(anyText, { minLength: 1, maxLength: 12 }),
    title: anyText,
    drawn: fc.array(fc.record({ day: fc.nat(), minute: fc.integer({ min: 0, max: 1439 }), group: fc.nat() }), {
      maxLength: 60,
    }),
    closed: fc.array(fc.nat(), { maxLength: 20 }),
  })
  .map(({ from, days, groups, title, drawn, closed }) => ({
    from,
    days,
    title,
    points: drawn.map(({ day, minute, group }) => ({
      date: dateAfter(from, day % days),
      minute,
      group: groups[group % groups.length] ?? '',
    })),
    closed: new Set(closed.map((day) => dateAfter(from, day % days))),
  }));
