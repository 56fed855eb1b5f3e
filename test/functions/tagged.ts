import type { TaggedService, Tags } from '../../lib/core/group.ts';

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
