import { type KnownClosures, WorkCalendar } from './calendar.ts';
import type { Closures } from './closures.ts';
import type { Window } from './window.ts';

/** Calendars by window and holidays: groups that share both share their days. */
export class Calendars {
  readonly #closures: Closures;
  readonly #byKey = new Map<string, WorkCalendar>();
  readonly #bySettings = new WeakMap<object, WorkCalendar>();

  constructor(closures: Closures) {
    this.#closures = closures;
  }

  /** @param settings whose window, and which holidays by code. */
  of(settings: { readonly window: Window; readonly holidays: readonly string[] }): WorkCalendar {
    const made = this.#bySettings.get(settings);
    if (made !== undefined) return made;
    const key = JSON.stringify([settings.window, settings.holidays]);
    const calendar =
      this.#byKey.get(key) ?? new WorkCalendar(settings.window, closuresFor(this.#closures, settings.holidays));
    this.#byKey.set(key, calendar);
    this.#bySettings.set(settings, calendar);
    return calendar;
  }
}

/** What one group's calendar has to know. A code that was never resolved makes every date unknown. */
function closuresFor(closures: Closures, codes: readonly string[]): KnownClosures {
  const { closedDates, freezes, knownUntil } = closures;
  const named = codes.flatMap((code) =>
    Object.hasOwn(closures.holidays, code) ? (closures.holidays[code] ?? []) : [],
  );
  const isResolved = codes.every((code) => Object.hasOwn(closures.holidays, code));
  return {
    holidays: [...closedDates, ...named],
    freezes,
    // A freeze that repeats was written out as far as holidays are known, too.
    ...(codes.length + freezes.length === 0 ? {} : { knownUntil: isResolved ? knownUntil : '0000-01-01' }),
  };
}
