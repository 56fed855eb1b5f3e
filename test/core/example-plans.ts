import type { Group } from '../../lib/core/group.ts';
import { type GroupHistory, type Plan, planDay } from '../../lib/core/plan.ts';
import { aWindow, FAULT_KINDS, someCalendars } from './examples.ts';

export const ms = (text: string): number => Date.parse(text);

/** What plans of these tests are drawn from, but for groups, names and times. */
export const drawing = { seed: 'seed', calendars: someCalendars(), faults: FAULT_KINDS };

/** Groups that are drawn on each of their days. */
export const certain = { meanDays: 1, minDays: 1, window: aWindow('09:00-17:00') };

export type DayInput = Parameters<typeof planDay>[0];

/** The plan of Monday the 23rd of November, but for what is changed. */
export const day = (groups: readonly Group[], changes: Partial<DayInput> = {}): Plan =>
  planDay({
    ...drawing,
    name: '2026-11-23-Europe-Berlin',
    groups,
    date: '2026-11-23',
    nowMs: ms('2026-11-23T05:00:00Z'),
    history: new Map<string, GroupHistory>(),
    ...changes,
  });
