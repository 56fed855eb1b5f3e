import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { targetsSchema } from './target-count.ts';

/** What a request may ask to skip, by name. Nothing else can be skipped. */
export const SKIPPABLE = ['window', 'spacing'] as const;

const instant = z.iso.datetime().describe('ISO 8601 in UTC');

/** The order to do one experiment: what a schedule or the command function hands to the experiment function. */
export const experimentOrderSchema = z
  .strictObject({
    version: z.literal(1),
    experiment: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/),
    group: z.string().min(1),
    /** The services that the group had when it was planned; each must still belong to it. */
    services: z.array(z.strictObject({ cluster: z.string().min(1), service: z.string().min(1) })),
    /** The hosts that the group had then, when it is a group of hosts. */
    hosts: z
      .array(z.strictObject({ kind: z.enum(['auto-scaling-group', 'instance']), name: z.string().min(1) }))
      .default([]),
    fault: z.string().min(1),
    parameters: z.record(z.string(), z.unknown()).default({}),
    /** When it is due. */
    at: instant,
    /** Label of the draws that are still to be made. */
    label: z.string().min(1),
    /** How many targets, a count or a fraction of desired; default: the group's setting. */
    targets: targetsSchema.optional(),
    /** Zone of the group when it was planned; another one now is a refusal. */
    zone: z.string().min(1).optional(),
    skip: z.array(z.enum(SKIPPABLE)).default([]),
    /** Ask for the leash although it is off. It can only be tightened. */
    leashed: z.boolean().default(false),
    actor: z.string().min(1),
    reason: z.string().min(1),
  })
  .refine(({ services, hosts }) => (services.length === 0) !== (hosts.length === 0), {
    message: 'name services or hosts, and not both',
    path: ['services'],
  });
export type ExperimentOrder = z.output<typeof experimentOrderSchema>;

/** Hosts by name: of an Auto Scaling group, or one instance. */
export type HostsName = ExperimentOrder['hosts'][number];

/** What the members of a group are called in an order and in records. */
export function memberNames({ services, hosts }: Pick<ExperimentOrder, 'services' | 'hosts'>): string[] {
  return [...services.map(({ cluster, service }) => `${cluster}/${service}`), ...hosts.map(({ name }) => name)];
}

/**
 * An experiment's id: readable, safe as a schedule's and an execution's name (64 characters of `A-Za-z0-9_.-`), and the same
 * whenever the same plan draws the same group.
 */
export function experimentId(seed: string, plan: string, group: string): string {
  const mark = createHmac('sha256', seed).update(`experiment/${plan}/${group}`).digest('hex').slice(0, 8);
  const words = `${group}-${plan}`.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  return `${words.slice(0, 54)}-${mark}`;
}
