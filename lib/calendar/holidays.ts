// biome-ignore lint/correctness/noUnresolvedImports: its types are an ambient module, which the linter cannot look into.
import Holidays, { type HolidaysTypes } from 'date-holidays';
import { Temporal } from 'temporal-polyfill';
import { HOLIDAY_TYPES } from '../core/closures.ts';
import type { Parsed } from '../core/window.ts';

/** Kinds of holidays, as a config names them. */
export type HolidayType = (typeof HOLIDAY_TYPES)[number];

/** One date that is no work day, and why; several reasons are joined with ` / `. */
export interface Holiday {
  /** ISO date of the calendar there. */
  readonly date: string;
  readonly name: string;
}

/** The years that are asked about (both inside), and which kinds of holidays count. */
export interface HolidaySpan {
  readonly fromYear: number;
  readonly toYear: number;
  readonly types: readonly HolidayType[];
}

/**
 * The holidays of `CC`, `CC-STATE` or `CC-STATE-REGION` in order of date, one entry a date, names in English where there are any.
 * Substitute days are among them, each date of a long holiday, and the date of a holiday that takes only part of a day.
 * The data are those of date-holidays (CC BY-SA 3.0). A country, state or region that it does not know is a problem.
 */
export function holidaysOf(code: string, span: HolidaySpan): Parsed<Holiday[]> {
  const place = placeOf(code);
  if (!place.ok) return place;
  // The order ranks kinds that share a date, so it must not be the config's.
  const types = HOLIDAY_TYPES.filter((type) => span.types.includes(type)).reverse();
  const calendar = new Holidays(place.value, { types });
  const namesByDate = new Map<string, Set<string>>();
  // A holiday can begin in one year and last, or have its substitute day, in the next one or the one before.
  for (let year = span.fromYear - 1; year <= span.toYear + 1; year++) {
    for (const holiday of calendar.getHolidays(year, 'en')) {
      for (const date of datesOf(holiday)) {
        namesByDate.set(date, (namesByDate.get(date) ?? new Set()).add(oneLine(holiday.name)));
      }
    }
  }
  const first = `${span.fromYear}-01-01`;
  const last = `${span.toYear}-12-31`;
  return {
    ok: true,
    value: [...namesByDate]
      .filter(([date]) => first <= date && date <= last)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([date, names]) => ({ date, name: [...names].join(' / ').slice(0, 200) })),
  };
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/**
 * The dates that a holiday touches. `date` is the local time of its start; `start` and `end` are instants and serve only for
 * the length, which a change of the clocks makes an hour longer or shorter.
 */
function datesOf({ date, start, end }: HolidaysTypes.Holiday): string[] {
  const startHour = Number(date.slice(11, 13));
  const hours = (end.getTime() - start.getTime()) / 3_600_000;
  const count = Math.max(1, Math.ceil((startHour + hours - 1) / 24));
  const first = Temporal.PlainDate.from(date.slice(0, 10));
  return Array.from({ length: count }, (_, days) => first.add({ days }).toString());
}

/** Finds the place of a code, spelt as date-holidays spells it. Left to itself, the library takes an unknown region for none. */
function placeOf(code: string): Parsed<HolidaysTypes.Country> {
  const library = new Holidays();
  const [countryCode = '', stateCode, regionCode, ...rest] = code.split('-');
  const country = keyOf(library.getCountries(), countryCode);
  if (country === undefined || rest.length > 0) {
    const mend = 'write the two letters of ISO 3166 of a country, and its region if there is one, like GB or GB-ENG';
    return { ok: false, problem: `"${code}" is no country whose holidays are known; ${mend}` };
  }
  if (stateCode === undefined) return { ok: true, value: { country } };
  const states = library.getStates(country) ?? {};
  const state = keyOf(states, stateCode);
  if (state === undefined) return unknownRegion(code, country, stateCode, states);
  if (regionCode === undefined) return { ok: true, value: { country, state } };
  const regions = library.getRegions(country, state) ?? {};
  const region = keyOf(regions, regionCode);
  if (region === undefined) return unknownRegion(code, `${country}-${state}`, regionCode, regions);
  return { ok: true, value: { country, state, region } };
}

/** The library looks codes up in capitals, so it cannot find those that its data spell otherwise and takes them for none. */
const usable = (places: Record<string, string>): string[] =>
  Object.keys(places)
    .filter((code) => code === code.toUpperCase())
    .sort((a, b) => (a < b ? -1 : 1));

const keyOf = (places: Record<string, string>, key: string): string | undefined =>
  usable(places).find((known) => known === key.toUpperCase());

function unknownRegion(code: string, place: string, region: string, known: Record<string, string>): Parsed<never> {
  const names = usable(known);
  const mend = names.length === 0 ? `it has none, so write ${place}` : `it has ${names.join(', ')}`;
  return { ok: false, problem: `"${code}": ${place} has no region ${region}; ${mend}` };
}
