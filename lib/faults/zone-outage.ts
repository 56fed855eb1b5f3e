import * as z from 'zod';
import { SCOPES } from '../core/fault-choice.ts';
import type { Fault, FaultPermission, OneShotFault } from './contract.ts';

/** What losing a zone can look like from outside: gone, cut off, out of balance, or only ill. */
const PARTS = [
  'stop-task',
  'kill-container',
  'stop-container',
  'pause-container',
  'deregister-target',
  'terminate-host',
  'retire-host',
  'reboot-host',
  'stop-host',
  'drain-host',
  'isolate-host',
  'stop-agent',
  'network-blackhole',
  'network-latency',
  'network-loss',
] as const;

/** What it does where nothing is asked for. */
const DEFAULT_PARTS = { service: 'stop-task', hosts: 'terminate-host' } as const;

/** Nothing watches the hypothesis as closely as a whole look does until the last act was made. */
const MOST_SPREAD_SECONDS = 120;

/** A zone-outage with its parameters, as the one of its parts that it does to each target. */
export type ZoneOutage<Port> = Fault<Port> & {
  /** The zone that was asked for; undefined: one is drawn. */
  readonly zone?: string;
  /** The acts are spread evenly over so many seconds. */
  readonly spreadSeconds: number;
};

/** The fault as it is listed: what it does to a target is known with its parameters only. */
export type ZoneFault<Port> = OneShotFault<Port> & {
  /** Names of what it can do to a target. */
  readonly parts: readonly string[];
  /**
   * What it comes to with these parameters in a group of this kind; undefined when they do not fit. In a group to which the part means
   * nothing it has the part's scopes, so that the guards refuse it.
   */
  resolve(parameters: object, kind: 'service' | 'hosts'): ZoneOutage<Port> | undefined;
};

/**
 * The outage of a zone, made of other faults: one zone of the group is drawn, and everything of the group there is hit by the same part.
 * It is undone as its part is.
 *
 * @param all faults by name, of which it takes its parts.
 */
export function zoneOutage<Port>(all: readonly Fault<Port>[]): ZoneFault<Port> {
  const partNamed = (name: string): Fault<Port> => {
    const part = all.find((one) => one.name === name);
    if (part === undefined) throw new Error(`zone-outage is to be made of ${name}, which is in no catalogue`);
    return part;
  };
  const parameters = parametersSchema(partNamed);
  const unresolved = (): never => {
    throw new Error('zone-outage acts by one of its parts only');
  };
  return {
    name: 'zone-outage',
    summary:
      'Hits everything of the group that is in one Availability Zone, drawn or asked for, with another fault: at once or spread over up to two minutes.',
    scopes: ['zone'],
    reach: ['fargate', 'ec2', 'external'],
    parts: PARTS,
    parameters,
    kind: 'one-shot',
    prerequisites: [
      'as many targets in other zones as must stay (chaos:min-remaining)',
      'what its part needs, on every target of the zone',
    ],
    permissions: permissionsOf(PARTS.map(partNamed)),
    resolve(given, kind) {
      const parsed = parameters.safeParse(given);
      if (!parsed.success) return undefined;
      const { by = DEFAULT_PARTS[kind], zone, spreadSeconds } = parsed.data;
      const part = partNamed(by);
      // Of the scopes that mean something there, no part has a whole service's or group's.
      const fits = part.scopes.some((scope) => SCOPES[kind].includes(scope));
      return {
        ...part,
        name: 'zone-outage',
        scopes: fits ? ['zone'] : part.scopes,
        parameters: parameters.transform((all) => part.parameters.parse(all.part)),
        plan: part.plan?.bind(part) ?? (async (_port, target) => [`${by} ${target.resource}`]),
        spreadSeconds,
        ...(zone === undefined ? {} : { zone }),
      };
    },
    prepare: unresolved,
    inject: unresolved,
    confirm: unresolved,
  };
}

/** Whatever part it is told to do, it needs what that part needs; each statement once. */
function permissionsOf<Port>(parts: readonly Fault<Port>[]): FaultPermission[] {
  return [
    ...new Map(parts.flatMap(({ permissions }) => permissions).map((one) => [JSON.stringify(one), one])).values(),
  ];
}

function parametersSchema<Port>(partNamed: (name: string) => Fault<Port>) {
  return z
    .strictObject({
      by: z
        .enum(PARTS)
        .optional()
        .describe('what is done to each target; stop-task in a group of services, terminate-host in one of hosts'),
      part: z
        .record(z.string(), z.unknown())
        .default({})
        .describe('parameters of what is done, such as part.durationSeconds=60'),
      zone: z
        .string()
        .regex(/^[a-z0-9-]{1,40}$/, 'write the name of a zone, like eu-west-1a')
        .optional()
        .describe('name of the Availability Zone; drawn among those that hold an eligible target'),
      spreadSeconds: z
        .int()
        .min(0)
        .max(MOST_SPREAD_SECONDS)
        .default(0)
        .describe('seconds from the first act to the last; 0 is at once'),
    })
    .superRefine(({ by, part: given, spreadSeconds }, context) => {
      const part = partNamed(by ?? DEFAULT_PARTS.service);
      const parsed = part.parameters.safeParse(given);
      if (!parsed.success) {
        const wrong = parsed.error.issues.map((one) => ({ ...one, path: ['part', ...one.path] }));
        for (const { path, message } of wrong) context.addIssue({ code: 'custom', path: [...path], message });
        return;
      }
      if (part.kind === 'one-shot' || spreadSeconds < part.durationSeconds(parsed.data)) return;
      const message = `the last act would come when ${part.name} is over already; make its duration longer`;
      context.addIssue({ code: 'custom', path: ['spreadSeconds'], message });
    });
}
