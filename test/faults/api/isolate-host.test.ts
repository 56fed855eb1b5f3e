import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restored } from '../../../lib/faults/api/restored-groups.ts';
import { isolateHost } from '../../../lib/faults/isolate-host.ts';
import { actContext, CONTEXT, type HostWorld, hostWorld, PREPARE, prepared, refuse } from './host-world.ts';

const sg = (n: number): string => `sg-${n.toString(16).padStart(17, '0')}`;

/** A world whose first host has these interfaces, each with these groups, in this order. */
async function withInterfaces(groups: readonly (readonly number[])[]) {
  const world = await hostWorld();
  const { network } = world.park;
  const [first] = network.interfaces.filter(({ instanceId }) => instanceId === world.id(0));
  const [own] = network.groups;
  if (first === undefined || own === undefined) throw new Error('no interface');
  for (const n of new Set(groups.flat())) network.putGroup({ ...own, groupId: sg(n), name: `g${n}` });
  network.removeInterface(first.networkInterfaceId);
  const enis = groups.map((list, deviceIndex) => {
    const networkInterfaceId = `eni-${(deviceIndex + 1).toString(16).padStart(17, '0')}`;
    network.putInterface({ ...first, networkInterfaceId, deviceIndex, groups: list.map(sg) });
    return networkInterfaceId;
  });
  const quarantine = network.groups.find(({ tags }) => tags['capuchin:quarantine'] === 'true')?.groupId ?? '';
  const groupsOf = (eni: string): readonly string[] =>
    network.interfaces.find(({ networkInterfaceId }) => networkInterfaceId === eni)?.groups ?? [];
  return { world, network, enis, eni: (index: number) => enis[index] ?? '', quarantine, groupsOf };
}

async function isolated(world: HostWorld) {
  const undo = await prepared(isolateHost, world);
  return {
    undo,
    injection: await isolateHost.inject(world.port, world.target(0), {}, undo, actContext()),
    confirm: () => isolateHost.confirm(world.port, world.target(0), undo, CONTEXT),
    takeAway: () => isolateHost.undo(world.port, world.target(0), undo, CONTEXT),
  };
}

describe('isolate-host', () => {
  it('puts every interface into quarantine, one call each, and gives each its own groups back in order', async () => {
    const { world, enis, eni, quarantine, groupsOf } = await withInterfaces([[3, 1, 2], [2]]);
    const { injection, confirm, takeAway } = await isolated(world);
    expect(injection).toEqual({ outcome: 'accepted', facts: { done: enis } });
    expect(enis.map(groupsOf)).toEqual([[quarantine], [quarantine]]);
    expect(world.events.at(-1)).toMatchObject({ kind: 'severed', isSevered: true });
    expect(await confirm()).toMatchObject({ effect: 'took-effect' });
    expect(await takeAway()).toMatchObject({ undone: true });
    expect(enis.map(groupsOf)).toEqual([[sg(3), sg(1), sg(2)], [sg(2)]]);
    expect(world.events.at(-1)).toMatchObject({ kind: 'severed', isSevered: false });
    const acts = () => world.calls.filter((call) => call === 'ModifyNetworkInterfaceAttribute').length;
    expect([eni(0) === '', acts()]).toEqual([false, 4]);
    expect((await takeAway()).because).toContain('has its former groups');
    expect(acts()).toBe(4);
  });

  it('restores exactly, for any interfaces and groups', async () => {
    const groups = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(groups, { minLength: 1, maxLength: 4 }), fc.nat(4), async (lists, failing) => {
        const { world, enis, groupsOf } = await withInterfaces(lists);
        const former = enis.map(groupsOf);
        let calls = 0;
        world.before.set('ModifyNetworkInterfaceAttribute', () => {
          calls += 1;
          if (calls === failing) refuse('UnauthorizedOperation')();
        });
        const { injection, takeAway } = await isolated(world);
        world.before.clear();
        if (injection.outcome === 'failed') expect(enis.map(groupsOf)).toEqual(former);
        expect(await takeAway()).toMatchObject({ undone: true });
        expect(enis.map(groupsOf)).toEqual(former);
      }),
      { numRuns: 8 },
    );
  });

  it('is something to undo when only some calls went through, and nothing when the first is refused alone', async () => {
    const { world, eni, enis, quarantine, groupsOf } = await withInterfaces([[1], [2]]);
    world.before.set('ModifyNetworkInterfaceAttribute', (input) => {
      if ((input as { NetworkInterfaceId: string }).NetworkInterfaceId === eni(1)) refuse('UnauthorizedOperation')();
    });
    const { injection, confirm, takeAway } = await isolated(world);
    expect(injection).toMatchObject({ outcome: 'accepted', facts: { done: [eni(0)], not: [{ resource: eni(1) }] } });
    expect(enis.map(groupsOf)).toEqual([[quarantine], [sg(2)]]);
    expect(await confirm()).toEqual({ effect: 'pending', because: `not in ${quarantine} alone: ${eni(1)}` });
    expect(await takeAway()).toMatchObject({ undone: true });
    expect(enis.map(groupsOf)).toEqual([[sg(1)], [sg(2)]]);
    world.before.set('ModifyNetworkInterfaceAttribute', refuse('UnauthorizedOperation'));
    expect((await isolated(world)).injection).toMatchObject({ outcome: 'failed' });
  });

  it('does not act after its time, nor when the groups are others than those it would restore', async () => {
    const { world, network, eni, groupsOf } = await withInterfaces([[1]]);
    const undo = await prepared(isolateHost, world);
    const inject = (context = actContext()) => isolateHost.inject(world.port, world.target(0), {}, undo, context);
    expect(await inject(actContext({ notAfterMs: 0 }))).toMatchObject({
      outcome: 'failed',
      facts: { code: 'too-late' },
    });
    network.putGroup({ ...(network.groups[0] as (typeof network.groups)[0]), groupId: sg(5) });
    network.setGroups(eni(0), [sg(5)]);
    expect(await inject()).toMatchObject({ outcome: 'failed', facts: { code: 'changed-meanwhile' } });
    world.before.set('DescribeNetworkInterfaces', refuse('UnauthorizedOperation'));
    expect(await inject()).toMatchObject({ outcome: 'failed', facts: { code: 'cannot-tell' } });
    expect(groupsOf(eni(0))).toEqual([sg(5)]);
    expect(world.calls).not.toContain('ModifyNetworkInterfaceAttribute');
  });

  it('changes nothing at the undo of an act that never happened', async () => {
    const { world, eni, groupsOf } = await withInterfaces([[1, 2]]);
    const undo = await prepared(isolateHost, world);
    expect(await isolateHost.undo(world.port, world.target(0), undo, CONTEXT)).toMatchObject({ undone: true });
    expect(groupsOf(eni(0))).toEqual([sg(1), sg(2)]);
    expect(world.calls).not.toContain('ModifyNetworkInterfaceAttribute');
  });

  it('leaves an interface as somebody has set it meanwhile, and says so', async () => {
    const { world, network, eni, groupsOf } = await withInterfaces([[1], [2]]);
    const { takeAway } = await isolated(world);
    network.setGroups(eni(0), [sg(2)]);
    expect(await takeAway()).toEqual({
      undone: true,
      because: `left ${eni(0)} as it is: somebody gave it ${sg(2)}; ${eni(1)} has its former groups again`,
    });
    expect([groupsOf(eni(0)), groupsOf(eni(1))]).toEqual([[sg(2)], [sg(2)]]);
  });

  it('keeps a group that somebody added to the quarantine', async () => {
    const { world, network, eni, quarantine, groupsOf } = await withInterfaces([[1], [2]]);
    const { takeAway } = await isolated(world);
    network.setGroups(eni(0), [quarantine, sg(2)]);
    expect((await takeAway()).because).toContain(
      `${eni(0)} has its former groups again and ${sg(2)}, which somebody added`,
    );
    expect(groupsOf(eni(0))).toEqual([sg(1), sg(2)]);
  });

  it('restores what there is when a former group was deleted, and names the rest; without any it stays to be done', async () => {
    const { world, network, eni, quarantine, groupsOf } = await withInterfaces([[1, 2]]);
    const { takeAway } = await isolated(world);
    network.removeGroup(sg(1));
    expect(await takeAway()).toEqual({
      undone: true,
      because: `${eni(0)} has its former groups again but not ${sg(1)}, which does not exist any more`,
    });
    expect(groupsOf(eni(0))).toEqual([sg(2)]);
    network.setGroups(eni(0), [quarantine]);
    network.removeGroup(sg(2));
    expect(await takeAway()).toMatchObject({ undone: false, because: expect.stringContaining('stays in quarantine') });
  });

  it('is undone when the host is gone, and not while EC2 refuses', async () => {
    const { world } = await withInterfaces([[1]]);
    const { takeAway, confirm } = await isolated(world);
    world.before.set('ModifyNetworkInterfaceAttribute', refuse('UnauthorizedOperation', 'no way'));
    expect(await takeAway()).toMatchObject({ undone: false, because: expect.stringContaining('no way') });
    world.park.terminate(world.id(0));
    world.pass(2_000);
    expect(await takeAway()).toMatchObject({ undone: true, because: expect.stringContaining('is gone') });
    expect(await confirm()).toMatchObject({ effect: 'failed' });
  });

  it.each([
    [
      'has no quarantine group in its network',
      ({ network, quarantine }: Isolable) => network.removeGroup(quarantine),
      'there is no security group',
    ],
    [
      'has two of them',
      ({ network, group }: Isolable) => network.putGroup({ ...group, groupId: sg(7) }),
      'several security groups',
    ],
    [
      'has one with an inbound rule',
      ({ network, group }: Isolable) =>
        network.putGroup({ ...group, ingress: [{ protocol: '-1', cidr: '0.0.0.0/0' }] }),
      'has 1 rules',
    ],
    [
      'has one with an outbound rule',
      ({ network, group }: Isolable) => network.putGroup({ ...group, egress: [{ protocol: '-1', cidr: '0.0.0.0/0' }] }),
      'has 1 rules',
    ],
    [
      'has one of another network only',
      ({ network, group }: Isolable) => network.putGroup({ ...group, vpcId: 'vpc-0123456789abcdef0' }),
      'there is no security group',
    ],
    [
      'is isolated already',
      ({ network, eni, quarantine }: Isolable) => network.setGroups(eni(0), [quarantine]),
      'already',
    ],
    ['does not run', ({ world }: Isolable) => world.park.stop(world.id(0)), 'stopping'],
    [
      'has an interface that AWS manages',
      ({ network }: Isolable) =>
        network.putInterface({
          ...(network.interfaces.at(-1) as (typeof network.interfaces)[0]),
          requesterManaged: true,
        }),
      'managed by AWS',
    ],
  ])('refuses a host that %s', async (_, change, because) => {
    const { world, ...rest } = await withInterfaces([[1]]);
    const group = rest.network.groups.find(({ groupId }) => groupId === rest.quarantine);
    if (group === undefined) throw new Error('no quarantine group');
    change({ world, ...rest, group });
    expect(await isolateHost.prepare(world.port, world.target(0), {}, PREPARE)).toEqual({
      ready: false,
      because: expect.stringContaining(because),
    });
  });

  it('takes a quarantine group by its id, and no other than one without rules', async () => {
    const { world, network, quarantine } = await withInterfaces([[1]]);
    const group = network.groups.find(({ groupId }) => groupId === quarantine);
    if (group === undefined) throw new Error('no quarantine group');
    network.putGroup({ ...group, groupId: sg(7) });
    expect(await prepared(isolateHost, world, 0, { quarantineGroup: sg(7) })).toMatchObject({ quarantineGroup: sg(7) });
    await expect(prepared(isolateHost, world, 0, { quarantineGroup: sg(1) })).rejects.toThrow('rules');
    await expect(prepared(isolateHost, world, 0, { quarantineGroup: sg(99) })).rejects.toThrow(
      'there is no security group',
    );
  });
});

type Isolable = Awaited<ReturnType<typeof withInterfaces>> & {
  readonly group: HostWorld['park']['network']['groups'][number];
};

it('whatever the groups are by then, the undo never leaves the quarantine group on an interface that gets others, and adds none', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 });
  fc.assert(
    fc.property(names, names, names, fc.boolean(), (former, others, existing, isIn) => {
      fc.pre(former.length > 0);
      const now = isIn ? [...others, 'q'] : others;
      const { restore } = restored({ id: 'eni', former, now, quarantine: 'q', existing });
      if (restore === undefined) return;
      expect(isIn).toBe(true);
      expect(restore).not.toContain('q');
      for (const group of restore) expect([...former, ...others]).toContain(group);
      expect(new Set(restore).size).toBe(restore.length);
    }),
  );
});
