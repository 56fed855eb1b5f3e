import { subnetId, vpcId } from './host-network.ts';
import type { Machine } from './machine-life.ts';
import type { InstanceState } from './machines-model.ts';
import type { AutoScalingGroupState, Tags } from './model.ts';
import { clusterArn, containerInstanceArn, type FleetPlace, instanceArn, instanceId } from './names.ts';

/** A host that its group has just launched: it boots, and joins its cluster then. */
export function launchedMachine(
  place: FleetPlace,
  group: AutoScalingGroupState,
  { launch, zone, now, bootMs }: { launch: number; zone: string; now: Date; bootMs: number },
): Machine {
  const id = instanceId(place, launch);
  const instance: InstanceState = {
    instanceId: id,
    arn: instanceArn(place, id),
    tags: tagsAtLaunch(group),
    availabilityZone: zone,
    vpcId: vpcId(place),
    subnetId: subnetId(place, zone),
    status: 'pending',
    launchedAt: now,
    transitionReason: '',
    isSpot: false,
    rootDevice: 'ebs',
    disableApiTermination: false,
    disableApiStop: false,
  };
  return {
    instance,
    group: group.name,
    lifecycle: 'Pending',
    isHealthy: true,
    protectedFromScaleIn: false,
    containerInstance: { arn: containerInstanceArn(place, launch), clusterArn: clusterArn(place) },
    isRebooting: false,
    isSevered: false,
    dueAtMs: now.getTime() + bootMs,
    downSinceMs: null,
    hookUntilMs: null,
  };
}

/** The tags that a group gives to the instances it launches, with Auto Scaling's own. */
function tagsAtLaunch({ name, tags }: AutoScalingGroupState): Tags {
  const propagated = tags.filter(({ propagateAtLaunch }) => propagateAtLaunch);
  return {
    ...Object.fromEntries(propagated.map(({ key, value }) => [key, value])),
    'aws:autoscaling:groupName': name,
  };
}
