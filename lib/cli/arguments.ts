import { InvalidArgumentError } from 'commander';
import { dateSchema } from '../core/closures.ts';
import { parseTargets } from '../core/target-count.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Reads `30s`, `20m` or `2h` as seconds. */
export function durationSeconds(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+)([smh])$/.exec(text) ?? [];
  const seconds = Number(digits) * (UNITS[unit] ?? 0);
  if (seconds < 1) throw new InvalidArgumentError('Write a whole number with s, m or h, like 30s, 20m or 2h.');
  return seconds;
}

/** A reader for whole numbers of a range, for options. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`);
    return value;
  };
}

/** A reader for a date of the calendar. */
export function calendarDate(text: string): string {
  if (!dateSchema.safeParse(text).success) throw new InvalidArgumentError('Write a date that exists, like 2026-11-23.');
  return text;
}

/** A reader for a count of targets or a fraction of desired. */
export function targetShare(text: string): number {
  const parsed = parseTargets(text);
  if (!parsed.ok) throw new InvalidArgumentError(`${parsed.problem}.`);
  return parsed.value;
}

/** `durationSeconds=30`, as often as needed: numbers, true and false are read as such, everything else is text. */
export function parameter(text: string, before: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const [, name, inner, value] = /^([A-Za-z][A-Za-z0-9]*)(?:\.([A-Za-z][A-Za-z0-9]*))?=(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('write name=value, like durationSeconds=30.');
  const isPlain = /^(true|false|-?\d+(\.\d+)?)$/.test(value);
  const given = isPlain ? (JSON.parse(value) as unknown) : value;
  const has = Object.hasOwn(before, name);
  if (inner === undefined) {
    if (has) throw new InvalidArgumentError(`${name} is given twice.`);
    return { ...before, [name]: given };
  }
  const group = has ? before[name] : {};
  if (typeof group !== 'object' || group === null || Object.hasOwn(group, inner))
    throw new InvalidArgumentError(`${name}.${inner} is given twice.`);
  return { ...before, [name]: { ...group, [inner]: given } };
}
