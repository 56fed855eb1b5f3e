import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostState, ServiceState } from '../../../lib/rehearsal/fleet/model.ts';
import {
  newService,
  type ServiceEvent,
  type ServiceLife,
  serviceAfter,
} from '../../../lib/rehearsal/fleet/service-scheduler.ts';

const place = { accountId: '123456789012', region: 'eu-west-1', seed: 'monkey', cluster: 'shop' };
const clusterArn = 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop';

function hosts(count: number): HostState[] {
  return Array.from({ length: count }, (_, n) => ({
    instanceId: `i-${n}`,
    arn: `arn:aws:ec2:eu-west-1:123456789012:instance/i-${n}`,
    tags: {},
    autoScalingGroup: null,
    availabilityZone: `eu-west-1${'abc'[n % 3]}`,
    lifecycleState: 'InService',
    healthStatus: 'Healthy',
    protectedFromScaleIn: false,
    containerInstance: { arn: `host-${n}`, clusterArn },
  }));
}

/** A service with a clock. */
class World {
  life: ServiceLife;
  nowMs = Date.parse('2026-11-23T10:00:00Z');

  constructor(change: Partial<ServiceState>, on: readonly HostState[] = []) {
    const service: ServiceState = {
      name: 'web',
      arn: 'arn:aws:ecs:eu-west-1:123456789012:service/shop/web',
      clusterArn,
      tags: {},
      propagateTags: 'NONE',
      desired: 3,
      launchType: on.length === 0 ? 'FARGATE' : 'EC2',
      createdAt: new Date(this.nowMs),
      loadBalancer: 'app/shop-web/0123456789abcdef',
      taskDefinitionArn: 'arn:task-definition',
      ...change,
    };
    this.life = newService(
      service,
      place,
      { stopTimeoutSeconds: 30, startTimeoutSeconds: 600, unhealthyThreshold: 3 },
      on,
    );
  }

  happen(event: ServiceEvent): void {
    this.life = serviceAfter(this.life, event, new Date(this.nowMs)).life;
  }

  look(): void {
    this.nowMs += 500;
    this.happen({ kind: 'look' });
  }

  drain(arn: string, status: 'ACTIVE' | 'DRAINING' = 'DRAINING'): void {
    const changed = this.life.hosts.map((host) =>
      host.containerInstance?.arn === arn
        ? { ...host, containerInstance: { ...host.containerInstance, status } }
        : host,
    );
    this.happen({ kind: 'hosts', hosts: changed });
  }

  /** Starts what starts, and ends what is being stopped. */
  settle(): void {
    for (const { state } of this.life.tasks) {
      if (state.lastStatus === 'STOPPED') continue;
      if (state.desiredStatus === 'STOPPED') {
        this.happen({ kind: 'process-exited', task: state.id, exitCode: 0, lastLines: [] });
        continue;
      }
      this.happen({ kind: 'process-started', task: state.id });
      this.happen({ kind: 'port-open', task: state.id });
      this.happen({ kind: 'checked', task: state.id, health: 'HEALTHY', failuresInARow: 0, found: 'answered 200' });
    }
  }

  wanted() {
    return this.life.tasks.map(({ state }) => state).filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
  }

  healthy() {
    return this.wanted().filter(
      ({ lastStatus, healthStatus }) => lastStatus === 'RUNNING' && healthStatus === 'HEALTHY',
    );
  }

  static complete(change: Partial<ServiceState> = {}, on: readonly HostState[] = []): World {
    const world = new World(change, on);
    world.look();
    world.settle();
    return world;
  }
}

describe('a changed desired count', () => {
  it('starts what is missing, and stops what is too many, as the scheduler’s own doing', () => {
    const world = World.complete({ desired: 3 });
    world.happen({ kind: 'desired', count: 5 });
    world.look();
    expect(world.wanted()).toHaveLength(5);
    world.settle();
    world.happen({ kind: 'desired', count: 2 });
    world.look();
    expect(world.wanted()).toHaveLength(2);
    const stopped = world.life.tasks
      .map(({ state }) => state)
      .filter(({ desiredStatus }) => desiredStatus === 'STOPPED');
    expect(new Set(stopped.map(({ stopCode }) => stopCode))).toEqual(new Set(['ServiceSchedulerInitiated']));
    expect(stopped[0]?.stoppedReason).toMatch(/^Scaling activity initiated by \(deployment ecs-svc\/\d{19}\)$/);
    world.settle();
    world.look();
    expect(world.healthy()).toHaveLength(2);
  });

  it('takes tasks from the most crowded zone first, and never one under scale-in protection', () => {
    const world = World.complete({ desired: 4 });
    // Zones a, b, c, a: of the two in a, the later one goes first.
    const [first, second] = world.wanted();
    world.happen({ kind: 'desired', count: 3 });
    world.look();
    expect(
      world
        .wanted()
        .map(({ availabilityZone }) => availabilityZone.at(-1))
        .toSorted(),
    ).toEqual(['a', 'b', 'c']);
    world.happen({ kind: 'protection', task: first?.id ?? '', isProtected: true });
    world.happen({ kind: 'protection', task: second?.id ?? '', isProtected: true });
    world.happen({ kind: 'desired', count: 0 });
    world.look();
    expect(world.wanted().map(({ id }) => id)).toEqual([first?.id, second?.id]);
    world.happen({ kind: 'protection', task: first?.id ?? '', isProtected: false });
    world.look();
    expect(world.wanted().map(({ id }) => id)).toEqual([second?.id]);
  });
});

describe('a draining host', () => {
  it('gets no task, loses those that do not run yet at once, and the others when their replacements are healthy', () => {
    const world = World.complete({ desired: 2 }, hosts(2));
    const [leaving] = world.wanted().filter(({ containerInstanceArn }) => containerInstanceArn === 'host-0');
    world.happen({ kind: 'desired', count: 4 });
    world.look();
    const pending = world.wanted().filter(({ lastStatus }) => lastStatus !== 'RUNNING');
    expect(pending.map(({ containerInstanceArn }) => containerInstanceArn).toSorted()).toEqual(['host-0', 'host-1']);
    world.drain('host-0');
    world.look();
    // The running one stays: without it too few would be healthy.
    const there = world.wanted().filter(({ containerInstanceArn }) => containerInstanceArn === 'host-0');
    expect(there.map(({ id }) => id)).toEqual([leaving?.id]);
    world.settle();
    world.look();
    expect(world.wanted().map(({ containerInstanceArn }) => containerInstanceArn)).toEqual([
      'host-1',
      'host-1',
      'host-1',
      'host-1',
    ]);
    world.drain('host-0', 'ACTIVE');
    world.happen({ kind: 'desired', count: 5 });
    world.look();
    expect(world.wanted().at(-1)?.containerInstanceArn).toBe('host-0');
  });

  it('keeps its running tasks as long as no other host takes any', () => {
    const world = World.complete({ desired: 2 }, hosts(1));
    world.drain('host-0');
    for (let n = 0; n < 3; n += 1) {
      world.look();
      world.settle();
    }
    expect(world.healthy()).toHaveLength(2);
    expect(world.life.launches).toBe(2);
  });

  it('is emptied within the minimum healthy and the maximum percent, whatever they are', () => {
    const percents = fc
      .record({
        minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
        maximumPercent: fc.integer({ min: 100, max: 300 }),
      })
      // ECS can replace nothing when neither allows one task.
      .filter(({ minimumHealthyPercent: least, maximumPercent: most }) => least <= 50 || most >= 200);
    fc.assert(
      fc.property(
        percents,
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 2, max: 4 }),
        (percent, desired, count) => {
          const world = World.complete({ desired, ...percent }, hosts(count));
          world.drain('host-0');
          const least = Math.ceil((desired * percent.minimumHealthyPercent) / 100);
          const most = Math.floor((desired * percent.maximumPercent) / 100);
          for (let n = 0; n < 40; n += 1) {
            world.look();
            expect(world.healthy().length).toBeGreaterThanOrEqual(least);
            expect(world.wanted().length).toBeLessThanOrEqual(most);
            world.settle();
          }
          expect(world.healthy()).toHaveLength(desired);
          expect(world.wanted().some(({ containerInstanceArn }) => containerInstanceArn === 'host-0')).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });
});
