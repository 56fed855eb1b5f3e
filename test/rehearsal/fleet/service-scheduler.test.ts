import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostState, ServiceState, TaskStatus } from '../../../lib/rehearsal/fleet/model.ts';
import { taskId } from '../../../lib/rehearsal/fleet/names.ts';
import type { TaskHost } from '../../../lib/rehearsal/fleet/placement.ts';
import {
  counts,
  isComplete,
  launchDelayMs,
  newService,
  type ServiceAct,
  type ServiceEvent,
  type ServiceLife,
  serviceAfter,
  wantedTasks,
} from '../../../lib/rehearsal/fleet/service-scheduler.ts';

const place = { accountId: '123456789012', region: 'eu-west-1', seed: 'monkey', cluster: 'shop' };
const START = Date.parse('2026-11-23T10:00:00Z');

function serviceState(change: Partial<ServiceState> = {}): ServiceState {
  return {
    name: 'web',
    arn: 'arn:aws:ecs:eu-west-1:123456789012:service/shop/web',
    clusterArn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop',
    tags: { 'chaos:opt-in': 'true' },
    propagateTags: 'SERVICE',
    desired: 3,
    launchType: 'FARGATE',
    createdAt: new Date(START),
    loadBalancer: 'app/shop-web/0123456789abcdef',
    taskDefinitionArn: 'arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-web:1',
    ...change,
  };
}

/** A service with a clock, and what it asked to be done. */
class World {
  life: ServiceLife;
  nowMs = START;
  acts: ServiceAct[] = [];

  constructor(service: ServiceState = serviceState()) {
    this.life = newService(service, place, { stopTimeoutSeconds: 30, startTimeoutSeconds: 20, unhealthyThreshold: 3 });
  }

  happen(event: ServiceEvent): readonly ServiceAct[] {
    const step = serviceAfter(this.life, event, new Date(this.nowMs));
    this.life = step.life;
    this.acts.push(...step.acts);
    return step.acts;
  }

  look(afterMs = 500): readonly ServiceAct[] {
    this.nowMs += afterMs;
    return this.happen({ kind: 'look' });
  }

  bringUp(task: string): void {
    this.happen({ kind: 'process-started', task });
    this.happen({ kind: 'port-open', task });
    this.check(task, 'HEALTHY', 0);
  }

  check(task: string, health: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN', failuresInARow: number): void {
    this.happen({ kind: 'checked', task, health, failuresInARow, found: 'answered' });
  }

  stop(task: string): void {
    this.happen({ kind: 'stop-asked', task, reason: 'experiment e-1', stopCode: 'UserInitiated' });
  }

  exit(task: string, exitCode = 1): void {
    this.happen({ kind: 'process-exited', task, exitCode, lastLines: ['bye'] });
  }

  state(task: string) {
    return this.life.tasks.find(({ state }) => state.id === task)?.state;
  }

  ids(): string[] {
    return this.life.tasks.map(({ state }) => state.id);
  }

  /** A service that runs all it desires, and its first task. */
  static complete(service?: ServiceState): { world: World; first: string } {
    const world = new World(service);
    world.look(0);
    for (const id of world.ids()) world.bringUp(id);
    const first = world.ids()[0] ?? '';
    world.acts = [];
    return { world, first };
  }
}

describe('a service scheduler', () => {
  test('launches what is desired at its first look, and nothing more', () => {
    const world = new World();
    expect(world.look(0).map(({ kind }) => kind)).toEqual(['start-process', 'start-process', 'start-process']);
    expect(world.look()).toEqual([]);
    expect(world.life.tasks.map(({ state }) => state.lastStatus)).toEqual([
      'PROVISIONING',
      'PROVISIONING',
      'PROVISIONING',
    ]);
  });

  test('a task goes from PROVISIONING by PENDING to RUNNING, and is registered when its port is open', () => {
    const world = new World(serviceState({ desired: 1 }));
    world.look(0);
    const [id = ''] = world.ids();
    world.happen({ kind: 'process-started', task: id });
    expect(world.state(id)).toMatchObject({ lastStatus: 'PENDING' });
    world.nowMs += 70;
    expect(world.happen({ kind: 'port-open', task: id })).toEqual([{ kind: 'register', task: id }]);
    expect(world.state(id)).toMatchObject({
      lastStatus: 'RUNNING',
      healthStatus: 'UNKNOWN',
      startedAt: new Date(START + 70),
    });
    expect(isComplete(world.life)).toBe(false);
    world.check(id, 'HEALTHY', 0);
    expect(isComplete(world.life)).toBe(true);
  });

  test('a stopped task leaves the load balancer, then gets SIGTERM, then SIGKILL after the stop time-out', () => {
    const { world, first } = World.complete();
    world.stop(first);
    expect(world.acts).toEqual([{ kind: 'deregister', task: first }]);
    expect(world.state(first)).toMatchObject({
      lastStatus: 'DEACTIVATING',
      desiredStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'experiment e-1',
      stoppingAt: new Date(world.nowMs),
      tags: {},
    });
    expect(world.happen({ kind: 'drained', task: first })).toEqual([
      { kind: 'signal', signal: 'SIGTERM', task: first },
    ]);
    expect(world.state(first)).toMatchObject({ lastStatus: 'STOPPING' });
    world.look(29_999);
    expect(world.acts).not.toContainEqual({ kind: 'signal', signal: 'SIGKILL', task: first });
    world.look(1);
    world.look(1000);
    expect(world.acts.filter((act) => act.kind === 'signal' && act.signal === 'SIGKILL')).toEqual([
      { kind: 'signal', signal: 'SIGKILL', task: first },
    ]);
    world.exit(first, 137);
    expect(world.state(first)).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'UserInitiated', exitCode: 137 });
  });

  test('requests in flight hold SIGTERM back for five seconds at the most', () => {
    const { world, first } = World.complete();
    world.stop(first);
    world.look(4999);
    expect(world.state(first)).toMatchObject({ lastStatus: 'DEACTIVATING' });
    expect(world.look(1)).toContainEqual({ kind: 'signal', signal: 'SIGTERM', task: first });
  });

  test('stopping a task twice changes nothing the second time', () => {
    const { world, first } = World.complete();
    world.stop(first);
    const before = world.life;
    world.nowMs += 10;
    expect(world.happen({ kind: 'stop-asked', task: first, reason: 'again', stopCode: 'SpotInterruption' })).toEqual(
      [],
    );
    expect(world.life.tasks).toEqual(before.tasks);
  });

  test('a replacement is launched at the next look after a stop, before the stopping task has ended', () => {
    const { world, first } = World.complete();
    world.stop(first);
    expect(world.look().map(({ kind }) => kind)).toEqual(['start-process']);
    expect(counts(world.life)).toEqual({ running: 2, healthy: 2 });
  });

  test('a process that dies on its own is an essential container that exited', () => {
    const { world, first } = World.complete();
    world.exit(first, 3);
    expect(world.acts).toEqual([{ kind: 'deregister', task: first }]);
    expect(world.state(first)).toMatchObject({
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      exitCode: 3,
      tags: {},
    });
    expect(world.look()).toHaveLength(1);
  });

  test('a task that is not healthy within the start time-out failed to start', () => {
    const world = new World(serviceState({ desired: 1 }));
    world.look(0);
    const [id = ''] = world.ids();
    world.happen({ kind: 'process-started', task: id });
    world.look(19_999);
    expect(world.state(id)).toMatchObject({ desiredStatus: 'RUNNING' });
    expect(world.look(1)).toContainEqual({ kind: 'signal', signal: 'SIGTERM', task: id });
    expect(world.state(id)).toMatchObject({ stopCode: 'TaskFailedToStart', desiredStatus: 'STOPPED' });
  });

  test('a healthy task is stopped by the scheduler at its third failed check in a row, not at the second', () => {
    const { world, first } = World.complete();
    world.check(first, 'UNHEALTHY', 2);
    expect(world.state(first)).toMatchObject({ desiredStatus: 'RUNNING', healthStatus: 'UNHEALTHY' });
    world.check(first, 'UNHEALTHY', 3);
    expect(world.state(first)).toMatchObject({ desiredStatus: 'STOPPED', stopCode: 'ServiceSchedulerInitiated' });
    expect(world.state(first)?.stoppedReason).toMatch(
      /^Task failed ELB health checks in \(target-group arn:aws:elasticloadb/,
    );
  });

  test('a task that was never healthy is left until its start time-out, however many checks fail', () => {
    const world = new World(serviceState({ desired: 1 }));
    world.look(0);
    const [id = ''] = world.ids();
    world.happen({ kind: 'process-started', task: id });
    world.happen({ kind: 'port-open', task: id });
    world.check(id, 'UNHEALTHY', 40);
    expect(world.state(id)).toMatchObject({ desiredStatus: 'RUNNING' });
  });

  test('slows down while starts keep failing, and forgets it when a task is healthy', () => {
    const world = new World(serviceState({ desired: 1 }));
    world.look(0);
    const launchedAt: number[] = [];
    for (let look = 0; look < 400; look += 1) {
      for (const { state } of wantedTasks(world.life)) world.exit(state.id);
      if (world.look(100).some(({ kind }) => kind === 'start-process')) launchedAt.push(world.nowMs);
    }
    const gaps = launchedAt.slice(1).map((at, index) => at - (launchedAt[index] ?? 0));
    expect(gaps).toEqual([2000, 4000, 8000, 16_000]);
    world.look(60_000);
    const last = world.ids().at(-1) ?? '';
    world.bringUp(last);
    world.exit(last);
    expect(world.look(100)).toContainEqual(expect.objectContaining({ kind: 'start-process' }));
    expect(launchDelayMs(1000)).toBe(60_000);
  });

  test('a task that the user stops before it is healthy does not slow the service down', () => {
    const world = new World(serviceState({ desired: 1 }));
    world.look(0);
    const [id = ''] = world.ids();
    world.stop(id);
    world.exit(id);
    expect(world.look(1).map(({ kind }) => kind)).toEqual(['start-process']);
  });

  test('a stopped task stays listed for an hour', () => {
    const { world, first } = World.complete();
    world.exit(first);
    world.look(3_599_999);
    expect(world.ids()).toContain(first);
    world.look(1);
    expect(world.ids()).not.toContain(first);
  });
});

const ORDER: readonly TaskStatus[] = ['PROVISIONING', 'PENDING', 'RUNNING', 'DEACTIVATING', 'STOPPING', 'STOPPED'];

/** One arbitrary thing that happens to the n-th task, or time that passes. */
const happening = fc.record({
  kind: fc.constantFrom('look', 'started', 'not-started', 'open', 'well', 'ill', 'very-ill', 'stop', 'drained', 'exit'),
  nth: fc.nat(20),
  afterMs: fc.integer({ min: 0, max: 8000 }),
});

function eventOf(kind: string, task: string): ServiceEvent {
  const checked = (health: 'HEALTHY' | 'UNHEALTHY', failuresInARow: number): ServiceEvent => {
    return { kind: 'checked', task, health, failuresInARow, found: 'answered' };
  };
  const events: Record<string, ServiceEvent> = {
    started: { kind: 'process-started', task },
    'not-started': { kind: 'process-not-started', task, why: 'ENOENT' },
    open: { kind: 'port-open', task },
    well: checked('HEALTHY', 0),
    ill: checked('UNHEALTHY', 2),
    'very-ill': checked('UNHEALTHY', 3),
    stop: { kind: 'stop-asked', task, reason: 'because', stopCode: 'UserInitiated' },
    drained: { kind: 'drained', task },
    exit: { kind: 'process-exited', task, exitCode: 1, lastLines: [] },
  };
  return events[kind] ?? { kind: 'look' };
}

function obeysTheLaws(before: ServiceLife, after: ServiceLife): void {
  const { service } = after;
  expect(wantedTasks(after).length).toBeLessThanOrEqual(service.desired);
  expect(counts(after).running).toBeLessThanOrEqual(service.desired);
  const ranks = new Map(before.tasks.map(({ state }) => [state.id, ORDER.indexOf(state.lastStatus)]));
  for (const { state, launch } of after.tasks) {
    expect(state.id).toBe(taskId(place, service.name, launch));
    expect(ORDER.indexOf(state.lastStatus)).toBeGreaterThanOrEqual(ranks.get(state.id) ?? 0);
    const carriesTags = service.propagateTags === 'SERVICE' && state.desiredStatus === 'RUNNING';
    expect(state.tags).toEqual(carriesTags ? service.tags : {});
    if (state.desiredStatus === 'RUNNING') expect(state.stopCode).toBeUndefined();
    else
      expect(state).toMatchObject({
        stopCode: expect.any(String),
        stoppedReason: expect.any(String),
        stoppingAt: expect.any(Date),
      });
    expect(state.stoppedAt === undefined).toBe(state.lastStatus !== 'STOPPED');
  }
  expect(new Set(after.tasks.map(({ state }) => state.id)).size).toBe(after.tasks.length);
}

/** From here on every program behaves: it starts, is healthy and ends when it is told to. */
function behave(world: World): void {
  for (let look = 0; look < 200 && !isComplete(world.life); look += 1) {
    for (const { state } of world.life.tasks) {
      if (state.desiredStatus === 'RUNNING') world.bringUp(state.id);
      else if (state.lastStatus !== 'STOPPED') world.exit(state.id, 0);
    }
    world.look();
  }
}

describe('tasks of launch type EC2', () => {
  const hosts = ['x', 'y'].map((letter): HostState => {
    const arn = `arn:aws:ecs:eu-west-1:123456789012:container-instance/shop/${letter}`;
    return {
      instanceId: `i-${letter}`,
      arn: `arn:aws:ec2:eu-west-1:123456789012:instance/i-${letter}`,
      tags: {},
      autoScalingGroup: null,
      availabilityZone: `eu-west-1${letter}`,
      lifecycleState: 'InService',
      healthStatus: 'Healthy',
      protectedFromScaleIn: false,
      containerInstance: { arn, clusterArn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop' },
    };
  });
  const limits = { stopTimeoutSeconds: 30, startTimeoutSeconds: 20, unhealthyThreshold: 3 };

  test('are placed on the hosts in turn, in the zone of their host, each as one container', () => {
    const life = newService(serviceState({ launchType: 'EC2' }), place, limits, hosts);
    const states = serviceAfter(life, { kind: 'look' }, new Date(START)).life.tasks.map(({ state }) => state);
    expect(states.map(({ availabilityZone }) => availabilityZone)).toEqual(['eu-west-1x', 'eu-west-1y', 'eu-west-1x']);
    const [x, y] = hosts.map(({ containerInstance }) => containerInstance?.arn);
    expect(states.map(({ containerInstanceArn }) => containerInstanceArn)).toEqual([x, y, x]);
    expect(states.map(({ launchType }) => launchType)).toEqual(['EC2', 'EC2', 'EC2']);
    expect(new Set(states.map(({ runtimeId }) => runtimeId)).size).toBe(3);
  });

  test('wait while no host takes them: none is ACTIVE, connected and has room', () => {
    const [x, y] = hosts;
    if (x?.containerInstance === undefined || y?.containerInstance === undefined) throw new Error('no hosts');
    const placedOn = (given: readonly TaskHost[]) => {
      const life = newService(serviceState({ launchType: 'EC2' }), place, limits, given);
      return serviceAfter(life, { kind: 'look' }, new Date(START)).life.tasks.map(
        ({ state }) => state.availabilityZone,
      );
    };
    expect(placedOn([])).toEqual([]);
    expect(placedOn([{ ...x, containerInstance: { ...x.containerInstance, status: 'DRAINING' } }])).toEqual([]);
    expect(placedOn([{ ...x, containerInstance: { ...x.containerInstance, agentConnected: false } }])).toEqual([]);
    expect(placedOn([{ ...x, room: 0 }])).toEqual([]);
    expect(placedOn([{ ...x, room: 2 }])).toEqual([x, x].map(({ availabilityZone }) => availabilityZone));
    expect(placedOn([{ ...x, room: 1 }, y])).toEqual([x, y, y].map(({ availabilityZone }) => availabilityZone));
  });

  test('are spread over zones first, and over the hosts of a zone then', () => {
    const [x, y] = hosts;
    if (x === undefined || y === undefined) throw new Error('no hosts');
    const arn = 'arn:aws:ecs:eu-west-1:123456789012:container-instance/shop/x2';
    const second = { ...x, containerInstance: { arn, clusterArn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop' } };
    const life = newService(serviceState({ launchType: 'EC2', desired: 4 }), place, limits, [x, second, y]);
    const { tasks } = serviceAfter(life, { kind: 'look' }, new Date(START)).life;
    const [onX, onY] = [x.containerInstance?.arn, y.containerInstance?.arn];
    expect(tasks.map(({ state }) => state.containerInstanceArn)).toEqual([onX, onY, arn, onY]);
  });

  test('die with their host at once, in its name, and are placed anew on one that is left', () => {
    const life = newService(serviceState({ launchType: 'EC2' }), place, limits, hosts);
    const [x, y] = hosts;
    let step = serviceAfter(life, { kind: 'look' }, new Date(START));
    const lost = step.life.tasks.filter(({ state }) => state.containerInstanceArn === x?.containerInstance?.arn);
    const reason = 'Host EC2 (instance i-x) terminated.';
    for (const { state } of lost) {
      step = serviceAfter(step.life, { kind: 'host-lost', task: state.id, reason }, new Date(START));
      expect(step.acts).toEqual([{ kind: 'signal', signal: 'SIGKILL', task: state.id }]);
      step = serviceAfter(
        step.life,
        { kind: 'process-exited', task: state.id, exitCode: 137, lastLines: [] },
        new Date(START),
      );
    }
    const dead = step.life.tasks.filter(({ state }) => state.lastStatus === 'STOPPED').map(({ state }) => state);
    expect(dead).toMatchObject(lost.map(() => ({ stoppedReason: reason, stopCode: 'TerminationNotice', tags: {} })));
    expect(step.life.failedStartsInARow).toBe(0);
    step = serviceAfter(step.life, { kind: 'hosts', hosts: hosts.slice(1) }, new Date(START));
    step = serviceAfter(step.life, { kind: 'look' }, new Date(START));
    const placed = wantedTasks(step.life).map(({ state }) => state.containerInstanceArn);
    expect(placed).toEqual([1, 2, 3].map(() => y?.containerInstance?.arn));
  });

  test('are the only ones on hosts', () => {
    const life = newService(serviceState(), place, limits, hosts);
    const [task] = serviceAfter(life, { kind: 'look' }, new Date(START)).life.tasks;
    expect(task?.state).toMatchObject({ launchType: 'FARGATE', availabilityZone: 'eu-west-1a' });
    expect(task?.state).not.toHaveProperty('containerInstanceArn');
  });
});

describe('whatever happens to a service', () => {
  test('it never runs more than it desires, its tasks only move on, and tags and ids keep their laws', () => {
    const services = fc.record({
      desired: fc.integer({ min: 1, max: 5 }),
      propagateTags: fc.constantFrom('SERVICE' as const, 'NONE' as const),
    });
    fc.assert(
      fc.property(services, fc.array(happening, { maxLength: 60 }), (change, happenings) => {
        const world = new World(serviceState(change));
        world.look(0);
        for (const { kind, nth, afterMs } of happenings) {
          const before = world.life;
          world.nowMs += afterMs;
          const ids = world.ids();
          world.happen(eventOf(kind, ids[nth % ids.length] ?? ''));
          obeysTheLaws(before, world.life);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('every task that ended is replaced: once programs behave again, all that is desired is healthy', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(happening, { maxLength: 40 }), (desired, happenings) => {
        const world = new World(serviceState({ desired }));
        world.look(0);
        for (const { kind, nth, afterMs } of happenings) {
          world.nowMs += afterMs;
          const ids = world.ids();
          world.happen(eventOf(kind, ids[nth % ids.length] ?? ''));
        }
        behave(world);
        expect(isComplete(world.life)).toBe(true);
        expect(wantedTasks(world.life)).toHaveLength(desired);
      }),
      { numRuns: 100 },
    );
  });
});
