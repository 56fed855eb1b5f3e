import { Temporal } from 'temporal-polyfill';
import * as z from 'zod';
import { type Closures, closureInputs, type Freeze } from '../core/closures.ts';
import type { Parsed } from '../core/window.ts';
import { readFreezes } from './freeze-file.ts';
import { type HolidayType, holidaysOf } from './holidays.ts';

const closureInputSchema = z.strictObject(closureInputs);
/** What a config says of holidays, closed dates and freezes, its defaults filled in. */
export type ClosureInput = z.output<typeof closureInputSchema>;

export interface ResolveOptions {
  /** ISO date on which the stack is synthesized. */
  readonly today: string;
  /** Gives the text of a file of the config; throws as `node:fs` does (`ENOENT`) when it cannot. */
  readonly readFile: (path: string) => string;
  /** Whose holidays profiles name, besides the config's own, each with its path in the config. */
  readonly moreHolidays?: readonly { readonly path: string; readonly code: string }[];
}

/** How far the past and the future are worked out: spacing looks back, plans and simulations look ahead. */
const YEARS_BACK = 2;
const YEARS_AHEAD = 5;

/**
 * Makes plain dates of what a config says: holidays by code, closed dates, freezes, each in order. They are known from January
 * 1st two years before `today` to December 31st five years after. All problems are found at once, each on a line of its own
 * after the path of the config that it belongs to, like `freezes.0.calendar`.
 */
export function resolveClosures(input: ClosureInput, options: ResolveOptions): Parsed<Closures> {
  const thisYear = Temporal.PlainDate.from(options.today).year;
  const span = { fromYear: thisYear - YEARS_BACK, toYear: thisYear + YEARS_AHEAD };
  const knownFrom = `${span.fromYear}-01-01`;
  const knownUntil = `${span.toYear}-12-31`;
  const problems: string[] = [];

  const codes = [
    ...input.holidays.map((code, index) => ({ path: `holidays.${index}`, code })),
    ...(options.moreHolidays ?? []),
  ];
  const holidays = resolveHolidays(codes, { ...span, types: input.holidayTypes }, problems);
  const freezes = input.freezes.flatMap((freeze, index) =>
    resolveFreeze(freeze, { path: `freezes.${index}`, fromDate: knownFrom, untilDate: knownUntil }, options, problems),
  );
  if (problems.length > 0) return { ok: false, problem: problems.join('\n') };
  return {
    ok: true,
    value: {
      resolvedOn: options.today,
      knownFrom,
      knownUntil,
      holidays,
      closedDates: input.closedDates
        .map((closed) => (typeof closed === 'string' ? { date: closed, name: 'closed' } : closed))
        .sort((a, b) => compare(a.date, b.date)),
      freezes: freezes.sort((a, b) => compare(startOf(a), startOf(b))),
    },
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
const startOf = (freeze: Freeze): string => ('fromDate' in freeze ? freeze.fromDate : freeze.from);

function resolveHolidays(
  codes: readonly { readonly path: string; readonly code: string }[],
  span: { readonly fromYear: number; readonly toYear: number; readonly types: readonly HolidayType[] },
  problems: string[],
): Closures['holidays'] {
  const holidays: Closures['holidays'] = {};
  for (const { path, code } of codes) {
    if (holidays[code] !== undefined) continue;
    const found = holidaysOf(code, span);
    if (found.ok) holidays[code] = found.value;
    else problems.push(`${path}: ${found.problem}`);
  }
  return holidays;
}

function resolveFreeze(
  freeze: ClosureInput['freezes'][number],
  span: { readonly path: string; readonly fromDate: string; readonly untilDate: string },
  { readFile }: ResolveOptions,
  problems: string[],
): Freeze[] {
  if (typeof freeze === 'string') return [{ fromDate: freeze, toDate: freeze, name: 'freeze' }];
  if ('from' in freeze) return [{ fromDate: freeze.from, toDate: freeze.to, name: freeze.name }];
  const text = readText(freeze.calendar, readFile);
  const read = text.ok ? readFreezes(text.value, { ...span, file: freeze.calendar }) : text;
  if (read.ok) return read.value;
  problems.push(`${span.path}.calendar: ${read.problem}`);
  return [];
}

function readText(path: string, readFile: (path: string) => string): Parsed<string> {
  try {
    return { ok: true, value: readFile(path) };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) throw error;
    const reason = error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${error.code})`;
    return { ok: false, problem: `${path}: ${reason}; correct the path, which starts from the folder of the config` };
  }
}
