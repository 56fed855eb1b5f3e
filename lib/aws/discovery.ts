import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import type { TaggedService, Tags } from '../core/group.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { type Ecs, lastPart } from './ecs.ts';

/**
 * Finds the services that opted in, themselves or through their cluster, in 1 + ⌈N/100⌉ calls for N services that carry the tag.
 * Only a cluster that opts in as a whole costs more, because every service of it counts: its services are listed and described.
 * The tagging API is an index that may lag behind; whatever is acted on is read again from ECS.
 */
export class Discovery {
  readonly #client = new ResourceGroupsTaggingAPIClient(CLIENT_OPTIONS);
  readonly #ecs: Ecs;
  readonly #prefix: string;

  constructor(ecs: Ecs, prefix: string) {
    this.#ecs = ecs;
    this.#prefix = prefix;
  }

  async taggedServices(): Promise<TaggedService[]> {
    const optIn = `${this.#prefix}opt-in`;
    const [clusters, services] = await Promise.all([
      this.#resources('ecs:cluster'),
      this.#resources('ecs:service', optIn),
    ]);
    const found = new Map<string, TaggedService>();
    for (const [serviceArn, tags] of services) {
      const clusterArn = clusterOf(serviceArn);
      found.set(serviceArn, {
        serviceArn,
        service: lastPart(serviceArn),
        clusterArn,
        cluster: lastPart(clusterArn),
        tags,
        clusterTags: clusters.get(clusterArn) ?? {},
      });
    }
    for (const [clusterArn, tags] of clusters) {
      if (tags[optIn] !== 'true') continue;
      for (const { tagged } of await this.#servicesOf(clusterArn)) found.set(tagged.serviceArn, tagged);
    }
    return [...found.values()];
  }

  async #servicesOf(clusterArn: string): ReturnType<Ecs['services']> {
    const arns = await this.#ecs.serviceArns(clusterArn);
    return this.#ecs.services(arns.map((arn) => ({ cluster: clusterArn, service: lastPart(arn) })));
  }

  async #resources(type: string, tag?: string): Promise<Map<string, Tags>> {
    const found = new Map<string, Tags>();
    let token: string | undefined;
    do {
      const answer = await this.#client.send(
        new GetResourcesCommand({
          ResourceTypeFilters: [type],
          ResourcesPerPage: 100,
          ...(tag === undefined ? {} : { TagFilters: [{ Key: tag }] }),
          ...(token ? { PaginationToken: token } : {}),
        }),
      );
      for (const { ResourceARN = '', Tags = [] } of answer.ResourceTagMappingList ?? []) {
        found.set(ResourceARN, Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])));
      }
      token = answer.PaginationToken;
    } while (token);
    return found;
  }
}

/** `arn:aws:ecs:region:account:service/cluster/name` names its cluster. */
function clusterOf(serviceArn: string): string {
  const [head = '', cluster = ''] = serviceArn.split('/');
  return `${head.replace(/:service$/, ':cluster')}/${cluster}`;
}
