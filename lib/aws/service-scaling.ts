import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import type { ServiceScaler } from '../faults/scale-service.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { ONE_TRY, type Refused, refusedBy } from './one-try.ts';

/** How many tasks services desire. One instance a process. */
export class ServiceScaling implements ServiceScaler {
  readonly #once = new ECSClient(ONE_TRY);
  readonly #client = new ECSClient(CLIENT_OPTIONS);

  async serviceCounts(clusterArn: string, serviceArn: string): ReturnType<ServiceScaler['serviceCounts']> {
    const { services: [found] = [], failures: [failure] = [] } = await this.#client.send(
      new DescribeServicesCommand({ cluster: clusterArn, services: [serviceArn] }),
    );
    if (found === undefined) {
      if (failure?.reason === 'MISSING') return undefined;
      throw new Error(`ECS did not describe ${serviceArn}: ${failure?.reason ?? 'without a reason'}`);
    }
    const { deployments = [] } = found;
    if (found.desiredCount === undefined) throw new Error(`ECS did not say how many tasks ${serviceArn} desires`);
    return {
      status: found.status ?? 'unknown',
      desired: found.desiredCount,
      running: found.runningCount ?? 0,
      // As in `ecs.ts`: a deployment under way is a second entry, or one that is IN_PROGRESS.
      deploying: deployments.length !== 1 || deployments[0]?.rolloutState === 'IN_PROGRESS',
      schedulingStrategy: found.schedulingStrategy ?? 'REPLICA',
    };
  }

  async scale(cluster: string, service: string, desiredCount: number): Promise<Refused> {
    try {
      await this.#once.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
      return {};
    } catch (error) {
      return refusedBy(error);
    }
  }

  async restoreDesired(cluster: string, service: string, desiredCount: number): Promise<void> {
    await this.#client.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
  }
}
