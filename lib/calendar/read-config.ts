import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Config, readConfig, type UserConfig, withCalendar } from '../core/config.ts';
import type { Parsed } from '../core/window.ts';
import { FAULT_NAMES, FAULTS } from '../faults/catalogue.ts';
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
  const wrong = parameterProblems(config.value);
  if (wrong.length > 0) return { ok: false, problem: wrong.join('\n') };
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

/** Parameters that no fault takes, and faults of a profile whose parameters are wrong or lack one that must be given. */
function parameterProblems({ profiles }: UserConfig): string[] {
  return Object.entries(profiles).flatMap(([profile, { faults = [], parameters }]) => {
    const named = new Set([...Object.keys(parameters), ...faults.map(({ name }) => name)]);
    return [...named].flatMap((name) => {
      const place = `profiles.${profile}.parameters.${name}`;
      const fault = FAULTS.get(name);
      if (fault === undefined) return [`${place}: no fault of this name; known are ${FAULT_NAMES.join(', ')}`];
      const given = Object.hasOwn(parameters, name) ? parameters[name] : {};
      const issues = fault.parameters.safeParse(given).error?.issues ?? [];
      return issues.map(({ path: at, message }) => `${[place, ...at].join('.')}: ${message}`);
    });
  });
}

/** Reads a config file, TypeScript or JSON, as its own module or text says. */
export async function importConfig(file: string): Promise<unknown> {
  if (file.endsWith('.json')) return JSON.parse(readFileSync(file, 'utf8'));
  return ((await import(pathToFileURL(file).href)) as { default: unknown }).default;
}
