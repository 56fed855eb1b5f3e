import {
  DescribeContainerInstancesCommand,
  ECSClient,
  UpdateContainerInstancesStateCommand,
} from '@aws-sdk/client-ecs';
import type { HostDrainer } from '../faults/drain-host.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { ONE_TRY, type Refused, refusedBy } from './one-try.ts';

/** What container hosts are to ECS, and whether they take tasks. One instance a process. */
export class ContainerInstances implements Omit<HostDrainer, 'member'> {
  readonly #once = new ECSClient(ONE_TRY);
  readonly #client = new ECSClient(CLIENT_OPTIONS);

  async containerInstance(clusterArn: string, arn: string): ReturnType<HostDrainer['containerInstance']> {
    const { containerInstances: [found] = [], failures: [failure] = [] } = await this.#client.send(
      new DescribeContainerInstancesCommand({ cluster: clusterArn, containerInstances: [arn] }),
    );
    if (found === undefined) {
      // Only MISSING says that it is gone; any other failure says nothing of it.
      if (failure?.reason === 'MISSING') return undefined;
      throw new Error(`ECS did not describe ${arn}: ${failure?.reason ?? 'without a reason'}`);
    }
    return {
      instanceId: found.ec2InstanceId,
      status: found.status ?? 'unknown',
      agentConnected: found.agentConnected ?? false,
      runningTasks: found.runningTasksCount ?? 0,
    };
  }

  async drain(clusterArn: string, arn: string): Promise<Refused> {
    try {
      return await this.#set(this.#once, clusterArn, arn, 'DRAINING');
    } catch (error) {
      return refusedBy(error);
    }
  }

  activate(clusterArn: string, arn: string): Promise<Refused> {
    return this.#set(this.#client, clusterArn, arn, 'ACTIVE');
  }

  /** A list of one: what ECS could not do to it is in `failures` of an answer that looks well. */
  async #set(client: ECSClient, cluster: string, arn: string, status: 'ACTIVE' | 'DRAINING'): Promise<Refused> {
    const { failures: [failure] = [] } = await client.send(
      new UpdateContainerInstancesStateCommand({ cluster, containerInstances: [arn], status }),
    );
    if (failure === undefined) return {};
    return { refused: { code: failure.reason ?? 'unknown', message: failure.detail ?? `ECS left ${arn} as it is` } };
  }
}
