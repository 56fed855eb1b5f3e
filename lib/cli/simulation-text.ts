import type { Ceilings } from '../core/ceilings.ts';
import { applicableFaults } from '../core/fault-choice.ts';
import { type Group, kindOf } from '../core/group.ts';
import { remainingRequired } from '../core/min-remaining.ts';
import type { SimulatedGroup } from '../core/simulate.ts';
import { targetCount } from '../core/target-count.ts';
import { FAULT_KINDS } from '../faults/catalogue.ts';
import { count, counted } from '../rehearsal/report/format.ts';

/** A longer table helps nobody; `--all` and `--json` have every group. */
const MOST_ROWS = 40;

const HEAD = ['group', 'mean asked', 'least', 'work days', 'experiments', 'mean gap', 'longest gap'];

/** A line a group, numbers to the right. Gaps are in work days. */
export function simulationTable(told: readonly SimulatedGroup[], all: boolean): string {
  const shown = all ? told : told.slice(0, MOST_ROWS);
  const rows = shown.map((one) => [
    one.group,
    String(one.meanDays),
    String(one.minDays),
    count(one.workDays),
    count(one.experiments),
    one.meanGapDays === null ? '–' : one.meanGapDays.toFixed(2),
    one.longestGapDays === null ? '–' : count(one.longestGapDays),
  ]);
  const lines = [HEAD.map((title) => title.toUpperCase()), ...rows];
  const widths = HEAD.map((_, column) => lines.reduce((width, line) => Math.max(width, line[column]?.length ?? 0), 0));
  const lineOf = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const more = told.length - shown.length;
  const note = more === 0 ? [] : [`… and ${counted(more, 'group')} more; --all lists them, --json has them`];
  return [...lines.map(lineOf), ...note].join('\n');
}

/**
 * What makes the experiments of a group come to nothing, a sentence each.
 *
 * @param desired how many tasks each group is to have, where it is known.
 */
export function groupHints(
  groups: readonly Group[],
  desired: ReadonlyMap<string, number>,
  told: readonly SimulatedGroup[],
): string[] {
  const closed = new Set(told.filter(({ workDays }) => workDays === 0).map(({ group }) => group));
  return groups.flatMap((group) => {
    const hints: string[] = [];
    if (closed.has(group.name)) hints.push(`${group.name}: its window is never open on these days`);
    if (applicableFaults(group, FAULT_KINDS).length === 0) {
      const faults = group.settings.faults.map(({ name }) => name).join(', ');
      const what = kindOf(group) === 'hosts' ? 'hosts' : 'a service';
      hints.push(`${group.name}: none of its faults applies to ${what} (${faults}), so nothing is ever planned`);
    }
    const tasks = desired.get(group.name);
    const room = tasks === undefined ? undefined : noRoom(group, tasks);
    return room === undefined ? hints : [...hints, `${group.name}: ${room}`];
  });
}

function noRoom({ settings }: Group, desired: number): string | undefined {
  const required = remainingRequired(settings.minRemaining, desired);
  const wanted = targetCount(settings.targets, desired);
  if (desired - wanted >= required) return undefined;
  const left = Math.max(0, desired - wanted);
  return `every experiment would be refused: it takes ${wanted} of ${desired}, which leaves ${left}, and ${required} must remain (min-remaining ${settings.minRemaining})`;
}

type CeilingsFound =
  | { readonly budgets: Ceilings['budgets']; readonly taken: number }
  | {
      readonly budgets: Ceilings['budgets'];
      readonly beyond: {
        readonly experiments: number;
        readonly dates: number;
        readonly of: number;
        readonly days: number;
      };
    };

/** What the ceilings of the account took away, or would. */
export function ceilingsHint(found: CeilingsFound): string {
  const { maxPerHour, maxPerDay } = found.budgets;
  const ceilings = `the account's ceilings (${maxPerHour} an hour, ${maxPerDay} a day)`;
  if ('taken' in found) {
    if (found.taken === 0) return `${ceilings} took nothing away`;
    return `${ceilings} took ${counted(found.taken, 'drawn experiment')} away; what is left is shown`;
  }
  const { experiments, dates, of, days } = found.beyond;
  return `${ceilings} would take at least ${count(experiments)} of these ${counted(of, 'experiment')} away, on ${count(dates)} of ${counted(days, 'day')}; --ceilings shows what is left`;
}

/** The first of many lines, and how many there are more. */
export function firstOf(lines: readonly string[], most = 20): string[] {
  return lines.length <= most ? [...lines] : [...lines.slice(0, most), `… and ${lines.length - most} more`];
}
