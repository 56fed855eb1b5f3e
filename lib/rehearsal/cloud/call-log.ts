/** Counts of calls by `Service.Operation`, for example `{ 'ECS.StopTask': 2 }`. */
export type CallCounts = Readonly<Record<string, number>>;

/** One call of the local cloud. */
export interface LoggedCall {
  readonly at: Date;
  readonly service: string;
  readonly operation: string;
  readonly accessKeyId: string;
  /** Refused because its bucket was empty; such calls count like all others. */
  readonly throttled: boolean;
}

/** A moment in the log, to count from. */
export interface CallMark {
  readonly counts: ReadonlyMap<string, number>;
}

/** Where the server notes every call it could name. */
export interface CallLog {
  record(call: LoggedCall): void;
  /** Calls since the start. */
  counts(): CallCounts;
  /** Those calls since the start that were throttled. */
  throttled(): CallCounts;
  mark(): CallMark;
  /** Calls since a mark. */
  since(mark: CallMark): CallCounts;
  /** Calls made with one access key since the start. */
  byAccessKey(accessKeyId: string): CallCounts;
  /** The latest calls with their times, oldest first. */
  latest(): readonly LoggedCall[];
}

/** Access keys counted one by one; calls of further keys share one count under {@link OTHER_ACCESS_KEYS}. */
const MOST_ACCESS_KEYS = 1_000;

/** Under this key stand the calls of all access keys beyond the first thousand. */
export const OTHER_ACCESS_KEYS = 'others';

/**
 * A log of bounded memory: counts are exact for ever, single calls are kept only for the latest `keep` (default 10,000).
 */
export function createCallLog({ keep = 10_000 }: { readonly keep?: number } = {}): CallLog {
  const total = new Map<string, number>();
  const throttled = new Map<string, number>();
  const perKey = new Map<string, Map<string, number>>();
  const ring: LoggedCall[] = [];
  let next = 0;

  return {
    record(call) {
      const name = `${call.service}.${call.operation}`;
      addOne(total, name);
      if (call.throttled) addOne(throttled, name);
      addOne(countsOf(perKey, call.accessKeyId), name);
      ring[next] = call;
      next = (next + 1) % keep;
    },
    counts: () => Object.fromEntries(total),
    throttled: () => Object.fromEntries(throttled),
    mark: () => ({ counts: new Map(total) }),
    since(mark) {
      const grown = [...total].map(([name, count]) => [name, count - (mark.counts.get(name) ?? 0)] as const);
      return Object.fromEntries(grown.filter(([, count]) => count > 0));
    },
    byAccessKey: (accessKeyId) => Object.fromEntries(perKey.get(accessKeyId) ?? []),
    latest: () => (ring.length < keep ? [...ring] : [...ring.slice(next), ...ring.slice(0, next)]),
  };
}

function countsOf(perKey: Map<string, Map<string, number>>, accessKeyId: string): Map<string, number> {
  const known = perKey.get(accessKeyId);
  if (known !== undefined) return known;
  const key = perKey.size < MOST_ACCESS_KEYS ? accessKeyId : OTHER_ACCESS_KEYS;
  const counts = perKey.get(key) ?? new Map<string, number>();
  perKey.set(key, counts);
  return counts;
}

function addOne(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
