const DAY_MS = 86_400_000;

/** The date in UTC of an instant in milliseconds since the epoch, like `2026-11-22`: days of the audit are UTC's. */
export function utcDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The date so many days later; earlier when negative. */
export function daysLater(day: string, days: number): string {
  return utcDay(startOfDayMs(day) + days * DAY_MS);
}

/** Its first millisecond. */
export function startOfDayMs(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

/** Every date of a range, both ends included; none when it ends before it begins. */
export function daysBetween(from: string, to: string): string[] {
  const count = Math.round((startOfDayMs(to) - startOfDayMs(from)) / DAY_MS) + 1;
  return Array.from({ length: Math.max(count, 0) }, (_, index) => daysLater(from, index));
}
