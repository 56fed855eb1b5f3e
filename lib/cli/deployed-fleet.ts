import * as z from 'zod';
import { closuresSchema } from '../core/closures.ts';
import type { Group } from '../core/group.ts';
import { probeSchema } from '../core/probe.ts';
import { WEEKDAYS } from '../core/window.ts';
import { ask, askGroups, type Session } from './session.ts';

const tags = z.record(z.string(), z.string());

const windowSchema = z.object({
  hours: z.array(z.object({ fromMinute: z.number(), toMinute: z.number() })).min(1),
  days: z.array(z.enum(WEEKDAYS)).min(1),
  zone: z.string(),
});

const groupSchema = z.object({
  name: z.string(),
  members: z.array(
    z.object({
      serviceArn: z.string(),
      service: z.string(),
      clusterArn: z.string(),
      cluster: z.string(),
      tags,
      clusterTags: tags,
    }),
  ),
  hosts: z.array(
    z.object({
      kind: z.enum(['auto-scaling-group', 'instance']),
      arn: z.string(),
      name: z.string(),
      tags,
      groupTags: tags,
    }),
  ),
  settings: z.object({
    profile: z.string(),
    faults: z.array(z.object({ name: z.string(), weight: z.number() })),
    parameters: z.record(z.string(), z.record(z.string(), z.unknown())),
    meanDays: z.number(),
    minDays: z.number(),
    maxDays: z.number().optional(),
    window: windowSchema,
    holidays: z.array(z.string()),
    minRemaining: z.number(),
    targets: z.number(),
    observeSeconds: z.number(),
    intervalSeconds: z.number(),
    recoveryLimitSeconds: z.number(),
    maxReplacementFailures: z.number(),
    steadyState: z.array(probeSchema),
    alarms: z.array(z.string()),
  }),
});

const groupsAnswer = z.object({
  groups: z.array(groupSchema),
  problems: z.array(
    z.object({ group: z.string(), resource: z.string(), tag: z.string(), value: z.string(), problem: z.string() }),
  ),
  excluded: z.array(z.object({ group: z.string(), because: z.string() })),
  unread: z.array(z.object({ resource: z.string(), because: z.string() })),
  next: z.string().optional(),
});

const configAnswer = z.object({
  config: z.object({
    window: z.object({ zone: z.string() }),
    budgets: z.object({ maxInFlight: z.number(), maxPerHour: z.number(), maxPerDay: z.number() }),
    calendar: closuresSchema,
  }),
});

/** Who has opted in to a deployed stack, with every setting, and what of its config plans depend on. */
export interface DeployedFleet extends Omit<z.output<typeof groupsAnswer>, 'groups' | 'next'> {
  readonly groups: readonly Group[];
  readonly config: z.output<typeof configAnswer>['config'];
}

/** Asks a deployed stack for its groups and its config. @param command that asks, for the function's log. */
export async function readDeployedFleet(session: Session, command: string): Promise<DeployedFleet> {
  const actor = `capuchin ${command}`;
  const asked = { version: 1, command: 'config', actor, reason: 'look at the calendar' };
  const { CommandFunction } = session.deployment;
  const [found, { config }] = await Promise.all([
    askGroups(session, groupsAnswer, actor),
    ask(session, CommandFunction, asked, configAnswer),
  ]);
  return { ...found, config };
}
