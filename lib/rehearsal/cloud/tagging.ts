import * as z from 'zod';
import type { FleetState, Tags } from '../fleet/model.ts';
import { arnOf, finderIn, sortedByArn } from './fleet-lists.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { compareText, createPager, itemsAfter, takePage } from './protocols/pages.ts';
import { servedOperations } from './served-operations.ts';

const limits = servedOperations.Tagging.operations.GetResources;

/** Limits of `TagFilters` and `ResourceTypeFilters` (https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html). */
const MOST_FILTERS = 50;
const MOST_VALUES = 20;
const MOST_TYPES = 100;

interface Resource {
  readonly arn: string;
  readonly tags: Tags;
}

/** Resources whose ARNs share all but the last part, so that they stand together in the order of ARNs. */
interface Run {
  /** `ecs:cluster`, `ecs:service`, `ecs:task` or `ec2:instance`. */
  readonly type: string;
  /** The shared part of the ARNs, up to the last slash. No run's prefix is the beginning of another's. */
  readonly prefix: string;
  readonly list: () => readonly Resource[];
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
        if (named !== undefined) return { PaginationToken: '', ResourceTagMappingList: findNamed(fleet, named) };
        const { TagFilters = [], ResourceTypeFilters = [], ResourcesPerPage: size = limits.page.unasked } = asked;
        const scope = `GetResources ${JSON.stringify([TagFilters, ResourceTypeFilters])}`;
        const token = asked.PaginationToken ?? '';
        const cursor = token === '' ? null : pager.cursor(scope, token);
        if (token !== '' && cursor === null) throw invalid('The PaginationToken is not one of this request.');
        const runs = runsOf(fleet).filter(({ type }) => isWantedType(type, ResourceTypeFilters));
        const isWanted = ({ tags }: Resource) => isTagged(tags) && TagFilters.every((filter) => hasTag(tags, filter));
        const { items, next } = takePage(resourcesAfter(runs, cursor), isWanted, arnOf, size);
        return {
          PaginationToken: next === null ? '' : pager.token(scope, next),
          ResourceTagMappingList: items.map(toMapping),
        };
      },
    }),
  };
}

/** All that the tagging API can find, in the order of ARNs. Auto Scaling groups are never among it, although they bear tags. */
function runsOf(fleet: FleetState): readonly Run[] {
  const inClusters = fleet.clusters.flatMap(({ arn }): readonly Run[] => [
    { type: 'ecs:service', prefix: `${arn.replace(':cluster/', ':service/')}/`, list: () => fleet.services(arn) },
    { type: 'ecs:task', prefix: `${arn.replace(':cluster/', ':task/')}/`, list: () => fleet.tasks(arn) },
  ]);
  const atTop = [...runsByPrefix('ecs:cluster', fleet.clusters), ...runsByPrefix('ec2:instance', fleet.hosts ?? [])];
  return [...inClusters, ...atTop].sort((a, b) => compareText(a.prefix, b.prefix));
}

/** A fleet is of one account and region, so its clusters' ARNs share their beginning, and its hosts' too. */
function runsByPrefix(type: string, resources: readonly Resource[]): readonly Run[] {
  const [first] = resources;
  if (first === undefined) return [];
  const prefix = first.arn.slice(0, first.arn.lastIndexOf('/') + 1);
  return [{ type, prefix, list: () => resources }];
}

/** The resources after a cursor. A run that lies before it is not even listed. */
function* resourcesAfter(runs: readonly Run[], cursor: string | null): Generator<Resource, undefined, undefined> {
  for (const { prefix, list } of runs) {
    const isBefore = cursor !== null && prefix < cursor && !cursor.startsWith(prefix);
    if (!isBefore) yield* itemsAfter(sortedByArn(list()), arnOf, cursor);
  }
}

/** The tagged ones among some ARNs. Unknown ARNs are left out, as AWS does it. */
function findNamed(fleet: FleetState, arns: readonly string[]): readonly object[] {
  const runs = runsOf(fleet);
  const found = [...new Set(arns)].sort(compareText).flatMap((arn) => {
    const run = runs.find(({ prefix }) => arn.startsWith(prefix));
    const resource = run === undefined ? undefined : finderIn(run.list())(arn);
    return resource === undefined || !isTagged(resource.tags) ? [] : [resource];
  });
  return found.map(toMapping);
}

function isWantedType(type: string, filters: readonly string[]): boolean {
  const [service] = type.split(':');
  return filters.length === 0 || filters.some((filter) => filter === type || filter === service);
}

function isTagged(tags: Tags): boolean {
  return Object.keys(tags).length > 0;
}

function hasTag(tags: Tags, { Key, Values = [] }: TagFilter): boolean {
  const value = Object.hasOwn(tags, Key) ? tags[Key] : undefined;
  return value !== undefined && (Values.length === 0 || Values.includes(value));
}

function toMapping({ arn, tags }: Resource): object {
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
