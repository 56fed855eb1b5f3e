const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 });

/** A count: `12,345`. */
export const count = (value: number): string => grouped.format(value);

/** A measured number with three significant digits, or whole when it is larger. */
export const measure = (value: number): string => (Math.abs(value) >= 1000 ? grouped : short).format(value);

/** A count with its noun: `1 task`, `3 tasks`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A share as a percentage. What is above nothing but would round to nothing says so; so does what is just short of all. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return '–';
  const share = (part / whole) * 100;
  if (share > 0 && share < 0.01) return '< 0.01 %';
  if (share < 100 && share >= 99.95) return '> 99.9 %';
  return `${short.format(share)} %`;
}

/** A duration in seconds as people say it: `4.2 s`, `1 min 15 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const sign = seconds < 0 ? '−' : '';
  const size = Math.abs(seconds);
  if (size < 59.95) return `${sign}${Number(size.toFixed(1))} s`;
  const whole = Math.round(size);
  const [large, small, names] =
    whole < 3600
      ? [Math.floor(whole / 60), whole % 60, ['min', 's']]
      : [Math.floor(whole / 3600), Math.round((whole % 3600) / 60), ['h', 'min']];
  // 59.6 minutes round to 60; say the next hour rather than `1 h 60 min`.
  if (small === 60) return `${sign}${large + 1} ${names[0]}`;
  return `${sign}${large} ${names[0]}${small === 0 ? '' : ` ${small} ${names[1]}`}`;
}

/** A moment as its distance from the start, with tenths up to ten minutes: `+12.3 s`, `+1 h 4 min`. */
export function sinceStart(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const size = Math.abs(seconds);
  return `${seconds < 0 ? '−' : '+'}${size < 600 ? `${size.toFixed(1)} s` : duration(size)}`;
}

/**
 * A time on an axis that ends at `lastSeconds`: `40 s` up to two minutes, then as clocks show it (`1:20`, `1:00:05`),
 * because that is narrow. `digits` are those after the point, for moments between the ticks.
 */
export function axisTime(seconds: number, lastSeconds: number, digits: 0 | 1 = 0): string {
  if (lastSeconds < 120) return `${seconds.toFixed(digits).replace('-', '−')} s`;
  const size = Math.abs(Math.round(seconds));
  const pad = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60];
  const sign = seconds < 0 && size > 0 ? '−' : '';
  return lastSeconds < 3600 ? `${sign}${minutes}:${pad(rest)}` : `${sign}${hours}:${pad(minutes)}:${pad(rest)}`;
}

/** A moment's clock time in UTC with tenths: `09:30:12.3`. What is not a time is given back as it is. */
export function clock(at: string): string {
  const time = Date.parse(at);
  return Number.isFinite(time) ? new Date(time).toISOString().slice(11, 21) : at;
}

/** A moment's date and time in UTC: `2026-11-22 09:30:12 UTC`. */
export function moment(at: string): string {
  const time = Date.parse(at);
  return Number.isFinite(time) ? `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC` : at;
}

/** Facts of a refusal in one line: the guard's own sentence where there is one, else `running 1, minRemaining 1`. */
export function factLine(facts: Readonly<Record<string, unknown>>): string {
  if (typeof facts.because === 'string') return facts.because;
  return Object.entries(facts)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

/** A list in a sentence: `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
