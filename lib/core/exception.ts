import * as z from 'zod';

/** A pattern: literal, but for `*`, which stands for any characters or none. */
const pattern = z.string().min(1).max(512);

/**
 * Resources that are never touched. Every field that is given must fit; one that is left out fits everything. An exception without any
 * field would except everything and is most likely a slip, so it is refused.
 */
export const exceptionSchema = z
  .strictObject({
    account: pattern.optional(),
    region: pattern.optional(),
    cluster: pattern.optional(),
    service: pattern.optional(),
    /** Name of an Auto Scaling group, or id of an instance. */
    hosts: pattern.optional(),
    /** Why, for whoever asks. */
    reason: z.string().min(1).max(512).optional(),
  })
  .refine(({ reason: _, ...fields }) => Object.values(fields).some((value) => value !== undefined), {
    error: 'name at least one of account, region, cluster, service, hosts',
  })
  .refine(({ hosts, cluster, service }) => hosts === undefined || (cluster === undefined && service === undefined), {
    error: 'hosts are no part of a cluster or service; write two exceptions',
  });
export type Exception = z.output<typeof exceptionSchema>;

/** What exceptions and the list of enabled accounts look at. */
export interface Place {
  readonly account: string;
  readonly region: string;
  readonly cluster?: string;
  readonly service?: string;
  readonly hosts?: string;
}

/** Account and region out of an ARN: `arn:aws:ecs:eu-west-1:123456789012:service/…`. */
export function placeOfArn(arn: string): Pick<Place, 'account' | 'region'> {
  const [, , , region = '', account = ''] = arn.split(':');
  return { account, region };
}

/** Whether a text fits a pattern as a whole. */
export function fits(text: string, pattern: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  if (parts.length === 1) return text === pattern;
  const last = parts[parts.length - 1] ?? '';
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  // Each middle part is looked for as far to the left as it goes: no backtracking, whatever the pattern.
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

const FIELDS = ['account', 'region', 'cluster', 'service', 'hosts'] as const;

/** The first exception that a place falls under. */
export function exceptionFor(place: Place, exceptions: readonly Exception[]): Exception | undefined {
  return exceptions.find((exception) =>
    FIELDS.every((field) => {
      const wanted = exception[field];
      const text = place[field];
      return wanted === undefined || (text !== undefined && fits(text, wanted));
    }),
  );
}

/** An exception in words: `cluster=shop service=canary-*`. */
export function describeException(exception: Exception): string {
  const fields = FIELDS.flatMap((field) => (exception[field] === undefined ? [] : [`${field}=${exception[field]}`]));
  return `${fields.join(' ')}${exception.reason === undefined ? '' : ` (${exception.reason})`}`;
}

/** Why nothing may be done at a place, if its account or region is not enabled. */
export function notEnabled(
  { account, region }: Pick<Place, 'account' | 'region'>,
  enabled: { readonly accounts: readonly string[]; readonly regions: readonly string[] },
): string | undefined {
  const isListed = (list: readonly string[], one: string): boolean => list.includes('*') || list.includes(one);
  if (!isListed(enabled.accounts, account)) return `account ${account || 'unknown'} is not enabled in the config`;
  if (!isListed(enabled.regions, region)) return `region ${region || 'unknown'} is not enabled in the config`;
  return undefined;
}
