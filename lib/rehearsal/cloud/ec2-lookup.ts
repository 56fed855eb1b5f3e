import * as z from 'zod';
import type { Tags } from '../fleet/model.ts';
import { AwsError } from './operation.ts';
import { ec2Filters } from './protocols/ec2-query.ts';
import { compareText, itemsAfter, type Pager, takePage } from './protocols/pages.ts';
import { queryNumber } from './protocols/query-input.ts';

/** What every Describe call of EC2 may be asked with, besides ids. */
export const paging = {
  Filter: ec2Filters,
  MaxResults: queryNumber.optional(),
  NextToken: z.string().optional(),
};

interface Asked {
  readonly ids: readonly string[];
  readonly filters: z.output<typeof ec2Filters>;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** How one kind of resource is found. */
export interface Kind<Item> {
  /** The operation, for tokens. */
  readonly operation: string;
  readonly page: { readonly least: number; readonly most: number; readonly unasked: number };
  /** What its ids begin with, such as `vol`. */
  readonly prefix: string;
  /** Error codes begin with it, such as `InvalidVolume`. */
  readonly fault: string;
  idOf(item: Item): string;
  tagsOf(item: Item): Tags;
  /** A filter's values by its name; tags are known without. */
  readonly filters: Readonly<Record<string, (item: Item) => readonly string[]>>;
}

/** One page of a Describe call: by ids, of which every one must exist, or by filters, which all must be met. */
export function describePage<Item>(
  items: readonly Item[],
  asked: Asked,
  kind: Kind<Item>,
  pager: Pager,
): { readonly found: readonly Item[]; readonly nextToken: string | undefined } {
  const { ids, filters, MaxResults, NextToken } = asked;
  if (ids.length > 0 && MaxResults !== undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      `The parameter ${kind.prefix} ids cannot be used with maxResults`,
    );
  }
  const size = MaxResults ?? kind.page.unasked;
  if (size < kind.page.least || size > kind.page.most) {
    const range = `Expecting a value between ${kind.page.least} and ${kind.page.most}.`;
    throw new AwsError('InvalidParameterValue', `Value ( ${size} ) for parameter maxResults is invalid. ${range}`);
  }
  const tests = filters.map(({ Name, Value }) => ({ read: readerOf(Name, kind), patterns: Value.map(pattern) }));
  const isWanted = (item: Item): boolean =>
    (ids.length === 0 || ids.includes(kind.idOf(item))) &&
    tests.every(({ read, patterns }) => read(item).some((value) => patterns.some((one) => one.test(value))));
  for (const id of ids) find(items, id, kind);
  const scope = `${kind.operation} ${JSON.stringify([ids, filters])}`;
  const cursor = NextToken === undefined ? null : pager.cursor(scope, NextToken);
  if (NextToken !== undefined && cursor === null) {
    throw new AwsError('InvalidPaginationToken', 'The specified pagination token is invalid.');
  }
  const sorted = items.toSorted((a, b) => compareText(kind.idOf(a), kind.idOf(b)));
  const { items: found, next } = takePage(itemsAfter(sorted, kind.idOf, cursor), isWanted, kind.idOf, size);
  return { found, nextToken: next === null ? undefined : pager.token(scope, next) };
}

/** One resource by its id. @throws AwsError with EC2's code for an id that is malformed or that it does not know. */
export function find<Item>(
  items: readonly Item[],
  id: string,
  { prefix, fault, idOf }: Pick<Kind<Item>, 'prefix' | 'fault' | 'idOf'>,
): Item {
  if (!new RegExp(`^${prefix}-[0-9a-f]{8,17}$`).test(id)) {
    throw new AwsError(`${fault}.Malformed`, `Invalid id: "${id}" (expecting "${prefix}-...")`);
  }
  const item = items.find((one) => idOf(one) === id);
  if (item === undefined) throw new AwsError(`${fault}.NotFound`, `The ${prefix} ID '${id}' does not exist`);
  return item;
}

/** Tags as EC2 writes them. */
export function tagSet(tags: Tags): readonly object[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

function readerOf<Item>(name: string, { filters, tagsOf }: Kind<Item>): (item: Item) => readonly string[] {
  if (name === 'tag-key') return (item) => Object.keys(tagsOf(item));
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length);
    return (item) => Object.entries(tagsOf(item)).flatMap(([tag, value]) => (tag === key ? [value] : []));
  }
  const read = Object.hasOwn(filters, name) ? filters[name] : undefined;
  if (read === undefined) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return read;
}

/** A filter's value, in which `*` and `?` stand for any characters and for one. */
function pattern(value: string): RegExp {
  const escaped = value.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}
