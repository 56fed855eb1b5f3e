import { createHmac } from 'node:crypto';

/** Where a fleet lives: the account and region that its ARNs name, and the seed its ids are derived from. */
export interface FleetPlace {
  readonly accountId: string;
  readonly region: string;
  readonly seed: string;
  readonly cluster: string;
}

const ZONES = ['a', 'b', 'c'] as const;

/** ARN of the cluster. */
export function clusterArn(place: FleetPlace): string {
  return ecsArn(place, `cluster/${place.cluster}`);
}

/** ARN of a service, in ECS's long form with the cluster's name. */
export function serviceArn(place: FleetPlace, service: string): string {
  return ecsArn(place, `service/${place.cluster}/${service}`);
}

/** ARN of the one task definition that a service of a rehearsal has. */
export function taskDefinitionArn(place: FleetPlace, service: string): string {
  return ecsArn(place, `task-definition/${place.cluster}-${service}:1`);
}

/** ARN of a task, in ECS's long form with the cluster's name. */
export function taskArn(place: FleetPlace, taskId: string): string {
  return ecsArn(place, `task/${place.cluster}/${taskId}`);
}

/**
 * Id of a service's n-th launched task (from 1): 32 hex characters of HMAC-SHA-256(seed, `task/<cluster>/<service>/<n>`),
 * so that two rehearsals with the same seed name their tasks alike.
 */
export function taskId(place: FleetPlace, service: string, launch: number): string {
  return keyedHex(place.seed, `task/${place.cluster}/${service}/${launch}`, 32);
}

/** The load balancer's value of CloudWatch's `LoadBalancer` dimension. */
export function loadBalancerName(place: FleetPlace, service: string): string {
  const hex = keyedHex(place.seed, `load-balancer/${place.cluster}/${service}`, 16);
  return `app/${place.cluster}-${service}/${hex}`;
}

/** ARN of a service's target group, as stop reasons name it. */
export function targetGroupArn(place: FleetPlace, service: string): string {
  const hex = keyedHex(place.seed, `target-group/${place.cluster}/${service}`, 16);
  const resource = `targetgroup/${place.cluster}-${service}/${hex}`;
  return `arn:${partition(place.region)}:elasticloadbalancing:${place.region}:${place.accountId}:${resource}`;
}

/** Availability zone of the n-th launched task or container host (from 1): a, b and c in turn. */
export function availabilityZone(place: FleetPlace, launch: number): string {
  return `${place.region}${ZONES[(launch - 1) % ZONES.length] ?? 'a'}`;
}

/** Id of the n-th container host (from 1), as EC2 has it: `i-` and 17 hex characters. */
export function instanceId(place: FleetPlace, host: number): string {
  return `i-${keyedHex(place.seed, `host/${place.cluster}/${host}`, 17)}`;
}

/** ARN of a container host as an EC2 instance. */
export function instanceArn(place: FleetPlace, id: string): string {
  return `arn:${partition(place.region)}:ec2:${place.region}:${place.accountId}:instance/${id}`;
}

/** ARN of the n-th container host (from 1) as a container instance of the cluster, in ECS's long form. */
export function containerInstanceArn(place: FleetPlace, host: number): string {
  const hex = keyedHex(place.seed, `container-instance/${place.cluster}/${host}`, 32);
  return ecsArn(place, `container-instance/${place.cluster}/${hex}`);
}

/** ARN of an Auto Scaling group, with the UUID that Auto Scaling puts into it. */
export function scalingGroupArn(place: FleetPlace, name: string): string {
  const hex = keyedHex(place.seed, `scaling-group/${place.cluster}/${name}`, 32);
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const beginning = `arn:${partition(place.region)}:autoscaling:${place.region}:${place.accountId}`;
  return `${beginning}:autoScalingGroup:${uuid}:autoScalingGroupName/${name}`;
}

/** Id of something of EC2 that is there once for its label: a prefix such as `vol` and 17 hex characters. */
export function ec2Id(place: FleetPlace, prefix: string, label: string): string {
  return `${prefix}-${keyedHex(place.seed, `${prefix}/${place.cluster}/${label}`, 17)}`;
}

/** The zones of a fleet. */
export function zonesOf(place: FleetPlace): readonly string[] {
  return ZONES.map((zone) => `${place.region}${zone}`);
}

/** The container engine's id of a task's one container: 64 hex characters. */
export function containerId(place: FleetPlace, taskId: string): string {
  return keyedHex(place.seed, `container/${place.cluster}/${taskId}`, 64);
}

function ecsArn(place: FleetPlace, resource: string): string {
  return `arn:${partition(place.region)}:ecs:${place.region}:${place.accountId}:${resource}`;
}

function partition(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}

function keyedHex(seed: string, label: string, length: number): string {
  return createHmac('sha256', seed).update(label).digest('hex').slice(0, length);
}
