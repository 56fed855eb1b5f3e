import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  ResumeProcessesCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import type { GroupMember, Refusal } from '../faults/api/host-instances.ts';
import type { HostRetirer } from '../faults/retire-host.ts';
import type { HostStopper } from '../faults/stop-host.ts';
import type { ScalingSuspender, Suspension } from '../faults/suspend-scaling.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { lastNo, ONE_TRY, refusedBy } from './one-try.ts';

type Groups = Pick<HostRetirer, 'member' | 'retire'> & Pick<HostStopper, 'memberIds'> & ScalingSuspender;

/** Auto Scaling groups and their members, as faults read and change them. One instance a process. */
export class ScalingGroups implements Groups {
  readonly #once = new AutoScalingClient(ONE_TRY);
  readonly #client = new AutoScalingClient(CLIENT_OPTIONS);

  async member(instanceId: string): Promise<GroupMember | undefined> {
    const { AutoScalingInstances: [found] = [] } = await this.#client.send(
      new DescribeAutoScalingInstancesCommand({ InstanceIds: [instanceId] }),
    );
    if (found === undefined) return undefined;
    return {
      scalingGroup: found.AutoScalingGroupName ?? '',
      lifecycleState: found.LifecycleState ?? 'unknown',
      // Unknown is protected: nobody has said that it may go.
      protectedFromScaleIn: found.ProtectedFromScaleIn ?? true,
    };
  }

  async memberIds(scalingGroup: string): Promise<readonly string[]> {
    return ((await this.#group(scalingGroup))?.Instances ?? []).map(({ InstanceId = '' }) => InstanceId);
  }

  async suspensions(scalingGroup: string): Promise<readonly Suspension[] | undefined> {
    const group = await this.#group(scalingGroup);
    // A group has a status only while it is being deleted (API reference of AutoScalingGroup).
    if (group === undefined || group.Status !== undefined) return undefined;
    return (group.SuspendedProcesses ?? []).map(({ ProcessName = '', SuspensionReason = '' }) => ({
      process: ProcessName,
      reason: SuspensionReason,
    }));
  }

  async retire(instanceId: string): Promise<Partial<Refusal>> {
    return this.#act(
      this.#once.send(
        new TerminateInstanceInAutoScalingGroupCommand({
          InstanceId: instanceId,
          ShouldDecrementDesiredCapacity: false,
        }),
      ),
    );
  }

  async suspend(scalingGroup: string, processes: readonly string[]): Promise<Partial<Refusal>> {
    const input = { AutoScalingGroupName: scalingGroup, ScalingProcesses: named(processes) };
    return this.#act(this.#once.send(new SuspendProcessesCommand(input)));
  }

  async resume(scalingGroup: string, processes: readonly string[]): Promise<Partial<Refusal>> {
    const input = { AutoScalingGroupName: scalingGroup, ScalingProcesses: named(processes) };
    try {
      await this.#client.send(new ResumeProcessesCommand(input));
      return {};
    } catch (error) {
      return lastNo(error);
    }
  }

  async #act(call: Promise<unknown>): Promise<Partial<Refusal>> {
    try {
      await call;
      return {};
    } catch (error) {
      return refusedBy(error);
    }
  }

  async #group(name: string): Promise<AutoScalingGroup | undefined> {
    const { AutoScalingGroups: [found] = [] } = await this.#client.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
    );
    return found;
  }
}

/** Naming none would mean all of them. */
function named(processes: readonly string[]): string[] {
  if (processes.length === 0) throw new Error('no process is named; Auto Scaling would take that for all of them');
  return [...processes];
}
