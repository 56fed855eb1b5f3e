import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TargetHealthNow } from '../core/probe.ts';
import { CLIENT_OPTIONS } from './client-options.ts';

/** Reads what load balancers say about their targets. */
export class LoadBalancers {
  readonly #client = new ElasticLoadBalancingV2Client(CLIENT_OPTIONS);

  /** Every target that is registered with a target group, those that are draining too. Elastic Load Balancing answers in one page. */
  async targetHealth(targetGroupArn: string, signal?: AbortSignal): Promise<TargetHealthNow[]> {
    const { TargetHealthDescriptions = [] } = await this.#client.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }),
      { abortSignal: signal },
    );
    return TargetHealthDescriptions.map(({ Target, TargetHealth }) => ({
      target: `${Target?.Id ?? 'unknown'}${Target?.Port === undefined ? '' : `:${Target.Port}`}`,
      state: TargetHealth?.State ?? 'unknown',
      ...(TargetHealth?.Reason === undefined ? {} : { reason: TargetHealth.Reason }),
    }));
  }
}
