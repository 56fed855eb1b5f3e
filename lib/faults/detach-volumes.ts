import * as z from 'zod';
import { targetOfKind } from '../core/fault-target.ts';
import { type HostInstances, isGone, LOOKING, type Refusal, unfitness } from './api/host-instances.ts';
import { oneByOne } from './api/one-by-one.ts';
import type { Confirmation, Injection, Preparation, ReversibleFault, Undoing } from './contract.ts';

/** A volume, and where it is attached. */
export interface VolumeNow {
  readonly id: string;
  /** EC2's `available`, `in-use` and so on. */
  readonly state: string;
  readonly attachments: readonly {
    readonly instanceId: string;
    readonly device: string;
    /** EC2's `attaching`, `attached`, `detaching`, `busy`. */
    readonly state: string;
    readonly deleteOnTermination: boolean;
  }[];
}

/** What `detach-volumes` needs of EC2. */
export interface VolumeDetacher extends HostInstances {
  /** The volumes that are attached to an instance, its root too. */
  volumesOf(instanceId: string): Promise<readonly VolumeNow[]>;
  /** Volumes by id; those that do not exist are left out. */
  volumes(ids: readonly string[]): Promise<readonly VolumeNow[]>;
  /** Detaches one volume from its instance, at most once; throws when nobody can tell. */
  detach(volumeId: string, instanceId: string, force: boolean): Promise<Partial<Refusal>>;
  /** Attaches one volume. `refused` when EC2 said no; throws when nobody can tell. May be called again. */
  attach(volumeId: string, instanceId: string, device: string): Promise<Partial<Refusal>>;
  /** Says of a device of an instance whether its volume is deleted with the instance. May be called again. */
  setDeleteOnTermination(instanceId: string, device: string, deleted: boolean): Promise<Partial<Refusal>>;
}

const parameterSchema = z.strictObject({
  durationSeconds: z.int().min(30).max(3_600).default(300).describe('how long the volumes are detached, in seconds'),
  force: z
    .boolean()
    .default(false)
    .describe('detach what the guest has mounted as well; its data may be lost, and its file system damaged'),
});

const volumeSchema = z.strictObject({
  id: z.string().min(1),
  device: z.string().min(1),
  deleteOnTermination: z.boolean(),
});
type Former = z.output<typeof volumeSchema>;
const undoSchema = z.strictObject({ instanceId: z.string().min(1), volumes: z.array(volumeSchema).min(1) });

export const detachVolumes: ReversibleFault<VolumeDetacher> = {
  name: 'detach-volumes',
  summary: 'Detaches every EBS volume of a container host but its root, and attaches them again to the same devices.',
  scopes: ['host'],
  reach: ['ec2'],
  parameters: parameterSchema,
  kind: 'reversible',
  undoing: 'Attaches each volume to its former device, in order, unless it or the device is in use otherwise by then.',
  prerequisites: [
    'the instance and its volumes carry the opt-in tag (tag volumes in the launch template)',
    'the host has an EBS volume besides its root; one that is mounted lets go only when it is unmounted, or with force',
  ],
  permissions: [
    { actions: ['ec2:DetachVolume'], on: 'volumes', use: 'acting' },
    { actions: ['ec2:DetachVolume'], on: 'instances', use: 'acting' },
    LOOKING,
    { actions: ['ec2:DescribeVolumes'], on: 'any', use: 'looking' },
    { actions: ['ec2:AttachVolume'], on: 'volumes', use: 'undoing' },
    { actions: ['ec2:AttachVolume', 'ec2:ModifyInstanceAttribute'], on: 'instances', use: 'undoing' },
  ],

  durationSeconds: (parameters) => parameterSchema.parse(parameters).durationSeconds,

  async prepare(port, target): Promise<Preparation> {
    const { resource: instanceId } = targetOfKind(target, 'host');
    const unfit = await unfitness(port, instanceId);
    if (unfit !== undefined) return { ready: false, because: unfit };
    const root = (await port.instance(instanceId))?.rootDeviceName;
    if (root === undefined) return { ready: false, because: 'EC2 does not say which volume is the instance’s root' };
    const volumes = await port.volumesOf(instanceId);
    const former = volumes.flatMap(({ id, attachments }) =>
      attachments
        .filter((one) => one.instanceId === instanceId && one.device !== root)
        .map(({ device, deleteOnTermination }): Former => ({ id, device, deleteOnTermination })),
    );
    if (former.length === 0) return { ready: false, because: 'the host has no EBS volume besides its root' };
    const odd = volumes.find((one) => one.attachments.length > 1 || one.attachments[0]?.state !== 'attached');
    if (odd !== undefined) {
      const states = odd.attachments.map(({ instanceId: id, state }) => `${state} to ${id}`).join(' and ');
      return { ready: false, because: `${odd.id} is ${states}` };
    }
    const inOrder = former.sort((a, b) => (a.device < b.device ? -1 : 1));
    return { ready: true, undo: { instanceId, volumes: inOrder } };
  },

  inject(port, _target, parameters, undo, context): Promise<Injection> {
    const { force } = parameterSchema.parse(parameters);
    const { instanceId, volumes } = undoSchema.parse(undo);
    return oneByOne(
      volumes.map(({ id }) => id),
      context,
      (id) => port.detach(id, instanceId, force),
    );
  },

  async confirm(port, _target, undo): Promise<Confirmation> {
    const { instanceId, volumes } = undoSchema.parse(undo);
    if (isGone(await port.instance(instanceId))) return { effect: 'failed', because: 'the instance is gone' };
    const now = await port.volumes(volumes.map(({ id }) => id));
    const on = now.flatMap(({ id, attachments }) =>
      attachments.filter((one) => one.instanceId === instanceId).map(({ state }) => `${id} is ${wordOf(state)}`),
    );
    return on.length === 0
      ? { effect: 'took-effect', because: `detached: ${volumes.map(({ id }) => id).join(', ')}` }
      : { effect: 'pending', because: on.join(', ') };
  },

  async undo(port, _target, undo): Promise<Undoing> {
    const { instanceId, volumes } = undoSchema.parse(undo);
    const instance = await port.instance(instanceId);
    const host = { instanceId, state: instance?.state ?? 'unknown to EC2', isGone: isGone(instance) };
    const told: Undoing[] = [];
    // In the order of devices. One that is still on its way keeps the next ones waiting only until the next try.
    for (const former of volumes) told.push(await putBack(port, host, former));
    return { undone: told.every((one) => one.undone), because: told.map(({ because }) => because).join('; ') };
  },

  byHand(_target, undo): string {
    const { instanceId, volumes } = undoSchema.parse(undo);
    const commands = volumes.map(
      ({ id, device }) => `aws ec2 attach-volume --volume-id ${id} --instance-id ${instanceId} --device ${device}`,
    );
    return `Attach what is available to its device again, in this order: ${commands.join('; ')}`;
  },
};

interface Host {
  readonly instanceId: string;
  readonly state: string;
  readonly isGone: boolean;
}

async function putBack(port: VolumeDetacher, host: Host, former: Former): Promise<Undoing> {
  const { id, device } = former;
  const before = await lookAt(port, host, former);
  if (before !== 'available') return before;
  if (host.isGone) return { undone: true, because: `left ${id} available: its instance is ${host.state}` };
  const taken = (await port.volumesOf(host.instanceId)).find(({ attachments }) =>
    attachments.some((one) => one.instanceId === host.instanceId && one.device === device),
  );
  if (taken !== undefined)
    return { undone: true, because: `left ${id} available: somebody attached ${taken.id} to ${device}` };
  const { refused } = await port.attach(id, host.instanceId, device);
  if (refused) return { undone: false, because: `${id}: ${refused.code}: ${refused.message}` };
  const after = await lookAt(port, host, former);
  return after === 'available' ? { undone: false, because: `${id} is available still` } : after;
}

/** `available`, or what else is to be said of a volume. One that is back is set to be deleted with its instance, if it was. */
async function lookAt(port: VolumeDetacher, host: Host, former: Former): Promise<Undoing | 'available'> {
  const { id, device, deleteOnTermination } = former;
  const [volume] = await port.volumes([id]);
  if (volume === undefined) return { undone: true, because: `${id} does not exist any more` };
  const [attachment] = volume.attachments;
  if (attachment === undefined) {
    return volume.state === 'available' ? 'available' : { undone: false, because: `${id} is ${volume.state}` };
  }
  const { instanceId, state } = attachment;
  if (instanceId !== host.instanceId)
    return { undone: true, because: `left ${id}: somebody attached it to ${instanceId}` };
  if (host.isGone) return { undone: true, because: `${id}: its instance is ${host.state}` };
  if (attachment.device !== device) {
    return { undone: true, because: `left ${id} where it is: somebody attached it to ${attachment.device}` };
  }
  if (state !== 'attached') return { undone: false, because: `${id} is ${wordOf(state)}` };
  if (attachment.deleteOnTermination !== deleteOnTermination) {
    const { refused } = await port.setDeleteOnTermination(instanceId, device, deleteOnTermination);
    if (refused) return { undone: false, because: `${id}: ${refused.code}: ${refused.message}` };
  }
  return { undone: true, because: `${id} is attached to ${device}` };
}

const wordOf = (state: string): string => (state === 'busy' ? 'busy: the guest has it mounted' : state);
