import type { ServiceName, ServiceNow } from '../../../lib/aws/ecs.ts';
import type { Candidate } from '../../../lib/core/target.ts';
import type { TaskStopper } from '../../../lib/faults/stop-task.ts';
import type { JointLog } from '../memory-stores.ts';

const ARN = 'arn:aws:ecs:eu-west-1:123456789012';

/** A task's whole life, written down when it is known; what is seen of it depends on the clock. */
interface Life {
  readonly taskArn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  readonly startedAtMs: number;
  stoppingAtMs?: number;
  stoppedAtMs?: number;
  stopCode?: string;
  stoppedReason?: string;
  isProtected?: boolean;
  launchType?: string;
  zone?: string;
}

/** One simulated service, which replaces what stops. */
export class FakeService {
  readonly cluster: string;
  readonly service: string;
  tags: Record<string, string>;
  desired: number;
  deploying = false;
  schedulingStrategy = 'REPLICA';
  /** Of tasks that are started from now on; those that run already too when it is set by `onHosts`. */
  launchType: string = 'FARGATE';
  /** False: the scheduler places nothing any more. */
  replaces: boolean = true;
  /** So many replacements die a second after their start. */
  doomedReplacements = 0;
  /** From a task's stop to its replacement's start. */
  replacementMs = 8_000;
  readonly lives: Life[] = [];

  constructor(cluster: string, service: string, desired: number, tags: Record<string, string>, nowMs: number) {
    this.cluster = cluster;
    this.service = service;
    this.desired = desired;
    this.tags = tags;
    for (let n = 0; n < desired; n++) this.#start(nowMs - 3_600_000, 1_000);
  }

  #start(createdAtMs: number, afterMs: number): Life {
    const id = Buffer.from(`${this.service}-${this.lives.length}`).toString('hex').padEnd(32, '0').slice(0, 32);
    const life = {
      taskArn: `${ARN}:task/${this.cluster}/${id}`,
      tags: this.tags,
      launchType: this.launchType,
      createdAtMs,
      startedAtMs: createdAtMs + afterMs,
    };
    this.lives.push(life);
    return life;
  }

  /** Puts the service's tasks on container hosts. */
  onHosts(): this {
    this.launchType = 'EC2';
    for (const life of this.lives) life.launchType = 'EC2';
    return this;
  }

  /** Spreads the service's tasks over zones in turn. */
  inZones(...zones: readonly string[]): this {
    for (const [index, life] of this.lives.entries()) life.zone = zones[index % zones.length] ?? '';
    return this;
  }

  /** Lets a task stop from a moment on, by somebody's hand. */
  stop(life: Life, atMs: number, stopCode: string, stoppedReason: string): void {
    if (life.stoppingAtMs !== undefined && life.stoppingAtMs <= atMs) return;
    Object.assign(life, { stoppingAtMs: atMs, stoppedAtMs: atMs + 2_000, stopCode, stoppedReason });
    if (!this.replaces) return;
    const next = this.#start(atMs + 1_000, this.replacementMs - 1_000);
    if (this.doomedReplacements-- > 0)
      this.stop(next, next.startedAtMs + 1_000, 'EssentialContainerExited', 'it died again');
  }
}

/** ECS as an experiment sees it, over simulated services and the world's clock. */
export class FakeEcs {
  readonly services_: FakeService[] = [];
  readonly #now: () => number;
  readonly #log: JointLog;
  /** What StopTask does instead of stopping; undefined stops. */
  onStop: ((taskArn: string) => Awaited<ReturnType<TaskStopper['stopTask']>>) | undefined;
  /** Loses the answer of a StopTask that was carried out. */
  losesStopAnswers: boolean = false;
  /** Called before each reading call. */
  beforeRead: (operation: string) => void = () => undefined;

  constructor(now: () => number, log: JointLog) {
    this.#now = now;
    this.#log = log;
  }

  async services(wanted: readonly ServiceName[]): Promise<ServiceNow[]> {
    await Promise.resolve();
    this.beforeRead('services');
    return this.#found(wanted).map((one) => {
      const { cluster, service, tags, desired, deploying, schedulingStrategy } = one;
      const running = this.#tasksOf(one).filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
      const clusterArn = `${ARN}:cluster/${cluster}`;
      const tagged = {
        serviceArn: `${ARN}:service/${cluster}/${service}`,
        service,
        clusterArn,
        cluster,
        tags,
        clusterTags: {},
      };
      const name = `${cluster}/${service}`;
      const live = { service: name, running, desired, deploying, schedulingStrategy, targetGroups: [] };
      return { tagged, live, events: [] };
    });
  }

  async tasks(wanted: readonly ServiceName[], { stoppedToo }: { readonly stoppedToo: boolean }): Promise<Candidate[]> {
    await Promise.resolve();
    this.beforeRead('tasks');
    return this.#found(wanted)
      .flatMap((one) => this.#tasksOf(one))
      .filter(({ desiredStatus }) => stoppedToo || desiredStatus === 'RUNNING');
  }

  async stopTask(_clusterArn: string, taskArn: string, reason: string): ReturnType<TaskStopper['stopTask']> {
    this.#log.push(`stop ${taskArn}`);
    await Promise.resolve();
    if (this.onStop) return this.onStop(taskArn);
    for (const service of this.services_) {
      const life = service.lives.find((one) => one.taskArn === taskArn);
      if (life) service.stop(life, this.#now(), 'UserInitiated', reason);
    }
    if (this.losesStopAnswers) throw new Error('socket hang up');
    return { lastStatus: 'RUNNING' };
  }

  async describeTask(_clusterArn: string, taskArn: string): ReturnType<TaskStopper['describeTask']> {
    await Promise.resolve();
    this.beforeRead('describeTask');
    return this.services_.flatMap((one) => this.#tasksOf(one)).find(({ resource }) => resource === taskArn);
  }

  #found(wanted: readonly ServiceName[]): FakeService[] {
    return this.services_.filter((one) =>
      wanted.some(({ cluster, service }) => one.cluster === cluster && one.service === service),
    );
  }

  #tasksOf({ cluster, service, lives }: FakeService): Candidate[] {
    const nowMs = this.#now();
    return lives
      .filter(({ createdAtMs }) => createdAtMs <= nowMs)
      .map((life) => seen(life, `${cluster}/${service}`, `${ARN}:cluster/${cluster}`, nowMs));
  }
}

function seen(life: Life, service: string, clusterArn: string, nowMs: number): Candidate {
  const {
    taskArn,
    tags,
    createdAtMs,
    startedAtMs,
    stoppingAtMs,
    stoppedAtMs,
    stopCode,
    stoppedReason,
    isProtected = false,
  } = life;
  const { launchType = 'FARGATE', zone } = life;
  const isStopping = stoppingAtMs !== undefined && stoppingAtMs <= nowMs;
  const isStopped = stoppedAtMs !== undefined && stoppedAtMs <= nowMs;
  const hasStarted = startedAtMs <= nowMs;
  return {
    kind: 'task',
    resource: taskArn,
    member: service,
    clusterArn,
    lastStatus: isStopped ? 'STOPPED' : isStopping ? 'DEACTIVATING' : hasStarted ? 'RUNNING' : 'PENDING',
    desiredStatus: isStopping ? 'STOPPED' : 'RUNNING',
    healthStatus: 'HEALTHY',
    launchType,
    ...(launchType === 'EC2' ? { containerInstanceArn: `${ARN}:container-instance/shop/1` } : {}),
    ...(zone === undefined ? {} : { zone }),
    tags: isStopping ? {} : tags,
    isProtected,
    createdAtMs,
    ...(hasStarted ? { startedAtMs } : {}),
    ...(isStopping ? { stoppingAtMs, stopCode: stopCode ?? '', stoppedReason: stoppedReason ?? '' } : {}),
    ...(isStopped ? { stoppedAtMs } : {}),
  };
}
