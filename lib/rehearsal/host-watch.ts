import type { FleetState, HostState, TaskState } from './fleet/model.ts';
import { type HostNews, newsOf } from './host-news.ts';
import type { HostLoss, HostSample } from './result.ts';

/** How often hosts are looked at, in milliseconds: no moment is seen later than this. */
const LOOK_MS = 250;

/** What is watched of a fleet. */
export type WatchedFleet = Pick<FleetState, 'clusters' | 'tasks' | 'hosts'>;

/** A host as it was at the last look, with the ids of the tasks on it that nobody was stopping. */
interface Present {
  readonly host: HostState;
  readonly carried: readonly string[];
}

/** A host that went away. */
interface Gone extends Present {
  readonly at: Date;
}

/** A host that came, or came back. */
interface Arrival {
  readonly host: HostState;
  readonly at: Date;
}

/**
 * Watches the container hosts of a fleet: counts them by the second, and follows each one that goes away: the tasks that it took
 * with it, those that run in their place, and the host that took its own. It only looks at what the fleet says of itself.
 */
export class HostWatch {
  readonly #fleet: WatchedFleet;
  readonly #tell: (news: HostNews) => void;
  readonly #samples: HostSample[] = [];
  readonly #told = new Set<string>();
  readonly #arrivals: Arrival[] = [];
  readonly #gone: Gone[] = [];
  #present = new Map<string, Present>();
  #lastLook = new Date(0);
  #timer: NodeJS.Timeout | undefined;

  /** @param tell is told each thing once, as soon as it is seen. */
  constructor(fleet: WatchedFleet, tell: (news: HostNews) => void = () => {}) {
    this.#fleet = fleet;
    this.#tell = tell;
  }

  /** Looks from now on, until `stop`. */
  start(): void {
    this.look(new Date());
    this.#timer = setInterval(() => this.look(new Date()), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** One sample for each second with a look in it, oldest first: the fewest that were seen in that second. */
  get samples(): readonly HostSample[] {
    return [...this.#samples];
  }

  /** Every host that went away, in turn, with what is known by now. */
  get losses(): readonly HostLoss[] {
    const tasks = this.#tasks();
    const taken = new Set<TaskState | Arrival>();
    return this.#gone.map((gone) => {
      const { host, at } = gone;
      const lost = tasks.filter((task) => gone.carried.includes(task.id) && leftAt(task) >= at.getTime());
      const placed = lost.flatMap((task) => {
        const next = nextOf(tasks.filter((one) => !taken.has(one) && isInPlaceOf(task, one, at)));
        if (next !== undefined) taken.add(next);
        return next ?? [];
      });
      const arrival = this.#arrivals.find((one) => one.at > at && !taken.has(one));
      if (arrival !== undefined) taken.add(arrival);
      return {
        instanceId: host.instanceId,
        zone: host.availabilityZone,
        at: at.toISOString(),
        tasks: lost.map(({ serviceName, id }) => ({ service: serviceName, task: id })),
        placed: placed.map((task) => ({
          service: task.serviceName,
          task: task.id,
          instanceId: this.#instanceOf(task),
          ...since(at, task.startedAt ?? at),
        })),
        replacement:
          arrival === undefined
            ? null
            : {
                instanceId: arrival.host.instanceId,
                zone: arrival.host.availabilityZone,
                ...since(at, arrival.at),
              },
      };
    });
  }

  /** Looks once, at a moment that is not earlier than the last. */
  look(now: Date): void {
    const { hosts = [] } = this.#fleet;
    const tasks = this.#tasks();
    const present = new Map(
      hosts.filter(isConnected).map((host) => [host.instanceId, { host, carried: carriedBy(host, tasks) }]),
    );
    for (const [id, was] of this.#present) {
      if (!present.has(id)) this.#gone.push({ ...was, at: this.#leftAt(was, tasks, now) });
    }
    for (const [id, { host }] of present) {
      if (!this.#present.has(id)) this.#arrivals.push({ host, at: now });
    }
    this.#present = present;
    this.#lastLook = now;
    this.#sample(hosts, tasks, now);
    this.#tellNews();
  }

  /** ECS's own moment where a task stopped with the host since the last look; else that of this look. */
  #leftAt({ carried }: Present, tasks: readonly TaskState[], now: Date): Date {
    const moments = tasks
      .filter(({ id }) => carried.includes(id))
      .map(leftAt)
      .filter((ms) => ms >= this.#lastLook.getTime());
    return new Date(Math.min(now.getTime(), ...moments));
  }

  #sample(hosts: readonly HostState[], tasks: readonly TaskState[], now: Date): void {
    const at = new Date(Math.floor(now.getTime() / 1000) * 1000).toISOString();
    const seen = {
      inService: hosts.filter(isInService).length,
      connected: this.#present.size,
      tasks: tasks.filter(isRunning).length,
    };
    const before = this.#samples.at(-1)?.at === at ? this.#samples.pop() : undefined;
    const fewest = (count: keyof typeof seen): number => Math.min(seen[count], before?.[count] ?? seen[count]);
    this.#samples.push({
      at,
      inService: fewest('inService'),
      connected: fewest('connected'),
      tasks: fewest('tasks'),
    });
  }

  #tellNews(): void {
    for (const news of this.losses.flatMap(newsOf)) {
      const key = `${news.instanceId} ${news.lostAt} ${news.kind}`;
      if (this.#told.has(key)) continue;
      this.#told.add(key);
      this.#tell(news);
    }
  }

  #tasks(): readonly TaskState[] {
    const all = this.#fleet.clusters.flatMap(({ arn }) => this.#fleet.tasks(arn));
    return all.filter(({ launchType }) => launchType === 'EC2');
  }

  #instanceOf({ containerInstanceArn }: TaskState): string {
    const arrival = this.#arrivals.find(({ host }) => host.containerInstance?.arn === containerInstanceArn);
    return arrival?.host.instanceId ?? 'a host that was never seen';
  }
}

/** Whether the cluster could place tasks there, were it not draining. */
function isConnected({ containerInstance }: HostState): boolean {
  return containerInstance !== undefined && containerInstance.agentConnected !== false;
}

function isInService({ lifecycleState, healthStatus }: HostState): boolean {
  return lifecycleState === 'InService' && healthStatus === 'Healthy';
}

function isRunning({ lastStatus, desiredStatus }: TaskState): boolean {
  return lastStatus === 'RUNNING' && desiredStatus === 'RUNNING';
}

function carriedBy({ containerInstance }: HostState, tasks: readonly TaskState[]): readonly string[] {
  return tasks
    .filter((task) => task.containerInstanceArn === containerInstance?.arn && task.desiredStatus === 'RUNNING')
    .map(({ id }) => id);
}

/** When a task left, in milliseconds since 1970; minus infinity while it is there. */
function leftAt({ stoppingAt, stoppedAt }: TaskState): number {
  return (stoppingAt ?? stoppedAt)?.getTime() ?? Number.NEGATIVE_INFINITY;
}

/** Whether a task is one that a service was given after it lost another, and runs. */
function isInPlaceOf(lost: TaskState, task: TaskState, at: Date): boolean {
  return task.serviceName === lost.serviceName && task.createdAt >= at && isRunning(task);
}

/** The one that ran first. */
function nextOf(tasks: readonly TaskState[]): TaskState | undefined {
  return tasks.toSorted((a, b) => (a.startedAt?.getTime() ?? 0) - (b.startedAt?.getTime() ?? 0))[0];
}

function since(from: Date, at: Date): { readonly at: string; readonly afterSeconds: number } {
  return { at: at.toISOString(), afterSeconds: (at.getTime() - from.getTime()) / 1000 };
}
