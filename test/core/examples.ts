import { type Config, type ConfigInput, configSchema } from '../../lib/core/config.ts';
import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import { type Group, type GroupSettings, readSettings, type TaggedService, type Tags } from '../../lib/core/group.ts';
import type { LiveService, Situation } from '../../lib/core/guards/guard.ts';
import type { Known } from '../../lib/core/refusal.ts';
import type { Task } from '../../lib/core/target.ts';

export const FAULTS = ['stop-task', 'network-latency'];

export function aConfig(input: ConfigInput = {}): Config {
  return configSchema.parse(input);
}

export function aService(name: string, tags: Tags = {}, clusterTags: Tags = {}): TaggedService {
  const [cluster = '', service = ''] = name.split('/');
  return {
    serviceArn: `arn:aws:ecs:eu-west-1:111122223333:service/${cluster}/${service}`,
    service,
    clusterArn: `arn:aws:ecs:eu-west-1:111122223333:cluster/${cluster}`,
    cluster,
    tags,
    clusterTags,
  };
}

/** A group of one service with the settings of the default profile, but for those given. */
export function aGroup(name: string, settings: Partial<GroupSettings> = {}): Group {
  const member = aService('shop/checkout', { 'chaos:opt-in': 'true' });
  const read = readSettings(member, aConfig(), FAULTS);
  if (read.settings === undefined) throw new Error('the example cannot be read');
  return { name, members: [member], settings: { ...read.settings, ...settings } };
}

export const NOON_MS = Date.parse('2026-11-23T12:00:00Z');

export function aTask(name: string, changes: Partial<Task> = {}): Task {
  return {
    taskArn: `arn:aws:ecs:eu-west-1:111122223333:task/shop/${name}`,
    service: 'shop/checkout',
    clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/shop',
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    healthStatus: 'HEALTHY',
    launchType: 'FARGATE',
    tags: { 'chaos:opt-in': 'true' },
    isProtected: false,
    createdAtMs: NOON_MS - 3_660_000,
    startedAtMs: NOON_MS - 3_600_000,
    ...changes,
  };
}

export function anOrder(changes: Partial<ExperimentOrder> = {}): ExperimentOrder {
  return {
    version: 1,
    experiment: 'shop-checkout-2026-11-23-0a1b2c3d',
    group: 'shop/checkout',
    services: [{ cluster: 'shop', service: 'checkout' }],
    fault: 'stop-task',
    parameters: {},
    at: '2026-11-23T12:00:00Z',
    label: '2026-11-23/targets/shop/checkout',
    skip: [],
    leashed: false,
    actor: 'plan 2026-11-23',
    reason: 'drawn',
    ...changes,
  };
}

export const yes = <T>(value: T): Known<T> => ({ known: true, value });
export const UNKNOWN = { known: false, because: 'ThrottlingException: Rate exceeded' } as const;

export function aLiveService(changes: Partial<LiveService> = {}): LiveService {
  return {
    service: 'shop/checkout',
    running: 3,
    desired: 3,
    deploying: false,
    schedulingStrategy: 'REPLICA',
    ...changes,
  };
}

/** A situation in which every guard says yes, but for what is changed. */
export function aSituation(changes: Partial<Situation> = {}): Situation {
  return {
    nowMs: NOON_MS,
    order: anOrder(),
    lateAfterSeconds: 300,
    lever: yes({ engaged: false, reason: 'all is well', actor: 'ada', at: '2026-11-20T08:00:00.000Z' }),
    group: yes({ group: aGroup('shop/checkout'), problems: [], present: ['shop/checkout'] }),
    services: yes([aLiveService()]),
    steadyState: yes([
      { probe: 'service-stable', phase: 'before', answer: 'holds', because: 'shop/checkout runs 3 of 3' },
    ]),
    choice: yes({ candidates: ['a', 'b', 'c'], ineligible: [], picked: [aTask('a')], positions: [0], draws: [] }),
    wanted: 1,
    ...changes,
  };
}
