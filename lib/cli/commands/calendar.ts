import { holidaysOf } from '../../calendar/holidays.ts';
import { daysAfter, openIntervals, WorkCalendar } from '../../core/calendar.ts';
import { Calendars } from '../../core/calendars.ts';
import { windowSettings } from '../../core/config.ts';
import { describeWindow, type HourRange, type Weekday, type Window } from '../../core/window.ts';
import { counted } from '../../rehearsal/report/format.ts';
import { calendarText } from '../calendar-text.ts';
import { type DeployedFleet, readDeployedFleet } from '../deployed-fleet.ts';
import { CommandFailed, EXIT } from '../exit.ts';
import { closuresCovering, readLocalConfig } from '../local-config.ts';
import { json, type Output } from '../output.ts';
import { openSession, type SessionOptions } from '../session.ts';

export interface CalendarOptions extends SessionOptions {
  /** A group of the deployed stack; else the window is the options' and the local config's. */
  readonly group?: string | undefined;
  readonly zone?: string | undefined;
  readonly hours?: readonly HourRange[] | undefined;
  readonly days?: readonly Weekday[] | undefined;
  readonly holidays?: readonly string[] | undefined;
  readonly from?: string | undefined;
  /** How many days. */
  readonly for: number;
  readonly config?: string | undefined;
  readonly all?: boolean | undefined;
  readonly json?: boolean | undefined;
}

interface Asked {
  readonly calendar: WorkCalendar;
  readonly from: string;
}

/** Shows when a window is open. That it never is, is an answer, too. */
export async function calendar(output: Output, options: CalendarOptions): Promise<void> {
  const nowMs = Date.now();
  const asked =
    options.group === undefined ? await ofConfig(output, options, nowMs) : await ofGroup(output, options, nowMs);
  const intervals = openIntervals(asked.calendar, asked.from, options.for);
  if (intervals.length === 0) {
    const last = daysAfter(asked.from, options.for - 1);
    const window = describeWindow(asked.calendar.window);
    output.talk(`The window ${window} is never open in ${counted(options.for, 'day')}, ${asked.from} to ${last}.`);
  }
  if (options.json) {
    json(output, { intervals: intervals.map(({ fromMs, toMs }) => ({ from: iso(fromMs), to: iso(toMs) })) });
    return;
  }
  const { style, width } = output;
  const { calendar: shown, from } = asked;
  output.out(calendarText(shown, { from, days: options.for, all: options.all === true, style, width }));
}

const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

const todayIn = (window: Window, nowMs: number): string => new WorkCalendar(window).dateAt(nowMs);

async function ofConfig(output: Output, options: CalendarOptions, nowMs: number): Promise<Asked> {
  for (const code of options.holidays ?? []) checkHolidays(code);
  const local = await readLocalConfig(output, options.config, new Date(nowMs).toISOString().slice(0, 10));
  const configured = windowSettings(local.config, undefined).window;
  const window: Window = {
    hours: options.hours ?? configured.hours,
    days: options.days ?? configured.days,
    zone: options.zone ?? configured.zone,
  };
  const holidays = options.holidays ?? local.config.holidays;
  const from = options.from ?? todayIn(window, nowMs);
  // A range that begins on the last evening reaches into one date more.
  const closures = closuresCovering(local, { from, to: daysAfter(from, options.for) }, holidays);
  return { calendar: new Calendars(closures).of({ window, holidays }), from };
}

/** That there are such holidays does not depend on the year. */
function checkHolidays(code: string): void {
  const found = holidaysOf(code, { fromYear: 2026, toYear: 2026, types: ['public'] });
  if (!found.ok) throw new CommandFailed(`--holidays: ${found.problem}`, EXIT.usage);
}

async function ofGroup(output: Output, options: CalendarOptions, nowMs: number): Promise<Asked> {
  const fleet = await readDeployedFleet(await openSession(options), 'calendar');
  const group = fleet.groups.find(({ name }) => name === options.group);
  if (group === undefined) throw new CommandFailed(whyNot(fleet, options.group ?? ''));
  const from = options.from ?? todayIn(group.settings.window, nowMs);
  const { knownFrom } = fleet.config.calendar;
  if (from < knownFrom && group.settings.holidays.length > 0) {
    output.talk(`The deployed stack knows no holidays before ${knownFrom}: earlier ones are shown as open.`);
  }
  return { calendar: new Calendars(fleet.config.calendar).of(group.settings), from };
}

/** Why a group has no calendar, as far as the deployed stack knows. */
function whyNot({ groups, problems, excluded }: DeployedFleet, group: string): string {
  const bad = problems.find((one) => one.group === group);
  if (bad !== undefined) return `${group} is out: the tag ${bad.tag}=${bad.value}: ${bad.problem}`;
  const out = excluded.find((one) => one.group === group);
  if (out !== undefined) return `${group} is left out: ${out.because}`;
  if (groups.length === 0) return `no group "${group}" has opted in; none has`;
  const some = groups.slice(0, 10).map(({ name }) => name);
  const more = groups.length > some.length ? ` and ${groups.length - some.length} more` : '';
  return `no group "${group}" has opted in; these have: ${some.join(', ')}${more}`;
}
