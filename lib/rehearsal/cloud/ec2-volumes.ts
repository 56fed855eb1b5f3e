import * as z from 'zod';
import type { Machines, VolumeAttachment, VolumeState } from '../fleet/machines-model.ts';
import { findInstance } from './ec2-instances.ts';
import { describePage, find, type Kind, paging } from './ec2-lookup.ts';
import { toAttachment, toVolume } from './ec2-shapes.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { createPager } from './protocols/pages.ts';
import { queryBoolean } from './protocols/query-input.ts';
import { servedOperations } from './served-operations.ts';

const VOLUMES: Kind<VolumeState> = {
  operation: 'DescribeVolumes',
  page: servedOperations.EC2.operations.DescribeVolumes.page,
  prefix: 'vol',
  fault: 'InvalidVolume',
  idOf: ({ volumeId }) => volumeId,
  tagsOf: () => ({}),
  filters: {
    'volume-id': ({ volumeId }) => [volumeId],
    status: ({ status }) => [status],
    'availability-zone': ({ availabilityZone }) => [availabilityZone],
    'attachment.instance-id': ({ attachment }) => (attachment === undefined ? [] : [attachment.instanceId]),
    'attachment.device': ({ attachment }) => (attachment === undefined ? [] : [attachment.device]),
  },
};

/** EC2's volumes. The words of refusals are from memory; the codes are in EC2's list of errors. */
export function volumeOperations(machines: Machines): ServedService {
  const pager = createPager();
  const { disks } = machines;
  const attachmentOf = (volumeId: string): object => {
    const { attachment } = find(disks.volumes, volumeId, VOLUMES);
    return attachment === undefined ? { volumeId } : toAttachment(volumeId, attachment);
  };
  return {
    DescribeVolumes: serve({
      input: z.strictObject({ VolumeId: z.array(z.string()).default([]), ...paging }),
      answer: ({ VolumeId: ids, Filter: filters, ...asked }) => {
        const page = describePage(disks.volumes, { ids, filters, ...asked }, VOLUMES, pager);
        return { volumeSet: page.found.map(toVolume), nextToken: page.nextToken };
      },
    }),
    DetachVolume: serve({
      input: z.strictObject({
        VolumeId: z.string(),
        InstanceId: z.string().optional(),
        Device: z.string().optional(),
        Force: queryBoolean.default(false),
      }),
      answer: ({ VolumeId, Force, ...where }) => {
        const volume = find(disks.volumes, VolumeId, VOLUMES);
        assertDetachable(machines, volume, where);
        disks.detach(VolumeId, Force);
        return attachmentOf(VolumeId);
      },
    }),
    AttachVolume: serve({
      input: z.strictObject({ VolumeId: z.string(), InstanceId: z.string(), Device: z.string().min(1) }),
      answer: ({ VolumeId, InstanceId, Device }) => {
        const volume = find(disks.volumes, VolumeId, VOLUMES);
        assertAttachable(machines, volume, InstanceId, Device);
        disks.attach(VolumeId, InstanceId, Device);
        return attachmentOf(VolumeId);
      },
    }),
  };
}

function assertDetachable(
  machines: Machines,
  { volumeId, isRoot, attachment }: VolumeState,
  { InstanceId, Device }: { readonly InstanceId?: string | undefined; readonly Device?: string | undefined },
): void {
  if (attachment === undefined) {
    throw new AwsError('IncorrectState', `Volume '${volumeId}' is in the 'available' state.`);
  }
  if (!isMeant(attachment, InstanceId, Device)) {
    throw new AwsError('InvalidAttachment.NotFound', `The volume '${volumeId}' is not attached there.`);
  }
  const { status } = findInstance(machines, attachment.instanceId);
  if (isRoot && status !== 'stopped') {
    const message = `Unable to detach root volume '${volumeId}' from instance '${attachment.instanceId}'`;
    throw new AwsError('OperationNotPermitted', message);
  }
}

function isMeant(attachment: VolumeAttachment, instanceId?: string, device?: string): boolean {
  return (
    (instanceId === undefined || attachment.instanceId === instanceId) &&
    (device === undefined || attachment.device === device)
  );
}

function assertAttachable(machines: Machines, volume: VolumeState, instanceId: string, device: string): void {
  const instance = findInstance(machines, instanceId);
  if (volume.status !== 'available') {
    throw new AwsError('VolumeInUse', `${volume.volumeId} is already attached to an instance`);
  }
  if (instance.status !== 'running' && instance.status !== 'stopped') {
    throw new AwsError('IncorrectState', `Instance '${instanceId}' is not 'running'.`);
  }
  if (instance.availabilityZone !== volume.availabilityZone) {
    const message = `The volume '${volume.volumeId}' is not in the same availability zone as instance '${instanceId}'`;
    throw new AwsError('InvalidVolume.ZoneMismatch', message);
  }
  const taken = machines.disks.volumes.some(
    ({ attachment }) => attachment !== undefined && isMeant(attachment, instanceId, device),
  );
  if (taken) {
    const message = `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`;
    throw new AwsError('InvalidParameterValue', message);
  }
}
