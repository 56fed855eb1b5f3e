import { Temporal } from 'temporal-polyfill';
import { daysAfter } from '../core/calendar.ts';

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

/**
 * What clocks show, for many instants at once: the offset of each quarter of an hour is looked up once, for clocks are changed on
 * quarters in every zone.
 */
export class ZoneClock {
  readonly #zone: string;
  readonly #offsets = new Map<number, number>();

  constructor(zone: string) {
    this.#zone = zone;
  }

  /** Date and whole minute of the day. */
  at(ms: number): { readonly date: string; readonly minute: number } {
    const localMs = ms + this.#offsetMs(ms);
    const day = Math.floor(localMs / DAY_MS);
    return { date: this.#date(day), minute: Math.floor((localMs - day * DAY_MS) / 60_000) };
  }

  #offsetMs(ms: number): number {
    const quarter = Math.floor(ms / QUARTER_MS);
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(this.#zone);
    const offset = local.offsetNanoseconds / 1e6;
    this.#offsets.set(quarter, offset);
    return offset;
  }

  readonly #dates = new Map<number, string>();

  /** The same text for the same day: there may be a million of them. */
  #date(day: number): string {
    const known = this.#dates.get(day);
    if (known !== undefined) return known;
    const date = daysAfter('1970-01-01', day);
    this.#dates.set(day, date);
    return date;
  }
}
