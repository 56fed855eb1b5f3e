import { Temporal } from 'temporal-polyfill';
import { type Config, windowSettings } from '../../lib/core/config.ts';
import type { Group } from '../../lib/core/group.ts';
import type { FleetFound } from '../opted-in.ts';

/** A day's plan may have thousands of schedules to make: nothing is planned for the next minute. */
export const PLAN_LEAD_MS = 60_000;

/** The name of a zone-day's plan. Every other character stays: Etc/GMT+1 and Etc/GMT-1 are two zones, and their plans two plans. */
export function planName(date: string, zone: string): string {
  return `${date}-${zone.replaceAll('/', '-')}`;
}

export function dateIn(zone: string, ms: number): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate().toString();
}

/** The groups of a zone on one of its dates. */
export interface ZoneDate {
  readonly zone: string;
  readonly groups: readonly Group[];
  readonly date: string;
}

/** The order in which the dates of the zones begin. */
export function inOrderOfMidnights<One extends ZoneDate>(dates: readonly One[]): One[] {
  const midnight = ({ zone, date }: One): number =>
    Temporal.PlainDate.from(date).toZonedDateTime({ timeZone: zone }).epochMilliseconds;
  return dates
    .map((one) => ({ one, ms: midnight(one) }))
    .sort((a, b) => a.ms - b.ms)
    .map(({ one }) => one);
}

/** The groups of each zone. The config's own zone has a plan even without groups: an empty plan is a plan, and says so in the record. */
export function byZone(config: Config, groups: readonly Group[]): { zone: string; groups: Group[] }[] {
  const zones = new Map<string, Group[]>([[zoneOf(config), []]]);
  for (const group of groups) {
    const { zone } = group.settings.window;
    const inZone = zones.get(zone);
    if (inZone === undefined) zones.set(zone, [group]);
    else inZone.push(group);
  }
  return [...zones].map(([zone, inZone]) => ({ zone, groups: inZone }));
}

/** What belongs to no zone, because its tags cannot be read or the config leaves it out, is told in the plan of the config's zone. */
export function ofZone(config: Config, found: FleetFound, zone: string): FleetFound {
  return zone === zoneOf(config) ? found : { ...found, problems: [], excluded: [], unread: [] };
}

const zoneOf = (config: Config): string => windowSettings(config, undefined).window.zone;
