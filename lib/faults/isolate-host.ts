import * as z from 'zod';
import { targetOfKind } from '../core/fault-target.ts';
import { failed, type HostInstances, LOOKING, type Refusal, unfitness } from './api/host-instances.ts';
import { oneByOne } from './api/one-by-one.ts';
import { type Restoration, restored } from './api/restored-groups.ts';
import type { Confirmation, Injection, Preparation, ReversibleFault, Undoing } from './contract.ts';

/** A network interface of an instance, with the ids of its security groups in order. */
export interface InterfaceNow {
  readonly id: string;
  readonly vpcId: string;
  readonly groups: readonly string[];
  /** Made by a service of AWS, which alone may change it. */
  readonly isManaged: boolean;
}

/** A security group, and how many rules it has in either direction. */
export interface SecurityGroupNow {
  readonly id: string;
  readonly vpcId: string;
  readonly rules: number;
}

/** What `isolate-host` needs of AWS. */
export interface HostIsolator extends HostInstances {
  /** The interfaces that are attached to an instance. */
  interfaces(instanceId: string): Promise<readonly InterfaceNow[]>;
  /** Security groups by id; those that do not exist are left out. */
  securityGroups(ids: readonly string[]): Promise<readonly SecurityGroupNow[]>;
  /** Security groups of a network that bear a tag. */
  securityGroupsTagged(vpcId: string, key: string, value: string): Promise<readonly SecurityGroupNow[]>;
  /** Gives one interface other groups, at most once; throws when nobody can tell. */
  isolate(networkInterfaceId: string, groups: readonly string[]): Promise<Partial<Refusal>>;
  /** Gives one interface its groups back. `refused` when EC2 said no; throws when nobody can tell. May be called again. */
  restore(networkInterfaceId: string, groups: readonly string[]): Promise<Partial<Refusal>>;
}

/** How a quarantine group is found: one for each network, made by its owner, without any rule. */
const QUARANTINE_TAG = { key: 'capuchin:quarantine', value: 'true' } as const;

const groupId = z.string().regex(/^sg-[0-9a-f]{8,17}$/);

const parameterSchema = z.strictObject({
  durationSeconds: z.int().min(30).max(3_600).default(300).describe('how long the host is cut off, in seconds'),
  quarantineGroup: groupId
    .optional()
    .describe(
      'id of a security group without rules that has capuchin:quarantine=true; default: the only one of the network',
    ),
});

const undoSchema = z.strictObject({
  instanceId: z.string().min(1),
  quarantineGroup: groupId,
  interfaces: z.array(z.strictObject({ id: z.string().min(1), groups: z.array(groupId).min(1) })).min(1),
});

export const isolateHost: ReversibleFault<HostIsolator> = {
  name: 'isolate-host',
  summary:
    'Cuts a container host off by a security group without rules; connections that EC2 tracks already may go on until they end.',
  scopes: ['host'],
  reach: ['ec2'],
  parameters: parameterSchema,
  kind: 'reversible',
  undoing: 'Gives each interface exactly its former security groups, unless somebody has given it others since.',
  prerequisites: [
    'the instance’s network interfaces carry the opt-in tag (tag them in the launch template)',
    'its network has one security group tagged capuchin:quarantine=true with neither inbound nor outbound rules; a new group has an outbound rule that must be taken out',
  ],
  permissions: [
    { actions: ['ec2:ModifyNetworkInterfaceAttribute'], on: 'network-interfaces', use: 'acting' },
    {
      actions: ['ec2:ModifyNetworkInterfaceAttribute'],
      on: 'security-groups',
      use: 'acting',
      instead: {
        because: 'the quarantine group opts in to nothing; it bears a tag of its own',
        conditions: { StringEquals: { [`aws:ResourceTag/${QUARANTINE_TAG.key}`]: QUARANTINE_TAG.value } },
      },
    },
    LOOKING,
    { actions: ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroups'], on: 'any', use: 'looking' },
    { actions: ['ec2:ModifyNetworkInterfaceAttribute'], on: 'network-interfaces', use: 'undoing' },
    {
      actions: ['ec2:ModifyNetworkInterfaceAttribute'],
      on: 'security-groups',
      use: 'undoing',
      instead: {
        because: 'the former groups bear any tags; they are put back on interfaces, and are not changed themselves',
        conditions: {},
      },
    },
  ],

  durationSeconds: (parameters) => parameterSchema.parse(parameters).durationSeconds,

  async prepare(port, target, parameters): Promise<Preparation> {
    const { resource: instanceId } = targetOfKind(target, 'host');
    const unfit = await unfitness(port, instanceId);
    if (unfit !== undefined) return { ready: false, because: unfit };
    const interfaces = await port.interfaces(instanceId);
    const [first] = interfaces;
    if (first === undefined) return { ready: false, because: 'EC2 shows no network interface of the instance' };
    const managed = interfaces.find(({ isManaged }) => isManaged);
    if (managed !== undefined) return { ready: false, because: `${managed.id} is managed by AWS and would stay open` };
    if (interfaces.some(({ vpcId }) => vpcId !== first.vpcId)) {
      return { ready: false, because: 'its interfaces are in several networks, which no one group can cut off' };
    }
    const quarantine = await quarantineGroup(port, first.vpcId, parameterSchema.parse(parameters).quarantineGroup);
    if ('because' in quarantine) return { ready: false, because: quarantine.because };
    const isolated = interfaces.find(({ groups }) => groups.includes(quarantine.id));
    if (isolated !== undefined) return { ready: false, because: `${isolated.id} is in ${quarantine.id} already` };
    const former = interfaces.map(({ id, groups }) => ({ id, groups: [...groups] }));
    return { ready: true, undo: { instanceId, quarantineGroup: quarantine.id, interfaces: former } };
  },

  async inject(port, _target, _parameters, undo, context): Promise<Injection> {
    const { instanceId, quarantineGroup: quarantine, interfaces } = undoSchema.parse(undo);
    const now = await port.interfaces(instanceId).catch((error: unknown) => ({ error }));
    // The act was not tried. Groups that are not what is stored could not be restored exactly.
    if ('error' in now) return failed('cannot-tell', String(now.error));
    const changed = interfaces.find((one) => !same(one.groups, now.find(({ id }) => id === one.id)?.groups ?? []));
    if (changed !== undefined) return failed('changed-meanwhile', `${changed.id} has other groups than a moment ago`);
    return oneByOne(
      interfaces.map(({ id }) => id),
      context,
      (id) => port.isolate(id, [quarantine]),
    );
  },

  async confirm(port, _target, undo): Promise<Confirmation> {
    const { instanceId, quarantineGroup: quarantine } = undoSchema.parse(undo);
    const now = await port.interfaces(instanceId);
    if (now.length === 0)
      return { effect: 'failed', because: 'EC2 shows no network interface of the instance any more' };
    const open = now.filter(({ groups }) => !same(groups, [quarantine])).map(({ id }) => id);
    return open.length === 0
      ? { effect: 'took-effect', because: `all ${now.length} interfaces are in ${quarantine} alone` }
      : { effect: 'pending', because: `not in ${quarantine} alone: ${open.join(', ')}` };
  },

  async undo(port, _target, undo): Promise<Undoing> {
    const { instanceId, quarantineGroup: quarantine, interfaces } = undoSchema.parse(undo);
    const now = await port.interfaces(instanceId);
    const known = await port.securityGroups([...new Set(interfaces.flatMap(({ groups }) => groups))]);
    const existing = known.map(({ id }) => id);
    const told: Undoing[] = [];
    for (const { id, groups } of interfaces) {
      const found = now.find((one) => one.id === id)?.groups;
      const aim = restored({ id, former: groups, now: found, quarantine, existing });
      told.push(aim.restore === undefined ? aim : await restore(port, id, aim));
    }
    const after = (await port.interfaces(instanceId)).filter(({ groups }) => groups.includes(quarantine));
    const undone = told.every((one) => one.undone) && after.length === 0;
    return { undone, because: told.map(({ because }) => because).join('; ') };
  },

  byHand(_target, undo): string {
    const { interfaces } = undoSchema.parse(undo);
    const commands = interfaces.map(
      ({ id, groups }) =>
        `aws ec2 modify-network-interface-attribute --network-interface-id ${id} --groups ${groups.join(' ')}`,
    );
    return `Give the interfaces their former security groups back: ${commands.join('; ')}`;
  },
};

async function restore(
  port: HostIsolator,
  id: string,
  { restore: groups = [], ...told }: Restoration,
): Promise<Undoing> {
  const { refused } = await port.restore(id, groups);
  return refused ? { undone: false, because: `${id}: ${refused.code}: ${refused.message}` } : told;
}

async function quarantineGroup(
  port: HostIsolator,
  vpcId: string,
  named: string | undefined,
): Promise<SecurityGroupNow | { readonly because: string }> {
  const { key, value } = QUARANTINE_TAG;
  const found =
    named === undefined ? await port.securityGroupsTagged(vpcId, key, value) : await port.securityGroups([named]);
  const meant = named ?? `tagged ${key}=${value}`;
  const [group, second] = found.filter((one) => one.vpcId === vpcId);
  if (group === undefined) return { because: `there is no security group ${meant} in ${vpcId}` };
  if (second !== undefined) return { because: `several security groups of ${vpcId} are ${meant}` };
  if (group.rules > 0) return { because: `${group.id} has ${group.rules} rules; a quarantine group has none` };
  return group;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}
