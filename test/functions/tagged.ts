import type { TaggedHosts, TaggedService, Tags } from '../../lib/core/tagged.ts';

const ARN = 'arn:aws:ecs:eu-west-1:123456789012';

/** A service of the cluster `shop` as discovery finds it; opted in unless the tags say otherwise. */
export function tagged(service: string, tags: Tags = {}, clusterTags: Tags = {}): TaggedService {
  return {
    serviceArn: `${ARN}:service/shop/${service}`,
    service,
    clusterArn: `${ARN}:cluster/shop`,
    cluster: 'shop',
    tags: { 'chaos:opt-in': 'true', ...tags },
    clusterTags,
  };
}

/** An Auto Scaling group as discovery finds it; opted in unless the tags say otherwise. */
export function taggedHosts(name: string, tags: Tags = {}): TaggedHosts {
  return {
    kind: 'auto-scaling-group',
    arn: `arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:0:autoScalingGroupName/${name}`,
    name,
    tags: { 'chaos:opt-in': 'true', ...tags },
    groupTags: {},
  };
}
