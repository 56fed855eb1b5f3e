import * as z from 'zod';
import type { FleetState, Tags } from '../fleet/model.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { createPager, pageAfter } from './protocols/pages.ts';
import { servedOperations } from './served-operations.ts';

const limits = servedOperations.Tagging.operations.GetResources;

/** Limits of `TagFilters` and `ResourceTypeFilters` (https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html). */
const MOST_FILTERS = 50;
const MOST_VALUES = 20;
const MOST_TYPES = 100;

interface TaggedResource {
  readonly arn: string;
  /** `ecs:service`, `ecs:cluster` or `ecs:task`. */
  readonly type: string;
  readonly tags: Tags;
}

interface TagFilter {
  readonly Key: string;
  readonly Values?: readonly string[] | undefined;
}

const input = z.strictObject({
  PaginationToken: z.string().optional(),
  TagFilters: z
    .array(z.strictObject({ Key: z.string().min(1).max(128), Values: z.array(z.string().max(256)).optional() }))
    .optional(),
  ResourceTypeFilters: z
    .array(z.string().regex(/^[\w-]+(:[\w./-]+)?$/, { error: 'is not service[:resourceType]' }))
    .optional(),
  ResourcesPerPage: z.int().optional(),
  ResourceARNList: z.array(z.string().startsWith('arn:')).optional(),
});

/** The Resource Groups Tagging API on a rehearsal's fleet: whatever the fleet tags, and nothing else. */
export function taggingOperations(fleet: FleetState): ServedService {
  const pager = createPager();
  return {
    GetResources: serve({
      input,
      answer: (asked) => {
        assertLimits(asked);
        const named = asked.ResourceARNList;
        const resources = taggedResources(fleet).filter((resource) =>
          named === undefined ? isWanted(resource, asked) : named.includes(resource.arn),
        );
        const size = named === undefined ? (asked.ResourcesPerPage ?? limits.page.unasked) : limits.atMost;
        const scope = `GetResources ${JSON.stringify([asked.TagFilters ?? [], asked.ResourceTypeFilters ?? []])}`;
        const token = asked.PaginationToken ?? '';
        const cursor = token === '' ? null : pager.cursor(scope, token);
        if (token !== '' && cursor === null) throw invalid('The PaginationToken is not one of this request.');
        const { items, next } = pageAfter(resources, (resource) => resource.arn, cursor, size);
        return {
          PaginationToken: next === null ? '' : pager.token(scope, next),
          ResourceTagMappingList: items.map(toMapping),
        };
      },
    }),
  };
}

function taggedResources(fleet: FleetState): readonly TaggedResource[] {
  const all = fleet.clusters.flatMap((cluster) => [
    { arn: cluster.arn, type: 'ecs:cluster', tags: cluster.tags },
    ...fleet.services(cluster.arn).map(({ arn, tags }) => ({ arn, type: 'ecs:service', tags })),
    ...fleet.tasks(cluster.arn).map(({ arn, tags }) => ({ arn, type: 'ecs:task', tags })),
  ]);
  return all.filter(({ tags }) => Object.keys(tags).length > 0);
}

function isWanted(resource: TaggedResource, asked: z.output<typeof input>): boolean {
  const types = asked.ResourceTypeFilters ?? [];
  const [service] = resource.type.split(':');
  if (types.length > 0 && !types.some((type) => type === resource.type || type === service)) return false;
  return (asked.TagFilters ?? []).every((filter) => hasTag(resource.tags, filter));
}

function hasTag(tags: Tags, { Key, Values = [] }: TagFilter): boolean {
  const value = Object.hasOwn(tags, Key) ? tags[Key] : undefined;
  return value !== undefined && (Values.length === 0 || Values.includes(value));
}

function toMapping({ arn, tags }: TaggedResource): object {
  return { ResourceARN: arn, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
}

function assertLimits(asked: z.output<typeof input>): void {
  const { ResourceARNList, TagFilters = [], ResourceTypeFilters = [], ResourcesPerPage: size } = asked;
  if (size !== undefined && (size < limits.page.least || size > limits.page.most)) {
    throw invalid(`ResourcesPerPage must be between ${limits.page.least} and ${limits.page.most}.`);
  }
  if (TagFilters.length > MOST_FILTERS) throw invalid(`TagFilters has more than ${MOST_FILTERS} keys.`);
  if (TagFilters.some(({ Values = [] }) => Values.length > MOST_VALUES)) {
    throw invalid(`A tag filter has more than ${MOST_VALUES} values.`);
  }
  if (ResourceTypeFilters.length > MOST_TYPES) throw invalid(`ResourceTypeFilters has more than ${MOST_TYPES} types.`);
  if (ResourceARNList === undefined) return;
  if (ResourceARNList.length > limits.atMost) throw invalid(`ResourceARNList has more than ${limits.atMost} entries.`);
  const others = TagFilters.length > 0 || ResourceTypeFilters.length > 0 || size !== undefined || asked.PaginationToken;
  if (others) throw invalid('ResourceARNList cannot be combined with filters or pages.');
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}
