import * as z from 'zod';
import type { InstanceState, Machines } from '../fleet/machines-model.ts';
import { describePage, find, type Kind, paging } from './ec2-lookup.ts';
import { toInstance, toState } from './ec2-shapes.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { createPager } from './protocols/pages.ts';
import { queryBoolean } from './protocols/query-input.ts';
import { servedOperations } from './served-operations.ts';

const limits = servedOperations.EC2.operations;

const ids = (most: number) => z.array(z.string()).min(1).max(most);

const INSTANCES: Kind<InstanceState> = {
  operation: 'DescribeInstances',
  page: limits.DescribeInstances.page,
  prefix: 'i',
  fault: 'InvalidInstanceID',
  idOf: ({ instanceId }) => instanceId,
  tagsOf: ({ tags }) => tags,
  filters: {
    'instance-id': ({ instanceId }) => [instanceId],
    'instance-state-name': ({ status }) => [status],
    'availability-zone': ({ availabilityZone }) => [availabilityZone],
    'vpc-id': ({ vpcId }) => [vpcId],
    'subnet-id': ({ subnetId }) => [subnetId],
  },
};

/** One instance. @throws AwsError with EC2's code for one that it does not know. */
export function findInstance(machines: Machines, id: string): InstanceState {
  return find(machines.instances, id, INSTANCES);
}

/** EC2's instances: what is told of them, and what is done to them. */
export function instanceOperations(machines: Machines): ServedService {
  const pager = createPager();
  return {
    DescribeInstances: serve({
      input: z.strictObject({ InstanceId: z.array(z.string()).default([]), ...paging }),
      answer: ({ InstanceId, Filter: filters, ...asked }, { accountId }) => {
        const page = describePage(machines.instances, { ids: InstanceId, filters, ...asked }, INSTANCES, pager);
        // An Auto Scaling group launches each instance in a reservation of its own, as far as anybody can rely on it.
        const reservationSet = page.found.map((instance) => ({
          reservationId: instance.instanceId.replace(/^i-/, 'r-'),
          ownerId: accountId,
          groupSet: [],
          instancesSet: [toInstance(instance, machines)],
        }));
        return { reservationSet, nextToken: page.nextToken };
      },
    }),
    DescribeInstanceStatus: serve({
      input: z.strictObject({ InstanceId: ids(limits.DescribeInstanceStatus.atMost) }),
      answer: ({ InstanceId }) => {
        const running = InstanceId.map((id) => findInstance(machines, id)).filter(({ status }) => status === 'running');
        return { instanceStatusSet: running.map((instance) => toStatus(instance, machines)) };
      },
    }),
    ...acts(machines),
    ...attributes(machines),
  };
}

function toStatus({ instanceId, availabilityZone, status }: InstanceState, machines: Machines): object {
  const check = machines.statusOf(instanceId);
  return {
    ...{ instanceId, availabilityZone, instanceState: toState(status) },
    ...{ instanceStatus: { status: check }, systemStatus: { status: 'ok' } },
  };
}

function acts(machines: Machines): ServedService {
  const input = (operation: 'TerminateInstances' | 'StopInstances' | 'StartInstances' | 'RebootInstances') =>
    z.strictObject({ InstanceId: ids(limits[operation].atMost) });
  const all = (names: readonly string[]): InstanceState[] => names.map((id) => findInstance(machines, id));
  const changes = (before: readonly InstanceState[]): object => ({
    instancesSet: before.map(({ instanceId, status }) => ({
      instanceId,
      currentState: toState(findInstance(machines, instanceId).status),
      previousState: toState(status),
    })),
  });
  return {
    TerminateInstances: serve({
      input: input('TerminateInstances'),
      answer: ({ InstanceId }) => terminate(machines, all(InstanceId), changes),
    }),
    StopInstances: serve({
      input: input('StopInstances'),
      answer: ({ InstanceId }) => {
        const instances = all(InstanceId);
        for (const instance of instances) assertStoppable(instance);
        for (const { instanceId } of instances) machines.stop(instanceId);
        return changes(instances);
      },
    }),
    StartInstances: serve({
      input: input('StartInstances'),
      answer: ({ InstanceId }) => {
        const instances = all(InstanceId);
        for (const instance of instances) assertState(instance, ['stopped', 'running', 'pending'], 'started');
        for (const { instanceId } of instances) machines.start(instanceId);
        return changes(instances);
      },
    }),
    RebootInstances: serve({
      input: input('RebootInstances'),
      answer: ({ InstanceId }) => {
        const instances = all(InstanceId);
        for (const instance of instances) assertState(instance, ['running', 'terminated'], 'rebooted');
        for (const { instanceId } of instances) machines.reboot(instanceId);
        return { return: true };
      },
    }),
  };
}

/** A protected instance spares all that are named of its zone; the others go all the same (API reference of TerminateInstances). */
function terminate(
  machines: Machines,
  instances: readonly InstanceState[],
  changes: (before: readonly InstanceState[]) => object,
): object {
  for (const instance of instances) assertNotManaged(instance);
  const spared = instances.filter((one) => one.disableApiTermination && !isEnding(one));
  const zones = new Set(spared.map(({ availabilityZone }) => availabilityZone));
  for (const { instanceId, availabilityZone } of instances) {
    if (!zones.has(availabilityZone)) machines.terminate(instanceId);
  }
  const [first] = spared;
  if (first === undefined) return changes(instances);
  throw new AwsError(
    'OperationNotPermitted',
    `The instance '${first.instanceId}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
  );
}

function isEnding({ status }: InstanceState): boolean {
  return status === 'shutting-down' || status === 'terminated';
}

function assertStoppable(instance: InstanceState): void {
  const { instanceId } = instance;
  assertNotManaged(instance);
  assertState(instance, ['running', 'stopping', 'stopped'], 'stopped');
  // The words of these refusals are from memory; the codes are in EC2's list of errors.
  if (instance.rootDevice !== 'ebs') {
    const message = `The instance '${instanceId}' does not have an 'ebs' root device type and cannot be stopped`;
    throw new AwsError('UnsupportedOperation', message);
  }
  if (instance.isSpot) {
    const message = `You can't stop the Spot Instance '${instanceId}' because it is associated with a one-time Spot Instance request`;
    throw new AwsError('UnsupportedOperation', message);
  }
  if (instance.disableApiStop) {
    const message = `The instance '${instanceId}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`;
    throw new AwsError('OperationNotPermitted', message);
  }
}

function assertState({ instanceId, status }: InstanceState, from: readonly string[], done: string): void {
  if (from.includes(status)) return;
  const message = `The instance '${instanceId}' is not in a state from which it can be ${done}.`;
  throw new AwsError('IncorrectInstanceState', message);
}

/** An instance that a service manages can be changed by that service only. The error is from memory. */
function assertNotManaged({ instanceId, operator }: InstanceState): void {
  if (operator === undefined) return;
  throw new AwsError('OperationNotPermitted', `The instance '${instanceId}' is managed by ${operator}.`);
}

const ATTRIBUTES = ['disableApiTermination', 'disableApiStop'] as const;

function attributes(machines: Machines): ServedService {
  const flag = z.strictObject({ Value: queryBoolean }).optional();
  const device = z.strictObject({
    DeviceName: z.string().min(1),
    Ebs: z.strictObject({ DeleteOnTermination: queryBoolean }),
  });
  return {
    DescribeInstanceAttribute: serve({
      input: z.strictObject({ InstanceId: z.string(), Attribute: z.enum(ATTRIBUTES) }),
      answer: ({ InstanceId, Attribute }) => {
        const instance = findInstance(machines, InstanceId);
        return { instanceId: InstanceId, [Attribute]: { value: instance[Attribute] } };
      },
    }),
    ModifyInstanceAttribute: serve({
      input: z.strictObject({
        InstanceId: z.string(),
        DisableApiTermination: flag,
        DisableApiStop: flag,
        BlockDeviceMapping: z.array(device).length(1).optional(),
      }),
      answer: ({ InstanceId, DisableApiTermination, DisableApiStop, BlockDeviceMapping }) => {
        findInstance(machines, InstanceId);
        const given = [DisableApiTermination, DisableApiStop, BlockDeviceMapping].filter((one) => one !== undefined);
        if (given.length !== 1) {
          throw new AwsError('InvalidParameterCombination', 'You can specify only one attribute at a time.');
        }
        if (DisableApiTermination) machines.modify(InstanceId, { disableApiTermination: DisableApiTermination.Value });
        if (DisableApiStop) machines.modify(InstanceId, { disableApiStop: DisableApiStop.Value });
        for (const mapping of BlockDeviceMapping ?? []) setDeletion(machines, InstanceId, mapping);
        return { return: true };
      },
    }),
  };
}

function setDeletion(
  { disks }: Machines,
  instanceId: string,
  { DeviceName, Ebs }: { readonly DeviceName: string; readonly Ebs: { readonly DeleteOnTermination: boolean } },
): void {
  const volume = disks.volumes.find(
    ({ attachment }) => attachment?.instanceId === instanceId && attachment.device === DeviceName,
  );
  if (volume === undefined) {
    throw new AwsError('InvalidInstanceAttributeValue', `No device is currently mapped at ${DeviceName}`);
  }
  disks.setDeleteOnTermination(volume.volumeId, Ebs.DeleteOnTermination);
}
