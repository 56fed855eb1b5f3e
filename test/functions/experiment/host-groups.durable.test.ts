import { expect, it } from 'vitest';
import type { InstanceNow } from '../../../lib/faults/api/host-instances.ts';
import type { FaultPort } from '../../../lib/faults/catalogue.ts';
import { portOf } from '../unasked-port.ts';
import { execute, useDurableExecutions } from './durable.ts';
import { FakeHostGroup } from './fake-host-groups.ts';
import { FakeWorld, orderFor } from './fake-world.ts';

useDurableExecutions();

const HOSTS = [{ kind: 'auto-scaling-group' as const, name: 'shop-hosts' }];

/** A world with an Auto Scaling group of hosts, and EC2 as far as `terminate-host` asks it. */
class HostWorld extends FakeWorld {
  readonly group: FakeHostGroup;
  readonly terminated: string[] = [];
  readonly rebooted: string[] = [];
  rebootedAtMs = 0;

  constructor(tags: Readonly<Record<string, string>> = {}) {
    super();
    this.group = new FakeHostGroup('shop-hosts', 3, { 'chaos:opt-in': 'true', ...tags }, this.now);
    this.hostGroups.groups.push(this.group);
  }

  override get port(): FaultPort {
    return portOf({
      instance: async (instanceId): Promise<InstanceNow | undefined> => {
        const host = this.group.hosts.find(({ resource }) => resource === instanceId);
        if (host === undefined) return undefined;
        const common = { instanceId, isSpot: false, rootDeviceType: 'ebs' };
        if (host.stoppedAtMs === undefined) return { ...common, state: 'running' };
        const stateReason = { code: 'Client.UserInitiatedShutdown', message: 'User initiated shutdown' };
        return { ...common, state: 'terminated', stateReason };
      },
      member: async () => ({ scalingGroup: 'shop-hosts', lifecycleState: 'InService', protectedFromScaleIn: false }),
      statusCheck: async () => {
        const looked = this.rebooted.length > 0 && this.now() - this.rebootedAtMs < 60_000;
        return looked ? 'initializing' : 'ok';
      },
      placeOf: async () => undefined,
      reboot: async (instanceId) => {
        this.rebooted.push(instanceId);
        this.rebootedAtMs = this.now();
        return {};
      },
      terminate: async (instanceId) => {
        this.terminated.push(instanceId);
        this.group.terminate(instanceId);
        return { previousState: 'running' };
      },
    });
  }
}

const order = (more: Parameters<typeof orderFor>[0] = {}): ReturnType<typeof orderFor> =>
  orderFor({ group: 'shop-hosts', services: [], hosts: HOSTS, fault: 'terminate-host', ...more });

it('a group of hosts is struck like a service: one host of it, confirmed, and held once another runs in its stead', async () => {
  const world = new HostWorld();
  const { end } = await execute(world, order());
  expect(end).toMatchObject({ verdict: 'held' });
  expect(world.terminated).toHaveLength(1);
  const [struck = ''] = world.terminated;
  expect(world.record('started').facts).toMatchObject({
    targets: [{ kind: 'host', resource: struck, zone: 'eu-west-1a', scalingGroup: 'shop-hosts' }],
    candidates: ['i-00000000000000000', 'i-00000000000000001', 'i-00000000000000002'],
  });
  expect(world.kinds()).toContain('recovered');
  expect(world.record('ended').facts).toMatchObject({ recoverySeconds: world.group.replacedAfterMs / 1000 });
  // The struck host is asked for by name: it has left its group.
  expect(world.hostGroups.asked.at(-1)?.asWell).toEqual([struck]);
});

it('a host that is rebooted leaves nothing to replace: its group, which never ran short, has recovered at once', async () => {
  const world = new HostWorld({ 'chaos:faults': 'reboot-host' });
  const { end } = await execute(world, order({ fault: 'reboot-host' }));
  expect(world.rebooted).toHaveLength(1);
  expect(end).toMatchObject({ verdict: 'held' });
  expect(world.record('ended').facts).toMatchObject({ recoverySeconds: 0 });
});

it.each([
  ['standby', { isStandby: true }],
  ['protected', { isProtected: true }],
  ['tag-not-propagated', { tags: {} }],
  ['managed-instance', { launchType: 'MANAGED_INSTANCES' }],
  ['stopping', { desiredStatus: 'STOPPED' }],
])('a host that is %s is never hit', async (because, flaw) => {
  const world = new HostWorld();
  const [first, second, ...others] = world.group.hosts;
  world.group.hosts.splice(0, 2, { ...first, ...flaw } as never, { ...second, ...flaw } as never);
  await execute(world, order());
  expect(world.record('started').facts.ineligible).toEqual([
    { target: first?.resource, because },
    { target: second?.resource, because },
  ]);
  expect(world.terminated).toEqual(others.map(({ resource }) => resource));
});

it('a group that would keep too few, lacks a host already, or has lost its tag is not touched', async () => {
  for (const [spoil, code] of [
    [(world: HostWorld) => world.group.hosts.splice(1, 2), 'not-running-desired'],
    [(world: HostWorld) => Object.assign(world.group.tags, { 'chaos:opt-in': 'no' }), 'not-opted-in'],
    [(world: HostWorld) => Object.assign(world.group.tags, { 'chaos:min-remaining': '3' }), 'too-few-remaining'],
  ] as const) {
    const world = new HostWorld();
    spoil(world);
    await execute(world, order());
    expect(world.terminated).toEqual([]);
    expect(JSON.stringify(world.record('refused').facts.refusals)).toContain(`"${code}"`);
  }
});

it('a fault on tasks means nothing to hosts, and one on hosts nothing to services', async () => {
  const world = new HostWorld();
  await execute(world, order({ fault: 'stop-task' }));
  expect(JSON.stringify(world.record('refused').facts.refusals)).toContain('fault-not-applicable');
  const other = new HostWorld();
  await execute(other, orderFor({ fault: 'terminate-host' }));
  expect(JSON.stringify(other.record('refused').facts.refusals)).toContain('fault-not-applicable');
  expect([...world.terminated, ...other.terminated]).toEqual([]);
});
