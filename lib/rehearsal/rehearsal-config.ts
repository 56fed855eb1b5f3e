import type { ConfigInput } from '../core/config.ts';
import { groupNameOf } from '../core/tagged.ts';
import type { FleetDefinition } from './fleet/fleet-file.ts';
import { type FleetPlace, loadBalancerName } from './fleet/names.ts';

type ProbeInput = NonNullable<ConfigInput['hypotheses']>[string][number];

/** Real load balancers report by the minute; a rehearsal measures by the second, and judges every five. */
const PERIOD_SECONDS = 5;

/**
 * The config with which a fleet is rehearsed: the stack and its code are those that would be deployed, only waiting is shorter.
 * Each hypothesis of the fleet file becomes metric probes on the service's load balancer.
 */
export function rehearsalConfig(fleet: FleetDefinition, place: FleetPlace): ConfigInput {
  const hypotheses: Record<string, ProbeInput[]> = {};
  for (const { name, tags, hypothesis } of fleet.services) {
    if (hypothesis === undefined) continue;
    const member = {
      serviceArn: name,
      service: name,
      clusterArn: fleet.cluster,
      cluster: fleet.cluster,
      tags,
      clusterTags: fleet.clusterTags,
    };
    const group = groupNameOf(member, 'chaos:');
    const probes = hypotheses[group] ?? [{ type: 'service-stable' }];
    hypotheses[group] = [...probes, ...trafficProbes(name, loadBalancerName(place, name), hypothesis)];
  }
  const many = 1000;
  return {
    seed: place.seed,
    // A rehearsal hurts nobody: it may happen at any hour.
    window: { hours: '00:00-24:00', days: 'mon-sun', zone: 'UTC' },
    budgets: { maxInFlight: fleet.services.length, maxPerHour: many, maxPerDay: many },
    minimumTaskAgeSeconds: 2,
    profiles: { default: { observeSeconds: 12, intervalSeconds: 2, recoveryLimitSeconds: 90 } },
    hypotheses,
  };
}

function trafficProbes(
  service: string,
  loadBalancer: string,
  { errorRate, p99Ms }: { errorRate: number; p99Ms: number },
): ProbeInput[] {
  const metric = (name: string, statistic: string) => ({
    namespace: 'AWS/ApplicationELB',
    metric: name,
    dimensions: { LoadBalancer: loadBalancer },
    statistic,
  });
  const timing = { type: 'metric', comparator: '<=', periodSeconds: PERIOD_SECONDS, delaySeconds: 2 } as const;
  return [
    {
      ...timing,
      name: `error rate of ${service}`,
      metrics: {
        requests: metric('RequestCount', 'Sum'),
        target: metric('HTTPCode_Target_5XX_Count', 'Sum'),
        balancer: metric('HTTPCode_ELB_5XX_Count', 'Sum'),
      },
      expression: '(FILL(target, 0) + FILL(balancer, 0)) / requests',
      threshold: errorRate,
    },
    {
      ...timing,
      name: `p99 latency of ${service} (ms)`,
      metrics: { latency: metric('TargetResponseTime', 'p99') },
      expression: 'latency * 1000',
      threshold: p99Ms,
    },
  ];
}
