import type {
  ClusterState,
  FleetState,
  HostState,
  ServiceState,
  StopCode,
  TaskState,
  TaskStatus,
} from '../../lib/rehearsal/fleet/model.ts';
import { ACCOUNT, REGION } from '../rehearsal/cloud/fake-fleet.ts';
import { actedOn } from './call-words.ts';
import type { VirtualClock } from './clock.ts';
import type { Try } from './front.ts';
import type { RunLog } from './run-log.ts';

/** Where a task is so long after its birth, and after the order to stop; as ECS goes, in seconds. */
const GROWING: readonly (readonly [number, TaskStatus])[] = [
  [0, 'PROVISIONING'],
  [1, 'PENDING'],
  [2, 'ACTIVATING'],
  [3, 'RUNNING'],
];
const ENDING: readonly (readonly [number, TaskStatus])[] = [
  [0, 'DEACTIVATING'],
  [1, 'STOPPING'],
  [2, 'DEPROVISIONING'],
  [3, 'STOPPED'],
];
const STARTED_AFTER_MS = 3_000;
const STOPPED_AFTER_MS = 3_000;
/** A new task is healthy so long after it runs; a frozen one unhealthy so long after it froze; a thawed one healthy again. */
const HEALTHY_AFTER_MS = 2_000;
const UNHEALTHY_AFTER_MS = 3_000;
/** ECS gives a task up that is unhealthy for so long. */
const GIVEN_UP_AFTER_MS = 60_000;
const REPLACED_AFTER_MS = 1_000;

interface Life {
  readonly id: string;
  readonly arn: string;
  readonly bornMs: number;
  stoppingMs?: number;
  stopCode?: StopCode;
  stoppedReason?: string;
  frozenMs?: number;
  thawedMs?: number;
}

const CLUSTER_ARN = `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/shop`;

/** One service of an ECS in memory, on a clock of its own, which writes down whatever is done to its tasks. */
export class ModelFleet implements FleetState {
  readonly clusters: readonly ClusterState[] = Object.freeze([{ name: 'shop', arn: CLUSTER_ARN, tags: {} }]);
  readonly hosts: readonly HostState[];
  readonly service: ServiceState;
  readonly #clock: VirtualClock;
  readonly #log: RunLog;
  readonly #launchType: 'FARGATE' | 'EC2';
  readonly #lives: Life[] = [];

  constructor(clock: VirtualClock, log: RunLog, launchType: 'FARGATE' | 'EC2') {
    this.#clock = clock;
    this.#log = log;
    this.#launchType = launchType;
    const tags = { 'chaos:opt-in': 'true' };
    this.service = {
      name: 'cart',
      arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:service/shop/cart`,
      clusterArn: CLUSTER_ARN,
      tags,
      propagateTags: 'SERVICE',
      desired: 3,
      createdAt: new Date(clock.now() - 7_200_000),
      loadBalancer: 'app/shop-cart/0123456789abcdef',
      taskDefinitionArn: `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/cart:1`,
      launchType,
    };
    this.hosts = launchType === 'EC2' ? [0, 1].map((index) => hostOf(index, tags)) : [];
    for (let n = 0; n < this.service.desired; n++) this.#bear(clock.now() - 3_600_000);
    clock.onPassing((nowMs) => this.#giveUp(nowMs));
  }

  services(clusterArn: string): readonly ServiceState[] {
    return clusterArn === CLUSTER_ARN ? [this.service] : [];
  }

  tasks(clusterArn: string): readonly TaskState[] {
    if (clusterArn !== CLUSTER_ARN) return [];
    const nowMs = this.#clock.now();
    return this.#lives.filter(({ bornMs }) => bornMs <= nowMs).map((life, index) => this.#seen(life, index, nowMs));
  }

  stopTask(taskArn: string, reason: string, stopCode: StopCode): TaskState {
    const life = this.#life(taskArn);
    // ECS's own stops come through here as well; only what a caller asked for is an act.
    if (life.stoppingMs === undefined) {
      this.#log.add({ kind: 'act', act: 'stop', target: taskArn, by: reason });
      this.#end(life, stopCode, reason);
    }
    return this.#seen(life, this.#lives.indexOf(life), this.#clock.now());
  }

  /** Whether the task is there to be frozen, and whether it is frozen. */
  stateOf(taskArn: string): 'gone' | 'running' | 'frozen' {
    const life = this.#lives.find(({ arn }) => arn === taskArn);
    if (life === undefined || life.stoppingMs !== undefined) return 'gone';
    return isFrozen(life) ? 'frozen' : 'running';
  }

  freeze(taskArn: string, by: string): void {
    const life = this.#life(taskArn);
    this.#log.add({ kind: 'act', act: 'freeze', target: taskArn, by });
    life.frozenMs = this.#clock.now();
    delete life.thawedMs;
  }

  /** @param by who thawed it: the experiment's undo, or the host at its deadline. */
  thaw(taskArn: string, by: 'undo' | 'host'): void {
    const life = this.#life(taskArn);
    if (!isFrozen(life)) return;
    this.#log.add({ kind: 'healed', target: taskArn, by });
    life.thawedMs = this.#clock.now();
  }

  /** The task that a call acts on. */
  actedOn(one: Try): string | undefined {
    return actedOn(one);
  }

  /** Tasks that a fault is on. */
  frozen(): string[] {
    return this.#lives.filter((life) => isFrozen(life)).map(({ arn }) => arn);
  }

  #life(taskArn: string): Life {
    const life = this.#lives.find(({ arn }) => arn === taskArn);
    if (life === undefined) throw new Error(`the model has no task ${taskArn}`);
    return life;
  }

  #bear(bornMs: number): void {
    const id = (this.#lives.length + 1).toString(16).padStart(32, '0');
    this.#lives.push({ id, arn: `${CLUSTER_ARN.replace(':cluster/', ':task/')}/${id}`, bornMs });
  }

  #end(life: Life, stopCode: StopCode, stoppedReason: string): void {
    const nowMs = this.#clock.now();
    Object.assign(life, { stoppingMs: nowMs, stopCode, stoppedReason });
    this.#bear(nowMs + REPLACED_AFTER_MS);
  }

  #giveUp(nowMs: number): void {
    for (const life of [...this.#lives]) {
      if (life.stoppingMs !== undefined || life.frozenMs === undefined || life.thawedMs !== undefined) continue;
      if (nowMs - life.frozenMs >= UNHEALTHY_AFTER_MS + GIVEN_UP_AFTER_MS) {
        this.#end(life, 'ServiceSchedulerInitiated', 'Task failed container health checks');
      }
    }
  }

  #seen(life: Life, index: number, nowMs: number): TaskState {
    const { id, arn, bornMs, stoppingMs, stopCode, stoppedReason } = life;
    const isStarted = nowMs >= bornMs + STARTED_AFTER_MS;
    const isStopping = stoppingMs !== undefined && stoppingMs <= nowMs;
    const hostIndex = index % Math.max(1, this.hosts.length);
    const ofHost =
      this.hosts.length > 0
        ? { containerInstanceArn: containerInstanceArn(hostIndex), runtimeId: id.padStart(64, '0') }
        : {};
    return {
      id,
      arn,
      clusterArn: CLUSTER_ARN,
      serviceName: this.service.name,
      taskDefinitionArn: this.service.taskDefinitionArn,
      lastStatus: isStopping ? stageOf(ENDING, nowMs - stoppingMs) : stageOf(GROWING, nowMs - bornMs),
      desiredStatus: isStopping ? 'STOPPED' : 'RUNNING',
      healthStatus: healthOf(life, nowMs),
      tags: isStopping ? {} : this.service.tags,
      createdAt: new Date(bornMs),
      availabilityZone: `${REGION}a`,
      launchType: this.#launchType,
      ...ofHost,
      ...(isStarted ? { startedAt: new Date(bornMs + STARTED_AFTER_MS) } : {}),
      ...(isStopping ? { stoppingAt: new Date(stoppingMs) } : {}),
      ...(isStopping && stopCode !== undefined ? { stopCode } : {}),
      ...(isStopping && stoppedReason !== undefined ? { stoppedReason } : {}),
      ...(isStopping && nowMs >= stoppingMs + STOPPED_AFTER_MS
        ? { stoppedAt: new Date(stoppingMs + STOPPED_AFTER_MS), exitCode: 137 }
        : {}),
    };
  }
}

const isFrozen = (life: Life): boolean =>
  life.frozenMs !== undefined && life.thawedMs === undefined && life.stoppingMs === undefined;

function healthOf({ bornMs, frozenMs, thawedMs }: Life, nowMs: number): TaskState['healthStatus'] {
  if (nowMs < bornMs + STARTED_AFTER_MS + HEALTHY_AFTER_MS) return 'UNKNOWN';
  if (frozenMs === undefined || nowMs < frozenMs + UNHEALTHY_AFTER_MS) return 'HEALTHY';
  // What thawed before the checks had failed often enough was never unhealthy.
  if (thawedMs !== undefined && thawedMs < frozenMs + UNHEALTHY_AFTER_MS) return 'HEALTHY';
  return thawedMs !== undefined && nowMs >= thawedMs + HEALTHY_AFTER_MS ? 'HEALTHY' : 'UNHEALTHY';
}

function stageOf(stages: readonly (readonly [number, TaskStatus])[], ageMs: number): TaskStatus {
  return stages.findLast(([seconds]) => ageMs >= seconds * 1000)?.[1] ?? 'PROVISIONING';
}

const instanceId = (index: number): string => `i-${(index + 1).toString(16).padStart(17, '0')}`;

const containerInstanceArn = (index: number): string =>
  `${CLUSTER_ARN.replace(':cluster/', ':container-instance/')}/${(index + 1).toString(16).padStart(32, '0')}`;

function hostOf(index: number, tags: Readonly<Record<string, string>>): HostState {
  return {
    instanceId: instanceId(index),
    arn: `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${instanceId(index)}`,
    tags,
    autoScalingGroup: null,
    availabilityZone: `${REGION}a`,
    lifecycleState: 'InService',
    healthStatus: 'Healthy',
    protectedFromScaleIn: false,
    containerInstance: { arn: containerInstanceArn(index), clusterArn: CLUSTER_ARN },
  };
}
