import type { ConfigInput } from '../core/config.ts';
import type { FleetDefinition, ServiceDefinition } from './fleet/fleet-file.ts';
import { type FleetPlace, loadBalancerName, targetGroupArn } from './fleet/names.ts';
import { carriedServices, groupOfHosts, groupOfService } from './members.ts';

type ProbeInput = NonNullable<ConfigInput['hypotheses']>[string][number];

/** Real load balancers report by the minute; a rehearsal measures by the second, and judges every five. */
const PERIOD_SECONDS = 5;

/**
 * The config with which a fleet is rehearsed: the stack and its code are those that would be deployed, only waiting is shorter.
 * Each hypothesis of the fleet file becomes metric probes on the service's load balancer. That of container hosts is about the services
 * that they carry: the same probes, and that each is given all its tasks again.
 */
export function rehearsalConfig(fleet: FleetDefinition, place: FleetPlace): ConfigInput {
  const hypotheses: Record<string, ProbeInput[]> = {};
  for (const service of fleet.services) {
    if (service.hypothesis === undefined) continue;
    const group = groupOfService(service, fleet);
    const probes = hypotheses[group] ?? [{ type: 'service-stable' }];
    hypotheses[group] = [...probes, ...trafficProbes(service, place)];
  }
  if (fleet.hosts > 0) hypotheses[groupOfHosts(fleet)] = hostProbes(fleet, place);
  const many = 1000;
  return {
    seed: place.seed,
    // A rehearsal hurts nobody: it may happen at any hour.
    window: { hours: '00:00-24:00', days: 'mon-sun', zone: 'UTC' },
    budgets: { maxInFlight: fleet.services.length + 1, maxPerHour: many, maxPerDay: many },
    minimumTaskAgeSeconds: 2,
    profiles: { default: { observeSeconds: 12, intervalSeconds: 2, recoveryLimitSeconds: 90 } },
    hypotheses,
  };
}

/** What container hosts are there for: that every service which they carry goes on, and has all its tasks again in the end. */
function hostProbes(fleet: FleetDefinition, place: FleetPlace): ProbeInput[] {
  const ofServices = carriedServices(fleet).flatMap((service): ProbeInput[] => [
    {
      type: 'targets-healthy',
      name: `healthy tasks of ${service.name}`,
      targetGroups: [targetGroupArn(place, service.name)],
      minHealthyCount: service.desired,
    },
    ...trafficProbes(service, place),
  ]);
  return [{ type: 'service-stable' }, ...ofServices];
}

function trafficProbes({ name: service, hypothesis }: ServiceDefinition, place: FleetPlace): ProbeInput[] {
  if (hypothesis === undefined) return [];
  const { errorRate, p99Ms } = hypothesis;
  const loadBalancer = loadBalancerName(place, service);
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
