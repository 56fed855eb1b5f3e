import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
  type TagFilter,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { sentenceOf } from '../core/error-words.ts';
import type { TaggedHosts, TaggedService, Tags } from '../core/tagged.ts';
import type { AutoScaling } from './auto-scaling.ts';
import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';
import { chunks, type Ecs, lastPart } from './ecs.ts';

/** A part of the account that could not be read; what lies in it is in no plan, and everything else is. */
export interface Unread {
  readonly resource: string;
  readonly because: string;
}

/** What carries the opt-in tag, itself or through its cluster or Auto Scaling group, whatever the tag's value. */
export interface Discovered {
  readonly services: readonly TaggedService[];
  readonly hosts: readonly TaggedHosts[];
  readonly unread: readonly Unread[];
}

/** The tag that EC2 itself gives to each instance of an Auto Scaling group. */
const GROUP_NAME_TAG = 'aws:autoscaling:groupName';

const RESOURCES_PER_PAGE = 100;

/** A tag's value has at most so many characters; a longer name can only be that of cluster and service together. */
const LONGEST_VALUE = 256;

/** What the Auto Scaling groups are called among what could not be read. */
const HOST_GROUPS = 'Auto Scaling groups';
const isHostGroups = ({ resource }: Unread): boolean => resource === HOST_GROUPS;

/**
 * Finds what opted in, in 1 + ⌈N/100⌉ calls for N services and instances that carry the tag, and one more for each hundred Auto Scaling
 * groups, which the tagging API does not know. Only a cluster that opts in as a whole costs more, because every service of it counts:
 * two calls for each hundred of its services.
 * The tagging API is an index that may lag behind; whatever is acted on is read again from ECS.
 */
export class Discovery {
  readonly #client = new ResourceGroupsTaggingAPIClient(CLIENT_OPTIONS);
  readonly #ecs: Pick<Ecs, 'serviceArns' | 'services'>;
  readonly #autoScaling: Pick<AutoScaling, 'taggedGroups'>;
  readonly #optIn: string;
  readonly #group: string;

  constructor(
    ecs: Pick<Ecs, 'serviceArns' | 'services'>,
    autoScaling: Pick<AutoScaling, 'taggedGroups'>,
    prefix: string,
  ) {
    this.#ecs = ecs;
    this.#autoScaling = autoScaling;
    this.#optIn = `${prefix}opt-in`;
    this.#group = `${prefix}group`;
  }

  /** @throws when the index itself cannot be read: then nobody can tell who opted in. */
  async find(): Promise<Discovered> {
    const unread: Unread[] = [];
    const [clusters, tagged, groups] = await Promise.all([
      this.#resources(['ecs:cluster']),
      this.#resources(['ecs:service', 'ec2:instance'], { Key: this.#optIn }),
      this.#hostGroups(unread),
    ]);
    const whole = [...clusters].filter(([, tags]) => tags[this.#optIn] === 'true').map(([arn]) => arn);
    return this.#discovered(clusters, tagged, groups, await this.#servicesOfAll(whole, unread), unread);
  }

  /**
   * Finds what may belong to one group, in a handful of calls however large the account is: what carries its name in the `group` tag,
   * and the service that is called so. What is found may belong to other groups as well.
   */
  async findGroup(name: string): Promise<Discovered> {
    const unread: Unread[] = [];
    const [cluster = '', service = ''] = name.split('/');
    const isInstance = /^i-[0-9a-f]+$/.test(name);
    const [clusters, tagged, groups, called] = await Promise.all([
      this.#resources(['ecs:cluster']),
      name.length > LONGEST_VALUE
        ? new Map<string, Tags>()
        : this.#resources(['ecs:service', 'ec2:instance'], { Key: this.#group, Values: [name] }),
      this.#hostGroups(unread),
      service === '' ? [] : this.#called(cluster, service),
    ]);
    if (isInstance) {
      // Its ARN is not known by its id alone; those that opted in are looked through.
      for (const [arn, tags] of await this.#resources(['ec2:instance'], { Key: this.#optIn })) tagged.set(arn, tags);
    }
    const named = [...clusters].filter(([, tags]) => tags[this.#group] === name).map(([arn]) => arn);
    const services = await this.#servicesOfAll(named, unread);
    for (const one of called) tagged.set(one.serviceArn, one.tags);
    return this.#discovered(clusters, tagged, groups, services, unread);
  }

  /** The service of a name, if there is one. A cluster of the name need not exist: a group may be called anything. */
  async #called(cluster: string, service: string): Promise<TaggedService[]> {
    try {
      return (await this.#ecs.services([{ cluster, service }])).map(({ tagged }) => tagged);
    } catch (error) {
      const name = awsErrorOf(error)?.name;
      if (name === 'ClusterNotFoundException' || name === 'InvalidParameterException') return [];
      throw error;
    }
  }

  async #hostGroups(unread: Unread[]): Promise<TaggedHosts[]> {
    try {
      return await this.#autoScaling.taggedGroups(this.#optIn);
    } catch (error) {
      unread.push({ resource: HOST_GROUPS, because: sentenceOf(error) });
      return [];
    }
  }

  #discovered(
    clusters: ReadonlyMap<string, Tags>,
    tagged: ReadonlyMap<string, Tags>,
    groups: readonly TaggedHosts[],
    ofClusters: readonly (readonly [string, Tags])[],
    unread: readonly Unread[],
  ): Discovered {
    const services = new Map<string, Tags>();
    const instances = new Map<string, Tags>();
    for (const [arn, tags] of tagged) (arn.includes(':instance/') ? instances : services).set(arn, tags);
    // Read with all their tags; the index lists only those that carry the tag themselves.
    for (const [arn, tags] of ofClusters) services.set(arn, tags);
    return {
      services: [...services].map(([serviceArn, tags]) => serviceOf(serviceArn, tags, clusters)),
      hosts: [...groups, ...instancesApart(instances, groups, this.#optIn, unread.some(isHostGroups))],
      unread,
    };
  }

  async #servicesOfAll(clusterArns: readonly string[], unread: Unread[]): Promise<[string, Tags][]> {
    return (await Promise.all(clusterArns.map((clusterArn) => this.#servicesOf(clusterArn, unread)))).flat();
  }

  /** Every service of a cluster with its tags, or one entry of what could not be read. */
  async #servicesOf(clusterArn: string, unread: Unread[]): Promise<[string, Tags][]> {
    try {
      const arns = await this.#ecs.serviceArns(clusterArn);
      const tags = await Promise.all(chunks(arns, RESOURCES_PER_PAGE).map((some) => this.#tagsOf(some)));
      const byArn = new Map(tags.flatMap((some) => [...some]));
      return arns.map((arn) => [arn, byArn.get(arn) ?? {}]);
    } catch (error) {
      unread.push({ resource: clusterArn, because: sentenceOf(error) });
      return [];
    }
  }

  /** Tags of up to a hundred resources; those that never had any are left out. */
  async #tagsOf(arns: readonly string[]): Promise<Map<string, Tags>> {
    const { ResourceTagMappingList = [] } = await this.#client.send(
      new GetResourcesCommand({ ResourceARNList: [...arns] }),
    );
    return new Map(ResourceTagMappingList.map(({ ResourceARN = '', Tags = [] }) => [ResourceARN, tagsFrom(Tags)]));
  }

  async #resources(types: readonly string[], tag?: TagFilter): Promise<Map<string, Tags>> {
    const found = new Map<string, Tags>();
    let token: string | undefined;
    do {
      const answer = await this.#client.send(
        new GetResourcesCommand({
          ResourceTypeFilters: [...types],
          ResourcesPerPage: RESOURCES_PER_PAGE,
          ...(tag === undefined ? {} : { TagFilters: [tag] }),
          ...(token ? { PaginationToken: token } : {}),
        }),
      );
      for (const { ResourceARN = '', Tags = [] } of answer.ResourceTagMappingList ?? []) {
        found.set(ResourceARN, tagsFrom(Tags));
      }
      token = answer.PaginationToken;
    } while (token !== undefined && token !== '');
    return found;
  }
}

function serviceOf(serviceArn: string, tags: Tags, clusters: ReadonlyMap<string, Tags>): TaggedService {
  const clusterArn = clusterOf(serviceArn);
  return {
    serviceArn,
    service: lastPart(serviceArn),
    clusterArn,
    cluster: lastPart(clusterArn),
    tags,
    clusterTags: clusters.get(clusterArn) ?? {},
  };
}

/** Instances that opt in for themselves: those of a group that opted in belong to the group. */
function instancesApart(
  instances: ReadonlyMap<string, Tags>,
  groups: readonly TaggedHosts[],
  optIn: string,
  areGroupsUnread: boolean,
): TaggedHosts[] {
  const byName = new Map(groups.map((group) => [group.name, group]));
  return [...instances].flatMap(([arn, tags]): TaggedHosts[] => {
    const groupName = tags[GROUP_NAME_TAG];
    // Whether its group opted in cannot be told, and with it whether the instance stands for itself.
    if (groupName !== undefined && areGroupsUnread) return [];
    const group = byName.get(groupName ?? '');
    if (group?.tags[optIn] === 'true') return [];
    return [{ kind: 'instance', arn, name: lastPart(arn), tags, groupTags: group?.tags ?? {} }];
  });
}

function tagsFrom(tags: readonly { Key?: string | undefined; Value?: string | undefined }[]): Tags {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** `arn:aws:ecs:region:account:service/cluster/name` names its cluster. */
function clusterOf(serviceArn: string): string {
  const [head = '', cluster = ''] = serviceArn.split('/');
  return `${head.replace(/:service$/, ':cluster')}/${cluster}`;
}
