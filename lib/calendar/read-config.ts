import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Config, readConfig, withCalendar } from '../core/config.ts';
import type { Parsed } from '../core/window.ts';
import { FAULT_NAMES } from '../faults/catalogue.ts';
import { resolveClosures } from './resolve.ts';

/**
 * Reads a config with its calendar, or says each mistake with its path, one a line.
 *
 * @param input what the config file exports.
 * @param folder the config file's; paths of calendar files start there.
 * @param today ISO date on which the calendar is worked out.
 */
export function resolveConfig(
  input: unknown,
  { folder, today }: { readonly folder: string; readonly today: string },
): Parsed<Config> {
  const config = readConfig(input, FAULT_NAMES);
  if (!config.ok) return config;
  const moreHolidays = Object.entries(config.value.profiles).flatMap(([name, { holidays = [] }]) =>
    holidays.map((code, index) => ({ path: `profiles.${name}.holidays.${index}`, code })),
  );
  const closures = resolveClosures(config.value, {
    today,
    readFile: (file) => readFileSync(path.resolve(folder, file), 'utf8'),
    moreHolidays,
  });
  return closures.ok ? withCalendar(config.value, closures.value) : closures;
}

/** Reads a config file, TypeScript or JSON, as its own module or text says. */
export async function importConfig(file: string): Promise<unknown> {
  if (file.endsWith('.json')) return JSON.parse(readFileSync(file, 'utf8'));
  return ((await import(pathToFileURL(file).href)) as { default: unknown }).default;
}
