import { type Command, Option } from '@commander-js/extra-typings';
import { InvalidArgumentError } from 'commander';
import { holidayCodeSchema } from '../core/closures.ts';
import { type Parsed, parseDays, parseHours, parseZone } from '../core/window.ts';
import { calendarDate, wholeNumber } from './arguments.ts';
import { AS_JSON, deployed } from './deployed-command.ts';
import type { Surroundings } from './program.ts';

/** What looks ahead and changes nothing. */
export function addPlanning(capuchin: Command, surroundings: Surroundings): void {
  addCalendar(capuchin, surroundings);
  addSimulate(capuchin, surroundings);
}

/** A reader of the core as one for options. */
function readBy<T>(parse: (text: string) => Parsed<T>): (text: string) => T {
  return (text) => {
    const parsed = parse(text);
    if (!parsed.ok) throw new InvalidArgumentError(`${parsed.problem}.`);
    return parsed.value;
  };
}

function holidayCodes(text: string, before: readonly string[] | undefined): readonly string[] {
  const code = holidayCodeSchema.safeParse(text);
  if (!code.success) throw new InvalidArgumentError('Write a country or a country and its region, like GB or GB-ENG.');
  return [...(before ?? []), code.data];
}

/** Before it there are no zones to speak of, and after it no holidays. */
function nearDate(text: string): string {
  const date = calendarDate(text);
  if (date < '1970-01-01' || date > '2199-12-31') {
    throw new InvalidArgumentError('Write a date from 1970-01-01 to 2199-12-31.');
  }
  return date;
}

function someSeed(text: string): string {
  if (text === '') throw new InvalidArgumentError('Write at least one character.');
  return text;
}

const MOST_DAYS = 4000;
/** A thousand years: whoever checks the mean gap wants many experiments. */
const MOST_SIMULATED_DAYS = 400_000;

function addCalendar(capuchin: Command, { output }: Surroundings): void {
  capuchin.addCommand(
    deployed('calendar', 'Show when a window is open.')
      .addOption(
        new Option('--group <group>', 'the window of a group of the deployed stack').conflicts([
          'zone',
          'hours',
          'days',
          'holidays',
          'config',
        ]),
      )
      .option('--zone <zone>', "an IANA name like Europe/London (default: the config's)", readBy(parseZone))
      .option('--hours <hours>', 'like 09:00-17:00, or "09:00-12:00 13:00-17:00", or 22:00-06:00', readBy(parseHours))
      .option('--days <days>', 'like mon-fri, or "mon wed fri"', readBy(parseDays))
      .option('--holidays <code>', 'whose holidays are closed, like GB-ENG; more than once for several', holidayCodes)
      .option('--from <date>', "the first date, like 2026-11-23 (default: today in the window's zone)", nearDate)
      .option('--for <n>', 'how many days', wholeNumber(1, MOST_DAYS), 14)
      .option('--config <file>', 'the config, TypeScript or JSON (default: capuchin.config.ts of this folder)')
      .option('--all', 'a line for every date; else closed dates in a row share one')
      .option(...AS_JSON)
      .addHelpText(
        'after',
        `
Without --group no AWS is touched: what no option says is the config's, and so are
freezes and closed dates.

Examples:
  capuchin calendar
  capuchin calendar --zone Europe/London --hours 22:00-06:00 --days sun-thu
  capuchin calendar --holidays GB-ENG --holidays US --from 2027-01-01 --for 365
  capuchin calendar --group shop/catalog --for 30 --json

With --json: {"intervals": [{"from": …, "to": …}]}, instants in UTC, "to" outside.
`,
      )
      .action(async (options) => {
        // Loaded when it is wanted: the holidays of the world are large.
        const { calendar } = await import('./commands/calendar.ts');
        await calendar(output, options);
      }),
  );
}

function addSimulate(capuchin: Command, { output, signal, leave }: Surroundings): void {
  capuchin.addCommand(
    deployed('simulate', 'Plan day after day for many days, and show how often each group is met. Nothing is recorded.')
      .option('--days <n>', 'how many days of the calendar', wholeNumber(1, MOST_SIMULATED_DAYS), 250)
      .option('--groups <file>', 'YAML file of groups; no AWS is touched (default: the groups of the deployed stack)')
      .option('--seed <seed>', 'key of every draw (default: a new one)', someSeed)
      .option('--from <date>', 'the first date, like 2026-11-23 (default: today)', nearDate)
      .option('--group <group>', 'only this group')
      .option('--svg <file>', 'write the plot as SVG, too')
      .option('--ceilings', "with the account's ceilings, maxPerDay and maxPerHour of the config")
      .option('--config <file>', 'with --groups: the config (default: capuchin.config.ts of this folder)')
      .option('--all', 'list every group, not only the first 40')
      .option(...AS_JSON)
      .addHelpText(
        'after',
        `
With the seed of the deployment's config these are the plans that it will draw, as long as every experiment takes place
and tags and calendar stay as they are. Any other seed shows what may happen as well.

Examples:
  capuchin simulate --days 365 --svg year.svg
  capuchin simulate --groups groups.yaml --seed 42 --json

A groups file:
  groups:
    - group: shop/catalog
      desired: 3
      tags: { chaos:opt-in: "true", chaos:mean-days: "5", chaos:min-days: "2" }
`,
      )
      .action(async (options) => {
        const { simulateDays } = await import('./commands/simulate.ts');
        leave(await simulateDays(output, options, signal));
      }),
  );
}
