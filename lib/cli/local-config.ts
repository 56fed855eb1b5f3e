import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { importConfig, resolveConfig } from '../calendar/read-config.ts';
import { resolveClosures } from '../calendar/resolve.ts';
import { daysAfter } from '../core/calendar.ts';
import type { Closures, Freeze } from '../core/closures.ts';
import type { Config } from '../core/config.ts';
import { CommandFailed, EXIT } from './exit.ts';
import type { Output } from './output.ts';

const DEFAULT_FILE = 'capuchin.config.ts';

/** A config of this machine, for commands that need no deployment. */
export interface LocalConfig {
  /** The file as it was given; undefined: there is none, and every key has its default. */
  readonly file?: string;
  /** Files of freezes are looked for from here. */
  readonly folder: string;
  /** Its calendar is that of today. */
  readonly config: Config;
}

/**
 * Reads the config file, by default `capuchin.config.ts` of the current folder if it is there, and says on standard error which it is.
 * Throws `CommandFailed` with the usage code and every mistake with its path.
 *
 * @param today ISO date on which the calendar is worked out.
 */
export async function readLocalConfig(output: Output, file: string | undefined, today: string): Promise<LocalConfig> {
  const chosen = file ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  const whole = path.resolve(chosen ?? '.');
  const folder = chosen === undefined ? whole : path.dirname(whole);
  const input = chosen === undefined ? {} : await load(chosen, whole);
  const config = resolveConfig(input, { folder, today });
  if (!config.ok) throw invalid(chosen, config.problem);
  const source = chosen ?? `built-in defaults, for there is no ${DEFAULT_FILE} here`;
  output.talk(output.style('dim', `Config: ${source}`));
  return { ...(chosen === undefined ? {} : { file: chosen }), folder, config: config.value };
}

function invalid(file: string | undefined, problem: string): CommandFailed {
  const mistakes = problem.replace(/^/gm, '  ');
  return new CommandFailed(`${file ?? 'the config'} is not a valid config; mend:\n${mistakes}`, EXIT.usage);
}

async function load(file: string, whole: string): Promise<unknown> {
  const found = statSync(whole, { throwIfNoEntry: false });
  if (!found?.isFile()) {
    const why = found === undefined ? 'there is no such file' : 'this is no file';
    throw new CommandFailed(`${file}: ${why}; name a config, TypeScript or JSON, with --config`, EXIT.usage);
  }
  let input: unknown;
  try {
    input = await importConfig(whole);
  } catch (cause) {
    const why = (cause instanceof Error ? cause.message : String(cause)).trim().split('\n')[0];
    throw new CommandFailed(`${file}: it cannot be loaded: ${why}`, EXIT.usage, { cause });
  }
  if (input === undefined) {
    throw new CommandFailed(`${file}: it exports no config; end it with "export default config;"`, EXIT.usage);
  }
  return input;
}

/**
 * Holidays, closed dates and freezes of a local config for every date from `from` to `to` (both inside), however far away they are:
 * what is worked out for today reaches a few years only. Throws `CommandFailed` with the usage code.
 *
 * @param codes of the holidays; default: the config's and its profiles'.
 */
export function closuresCovering(
  { config, file, folder }: LocalConfig,
  { from, to }: { readonly from: string; readonly to: string },
  codes?: readonly string[],
): Closures {
  const { holidayTypes, closedDates, freezes } = config;
  const ofProfiles = Object.values(config.profiles).flatMap(({ holidays = [] }) => holidays);
  const holidays = [...(codes ?? [...config.holidays, ...ofProfiles])];
  const resolve = (today: string): Closures => {
    const readFile = (name: string): string => readFileSync(path.resolve(folder, name), 'utf8');
    const closures = resolveClosures({ holidays, holidayTypes, closedDates, freezes }, { today, readFile });
    if (!closures.ok) throw invalid(file, closures.problem);
    return closures.value;
  };
  let known = resolve(from);
  while (known.knownUntil < to) known = joined(known, resolve(daysAfter(known.knownUntil, 1)));
  return known;
}

/** Both together; what both know stands there once. */
function joined(first: Closures, next: Closures): Closures {
  const holidays: Closures['holidays'] = {};
  for (const [code, days] of Object.entries(first.holidays)) {
    const later = (next.holidays[code] ?? []).filter(({ date }) => date > first.knownUntil);
    holidays[code] = [...days, ...later];
  }
  const freezes = new Map<string, Freeze>();
  for (const freeze of [...first.freezes, ...next.freezes]) freezes.set(JSON.stringify(freeze), freeze);
  return {
    ...first,
    knownUntil: next.knownUntil,
    holidays,
    freezes: [...freezes.values()],
  };
}
