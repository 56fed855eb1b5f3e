import { daysAfter } from '../core/calendar.ts';
import type { Closures } from '../core/closures.ts';
import type { Config } from '../core/config.ts';
import type { Group } from '../core/group.ts';
import { settingsContext } from '../core/settings.ts';
import { FAULT_NAMES } from '../faults/catalogue.ts';
import { readDeployedFleet } from './deployed-fleet.ts';
import { CommandFailed, EXIT } from './exit.ts';
import { formDescribed, readGroupsFile } from './groups-file.ts';
import { closuresCovering, readLocalConfig } from './local-config.ts';
import type { Output } from './output.ts';
import { openSession, type SessionOptions } from './session.ts';
import { firstOf } from './simulation-text.ts';
import { ZoneClock } from './zone-clock.ts';

/** Where the groups come from, and which days are asked for. */
export interface SceneOptions extends SessionOptions {
  readonly days: number;
  /** A groups file; without one the deployed stack is asked. */
  readonly groups?: string | undefined;
  /** Default: today in the zone of the config. */
  readonly from?: string | undefined;
  readonly group?: string | undefined;
  readonly config?: string | undefined;
}

/** Whose plans are simulated, and what they depend on. */
export interface Scene {
  readonly groups: readonly Group[];
  /** How many tasks each is to have, where it is known. */
  readonly desired: ReadonlyMap<string, number>;
  readonly closures: Closures;
  readonly budgets: Config['budgets'];
  /** Zone in which the account's days are counted. */
  readonly zone: string;
  readonly from: string;
}

/**
 * Reads groups and config, and says who is left out. Throws `CommandFailed` when nobody takes part, or not the group that was asked for.
 */
export async function readScene(output: Output, options: SceneOptions, nowMs: number): Promise<Scene> {
  const scene =
    options.groups === undefined
      ? await deployedScene(output, options, nowMs)
      : await fileScene(output, options, options.groups, nowMs);
  if (options.group !== undefined) checkGroup(scene.groups, options.group);
  return scene;
}

async function fileScene(output: Output, options: SceneOptions, file: string, nowMs: number): Promise<Scene> {
  const reading = readGroupsFile(file);
  if (!reading.ok) throw new CommandFailed(firstOf(reading.problems).join('\n'), EXIT.usage);
  const local = await readLocalConfig(output, options.config, new Date(nowMs).toISOString().slice(0, 10));
  const { zone } = local.config.window;
  const from = options.from ?? new ZoneClock(zone).at(nowMs).date;
  const closures = closuresCovering(local, { from, to: daysAfter(from, options.days) });
  const context = settingsContext({ ...local.config, calendar: closures }, FAULT_NAMES);
  const { groups, notOptedIn, assumed, problems, excluded } = formDescribed(reading.groups, context);
  tellLeftOut(output, { problems, excluded, unread: [] });
  for (const group of firstOf(notOptedIn)) output.talk(`${output.style('yellow', 'not opted in')}  ${group}`);
  for (const group of firstOf(assumed)) {
    output.talk(`${output.style('dim', 'taken as opted in')}  ${group}: it has no tag ${local.config.tagPrefix}opt-in`);
  }
  if (groups.length === 0) {
    const optIn = `${local.config.tagPrefix}opt-in`;
    throw new CommandFailed(
      `no group of ${file} takes part: leave the tag ${optIn} out or write "true", and mend the tags that cannot be read`,
      EXIT.usage,
    );
  }
  const desired = new Map(reading.groups.map((one) => [one.group, one.desired]));
  return { groups, desired, closures, budgets: local.config.budgets, zone, from };
}

async function deployedScene(output: Output, options: SceneOptions, nowMs: number): Promise<Scene> {
  if (options.config !== undefined) {
    const mend = 'give --groups as well, or leave --config out';
    throw new CommandFailed(
      `--config is for groups of a file; those of a deployed stack have its config: ${mend}`,
      EXIT.usage,
    );
  }
  const { groups, config, ...rest } = await readDeployedFleet(await openSession(options), 'simulate');
  tellLeftOut(output, rest);
  if (groups.length === 0) {
    throw new CommandFailed(
      'no group has opted in, so there is nothing to simulate; describe some in a file for --groups',
    );
  }
  const { zone } = config.window;
  const from = options.from ?? new ZoneClock(zone).at(nowMs).date;
  const { knownFrom, knownUntil } = config.calendar;
  if (from < knownFrom || daysAfter(from, options.days - 1) > knownUntil) {
    output.talk(`The deployed stack knows the holidays from ${knownFrom} to ${knownUntil} only.`);
  }
  return { groups, desired: new Map(), closures: config.calendar, budgets: config.budgets, zone, from };
}

function checkGroup(groups: readonly Group[], name: string): void {
  if (groups.some((group) => group.name === name)) return;
  const names = firstOf(
    groups.map((group) => group.name),
    10,
  ).join(', ');
  throw new CommandFailed(`no group "${name}" takes part; these do: ${names}`, EXIT.usage);
}

interface LeftOut {
  readonly problems: readonly {
    readonly group: string;
    readonly tag: string;
    readonly value: string;
    readonly problem: string;
  }[];
  readonly excluded: readonly { readonly group: string; readonly because: string }[];
  readonly unread: readonly { readonly resource: string; readonly because: string }[];
}

function tellLeftOut(output: Output, { problems, excluded, unread }: LeftOut): void {
  const say = (word: string, lines: readonly string[]): void => {
    for (const line of firstOf(lines)) output.talk(`${output.style('yellow', word)}  ${line}`);
  };
  say(
    'out',
    problems.map(({ group, tag, value, problem }) => `${group}: the tag ${tag}=${value}: ${problem}`),
  );
  say(
    'left out',
    excluded.map(({ group, because }) => `${group}: ${because}`),
  );
  say(
    'not read',
    unread.map(({ resource, because }) => `${resource}: ${because}`),
  );
}
