import type { HostLoss } from './result.ts';

/** Something that became of a host, or of the tasks that it carried, for a person who follows a rehearsal. */
export interface HostNews {
  readonly kind: 'tasks-lost' | 'placed-anew' | 'replaced';
  /** When it happened, ISO 8601 in UTC. */
  readonly at: string;
  /** The host that went away, and when. */
  readonly instanceId: string;
  readonly lostAt: string;
  readonly text: string;
}

/** What there is to tell of a loss by now: the tasks that went with it; that all of them run anew; that the host is replaced. */
export function newsOf(loss: HostLoss): readonly HostNews[] {
  const { instanceId, at: lostAt, tasks, placed, replacement } = loss;
  const about = { instanceId, lostAt };
  const news: HostNews[] = [];
  if (tasks.length > 0) {
    news.push({ ...about, kind: 'tasks-lost', at: lostAt, text: `${instanceId} took ${tasksText(tasks)} with it` });
  }
  const last = lastPlaced(loss);
  if (last !== undefined && placed.length === tasks.length) {
    const hosts = [...new Set(placed.map((one) => one.instanceId))].join(' and ');
    const text = `${tasksText(placed)} placed anew on ${hosts}, running after ${last.afterSeconds.toFixed(1)} s`;
    news.push({ ...about, kind: 'placed-anew', at: last.at, text });
  }
  if (replacement !== null) {
    const { instanceId: next, zone, afterSeconds, at } = replacement;
    const text =
      next === instanceId
        ? `${next} is back and takes tasks again after ${afterSeconds.toFixed(1)} s`
        : `its group launched ${next} in ${zone}, which takes tasks after ${afterSeconds.toFixed(1)} s`;
    news.push({ ...about, kind: 'replaced', at, text });
  }
  return news;
}

/**
 * When news are told: not before the act that they come of. A host goes away while the call is still being answered, and the record of
 * the act is written after that.
 */
export function toldAt({ at }: Pick<HostNews, 'at'>, injectedAt: string): string {
  const isEarly = at < injectedAt;
  return isEarly ? injectedAt : at;
}

/** The last of the tasks that run in the place of those that a host took with it; undefined when there is none. */
export function lastPlaced({ placed }: Pick<HostLoss, 'placed'>): HostLoss['placed'][number] | undefined {
  return placed.reduce<HostLoss['placed'][number] | undefined>(
    (last, one) => (last === undefined || one.afterSeconds > last.afterSeconds ? one : last),
    undefined,
  );
}

/** Tasks by their services, in short: `2 tasks of storefront (0123abcd, 4567cdef)`. */
export function tasksText(tasks: readonly { readonly service: string; readonly task: string }[]): string {
  const services = [...new Set(tasks.map(({ service }) => service))];
  return services
    .map((service) => {
      const ids = tasks.filter((one) => one.service === service).map(({ task }) => task.slice(0, 8));
      return `${ids.length} ${ids.length === 1 ? 'task' : 'tasks'} of ${service} (${ids.join(', ')})`;
    })
    .join(' and ');
}
