import { ECSClient, ListContainerInstancesCommand, paginateListClusters } from '@aws-sdk/client-ecs';
import type { ClusterLooker, ClusterPlace } from '../faults/host-commands.ts';
import { CLIENT_OPTIONS } from './client-options.ts';

/** Finds the cluster that an instance has joined. ECS knows no call for it: each cluster is asked, side by side. */
export class ClusterPlaces implements ClusterLooker {
  readonly #client = new ECSClient(CLIENT_OPTIONS);

  /** Undefined when it has joined none. @param instanceId `i-…` */
  async placeOf(instanceId: string): Promise<ClusterPlace | undefined> {
    if (!/^i-[0-9a-f]+$/.test(instanceId)) throw new Error(`"${instanceId}" is no instance id`);
    const clusters: string[] = [];
    for await (const { clusterArns = [] } of paginateListClusters({ client: this.#client, pageSize: 100 }, {})) {
      clusters.push(...clusterArns);
    }
    const found = await Promise.all(
      clusters.map(async (clusterArn) => {
        // The cluster query language (ECS developer guide).
        const filter = `ec2InstanceId == '${instanceId}'`;
        const { containerInstanceArns: [arn] = [] } = await this.#client.send(
          new ListContainerInstancesCommand({ cluster: clusterArn, filter }),
        );
        return arn === undefined ? undefined : { clusterArn, containerInstanceArn: arn };
      }),
    );
    return found.find((one) => one !== undefined);
  }
}
