import {
  AttachVolumeCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DetachVolumeCommand,
  EC2Client,
  type Instance,
  type InstanceStateChange,
  ModifyInstanceAttributeCommand,
  paginateDescribeVolumes,
  RebootInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type Volume,
} from '@aws-sdk/client-ec2';
import type { InstanceNow, Refusal } from '../faults/api/host-instances.ts';
import type { VolumeDetacher, VolumeNow } from '../faults/detach-volumes.ts';
import type { HostRebooter } from '../faults/reboot-host.ts';
import type { HostStopper } from '../faults/stop-host.ts';
import type { HostTerminator } from '../faults/terminate-host.ts';
import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';
import { lastNo, ONE_TRY, refusedBy } from './one-try.ts';

type Instances = Pick<HostTerminator, 'instance' | 'terminate'> &
  Pick<HostRebooter, 'reboot' | 'statusCheck'> &
  Pick<HostStopper, 'isStopProtected' | 'stop' | 'start'> &
  Omit<VolumeDetacher, 'member'>;

/** EC2's instances and volumes, one at a time. One instance a process. */
export class Ec2 implements Instances {
  /** For acts: a second try after a lost answer would be a second act. */
  readonly #once = new EC2Client(ONE_TRY);
  readonly #client = new EC2Client(CLIENT_OPTIONS);

  async instance(instanceId: string): Promise<InstanceNow | undefined> {
    const answer = await knownOr(
      undefined,
      this.#client.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] })),
      'InvalidInstanceID.NotFound',
    );
    const [found] = (answer?.Reservations ?? []).flatMap(({ Instances = [] }) => Instances);
    return found === undefined ? undefined : instanceNow(found);
  }

  async statusCheck(instanceId: string): Promise<string | undefined> {
    const { InstanceStatuses: [found] = [] } = await this.#client.send(
      new DescribeInstanceStatusCommand({ InstanceIds: [instanceId] }),
    );
    return found?.InstanceStatus?.Status;
  }

  async isStopProtected(instanceId: string): Promise<boolean> {
    const { DisableApiStop } = await this.#client.send(
      new DescribeInstanceAttributeCommand({ InstanceId: instanceId, Attribute: 'disableApiStop' }),
    );
    if (DisableApiStop?.Value === undefined) throw new Error(`EC2 does not say whether ${instanceId} may be stopped`);
    return DisableApiStop.Value;
  }

  terminate(instanceId: string): Promise<Refusal | { previousState: string }> {
    const command = new TerminateInstancesCommand({ InstanceIds: [instanceId] });
    return acted(this.#once.send(command), ({ TerminatingInstances }) => before(instanceId, TerminatingInstances));
  }

  stop(instanceId: string): Promise<Refusal | { previousState: string }> {
    const command = new StopInstancesCommand({ InstanceIds: [instanceId] });
    return acted(this.#once.send(command), ({ StoppingInstances }) => before(instanceId, StoppingInstances));
  }

  start(instanceId: string): Promise<Partial<Refusal>> {
    return undone(this.#client.send(new StartInstancesCommand({ InstanceIds: [instanceId] })));
  }

  reboot(instanceId: string): Promise<Partial<Refusal>> {
    return acted(this.#once.send(new RebootInstancesCommand({ InstanceIds: [instanceId] })), () => ({}));
  }

  async volumesOf(instanceId: string): Promise<readonly VolumeNow[]> {
    const Filters = [{ Name: 'attachment.instance-id', Values: [instanceId] }];
    const found: VolumeNow[] = [];
    for await (const { Volumes = [] } of paginateDescribeVolumes({ client: this.#client }, { Filters })) {
      found.push(...Volumes.map(volumeNow));
    }
    return found;
  }

  /** By a filter, because of ids one that is unknown is an error for all. */
  async volumes(ids: readonly string[]): Promise<readonly VolumeNow[]> {
    const Filters = [{ Name: 'volume-id', Values: [...ids] }];
    const found: VolumeNow[] = [];
    for await (const { Volumes = [] } of paginateDescribeVolumes({ client: this.#client }, { Filters })) {
      found.push(...Volumes.map(volumeNow));
    }
    return found;
  }

  detach(volumeId: string, instanceId: string, force: boolean): Promise<Partial<Refusal>> {
    const command = new DetachVolumeCommand({ VolumeId: volumeId, InstanceId: instanceId, Force: force });
    return acted(this.#once.send(command), () => ({}));
  }

  attach(volumeId: string, instanceId: string, device: string): Promise<Partial<Refusal>> {
    const command = new AttachVolumeCommand({ VolumeId: volumeId, InstanceId: instanceId, Device: device });
    return undone(this.#client.send(command));
  }

  setDeleteOnTermination(instanceId: string, device: string, deleted: boolean): Promise<Partial<Refusal>> {
    const BlockDeviceMappings = [{ DeviceName: device, Ebs: { DeleteOnTermination: deleted } }];
    return undone(
      this.#client.send(new ModifyInstanceAttributeCommand({ InstanceId: instanceId, BlockDeviceMappings })),
    );
  }
}

/** The answer to an act, or AWS's no to its only try. */
async function acted<Output, Answer>(
  call: Promise<Output>,
  read: (output: Output) => Answer,
): Promise<Answer | Refusal> {
  try {
    return read(await call);
  } catch (error) {
    return refusedBy(error);
  }
}

/** The answer to an undo, or AWS's last no; whether an earlier try went through is seen by looking. */
async function undone(call: Promise<unknown>): Promise<Partial<Refusal>> {
  try {
    await call;
    return {};
  } catch (error) {
    return lastNo(error);
  }
}

async function knownOr<Output>(missing: undefined, call: Promise<Output>, code: string): Promise<Output | undefined> {
  try {
    return await call;
  } catch (error) {
    if (awsErrorOf(error)?.name === code) return missing;
    throw error;
  }
}

function before(instanceId: string, changes: readonly InstanceStateChange[] = []): { previousState: string } {
  const state = changes.find((one) => one.InstanceId === instanceId)?.PreviousState?.Name;
  if (state === undefined) throw new Error(`EC2 answered nothing of ${instanceId}`);
  return { previousState: state };
}

function instanceNow(found: Instance): InstanceNow {
  const { StateReason: reason, Operator, RootDeviceName } = found;
  const changedAtMs = momentOf(found.StateTransitionReason);
  return {
    instanceId: found.InstanceId ?? '',
    state: found.State?.Name ?? 'unknown',
    ...(reason?.Code === undefined ? {} : { stateReason: { code: reason.Code, message: reason.Message ?? '' } }),
    ...(changedAtMs === undefined ? {} : { changedAtMs }),
    isSpot: found.InstanceLifecycle === 'spot',
    rootDeviceType: found.RootDeviceType ?? 'unknown',
    ...(RootDeviceName === undefined ? {} : { rootDeviceName: RootDeviceName }),
    ...(Operator?.Managed === true ? { operator: Operator.Principal ?? 'a service of AWS' } : {}),
  };
}

/** The moment in EC2's words for a change of state, such as `User initiated (2026-03-02 08:00:00 GMT)`; the form is from memory. */
function momentOf(transition = ''): number | undefined {
  const [, day, time] = /\((\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) GMT\)/.exec(transition) ?? [];
  return day === undefined ? undefined : Date.parse(`${day}T${time}Z`);
}

function volumeNow({ VolumeId = '', State = 'unknown' as never, Attachments = [] }: Volume): VolumeNow {
  const attachments = Attachments.map((one) => ({
    instanceId: one.InstanceId ?? one.AssociatedResource ?? 'unknown',
    device: one.Device ?? 'unknown',
    state: one.State ?? 'unknown',
    deleteOnTermination: one.DeleteOnTermination ?? false,
  }));
  return { id: VolumeId, state: State, attachments };
}
