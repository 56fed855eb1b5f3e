import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detachVolumes } from '../../../lib/faults/detach-volumes.ts';
import { actContext, CONTEXT, type HostWorld, hostWorld, PREPARE, prepared, refuse } from './host-world.ts';

const of = (world: HostWorld, index = 0) =>
  world.park.disks.volumes
    .filter(({ attachment }) => attachment?.instanceId === world.id(index))
    .map(({ volumeId, isRoot, attachment }) => ({ volumeId, isRoot, ...attachment, attachedAt: undefined }));

async function detached(world: HostWorld, parameters: object = {}) {
  const undo = await prepared(detachVolumes, world, 0, parameters);
  return {
    undo,
    injection: await detachVolumes.inject(world.port, world.target(0), parameters, undo, actContext()),
    confirm: () => detachVolumes.confirm(world.port, world.target(0), undo, CONTEXT),
    takeAway: () => detachVolumes.undo(world.port, world.target(0), undo, CONTEXT),
  };
}

/** Undoes as the experiment does: again and again, with time between. */
async function untilUndone(world: HostWorld, takeAway: () => Promise<{ undone: boolean; because: string }>) {
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const answer = await takeAway();
    if (answer.undone) return answer;
    world.pass(500);
  }
  throw new Error('it was not undone');
}

const data = (world: HostWorld, nth = 0): string => of(world).filter(({ isRoot }) => !isRoot)[nth]?.volumeId ?? '';

describe('detach-volumes', () => {
  it('detaches all volumes but the root, and attaches each to its device again', async () => {
    const world = await hostWorld({ dataVolumes: 2 });
    world.park.disks.setDeleteOnTermination(data(world, 1), false);
    const former = of(world);
    const { injection, confirm, takeAway } = await detached(world);
    expect(injection).toEqual({ outcome: 'accepted', facts: { done: [former[1]?.volumeId, former[2]?.volumeId] } });
    expect(await confirm()).toMatchObject({ effect: 'pending', because: expect.stringContaining('is detaching') });
    world.pass(500);
    expect(of(world)).toEqual([former[0]]);
    expect(await confirm()).toMatchObject({ effect: 'took-effect' });
    expect(await takeAway()).toMatchObject({ undone: false, because: expect.stringContaining('is attaching') });
    world.pass(500);
    expect(await takeAway()).toMatchObject({
      undone: true,
      because: expect.stringContaining('is attached to /dev/xvdb'),
    });
    expect(of(world)).toEqual(former);
    await takeAway();
    expect(world.calls.filter((call) => call === 'AttachVolume')).toHaveLength(2);
    expect(of(world, 1)).toHaveLength(3);
  });

  it('restores exactly, for any volumes and whatever call fails', async () => {
    const flags = fc.array(fc.boolean(), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(flags, fc.nat(4), async (deleted, failing) => {
        const world = await hostWorld({ dataVolumes: deleted.length });
        for (const [nth, flag] of deleted.entries()) world.park.disks.setDeleteOnTermination(data(world, nth), flag);
        const former = of(world);
        let calls = 0;
        world.before.set('DetachVolume', () => {
          calls += 1;
          if (calls === failing) refuse('UnauthorizedOperation')();
        });
        const { injection, takeAway } = await detached(world);
        if (injection.outcome === 'failed') expect(of(world)).toEqual(former);
        await untilUndone(world, takeAway);
        expect(of(world)).toEqual(former);
      }),
      { numRuns: 6 },
    );
  });

  it('waits for a volume that the guest has mounted, and takes it only by force', async () => {
    const world = await hostWorld({ dataVolumes: 1 });
    const volume = world.park.disks.volumes.find(({ volumeId }) => volumeId === data(world));
    if (volume === undefined) throw new Error('no volume');
    world.park.disks.put({ ...volume, isMounted: true });
    const { confirm, takeAway } = await detached(world);
    world.pass(5_000);
    expect(await confirm()).toMatchObject({
      effect: 'pending',
      because: expect.stringContaining('the guest has it mounted'),
    });
    expect(await takeAway()).toMatchObject({ undone: false, because: expect.stringContaining('busy') });
    const undo = {
      instanceId: world.id(0),
      volumes: [{ id: volume.volumeId, device: '/dev/xvdb', deleteOnTermination: true }],
    };
    await detachVolumes.inject(world.port, world.target(0), { force: true }, undo, actContext());
    world.pass(500);
    expect(await confirm()).toMatchObject({ effect: 'took-effect' });
  });

  it('leaves what somebody has attached elsewhere, deleted, or put in its place, and says so', async () => {
    const world = await hostWorld({ dataVolumes: 4 });
    world.park.suspend('shop-hosts', ['HealthCheck']);
    const [a = '', b = '', c = '', d = ''] = of(world)
      .slice(1)
      .map(({ volumeId }) => volumeId);
    const { takeAway } = await detached(world);
    world.pass(500);
    const { disks } = world.park;
    const zone = world.instance(world.id(0)).availabilityZone;
    disks.attach(a, world.id(1), '/dev/xvdz');
    disks.remove(b);
    disks.put({ volumeId: 'vol-0123456789abcdef0', availabilityZone: zone, status: 'available', isRoot: false });
    disks.attach('vol-0123456789abcdef0', world.id(0), '/dev/xvdd');
    disks.attach(d, world.id(0), '/dev/xvdq');
    expect(await takeAway()).toEqual({
      undone: true,
      because: [
        `left ${a}: somebody attached it to ${world.id(1)}`,
        `${b} does not exist any more`,
        `left ${c} available: somebody attached vol-0123456789abcdef0 to /dev/xvdd`,
        `left ${d} where it is: somebody attached it to /dev/xvdq`,
      ].join('; '),
    });
    expect(world.calls).not.toContain('AttachVolume');
  });

  it('leaves the volumes available when the instance is gone', async () => {
    const world = await hostWorld({ dataVolumes: 1 });
    const id = data(world);
    const { takeAway, confirm } = await detached(world);
    world.pass(500);
    world.park.terminate(world.id(0));
    world.pass(2_000);
    expect(await takeAway()).toEqual({ undone: true, because: `left ${id} available: its instance is terminated` });
    expect(await confirm()).toMatchObject({ effect: 'failed' });
    expect(world.calls).not.toContain('AttachVolume');
  });

  it('changes nothing at the undo of an act that never happened, and does not act after its time', async () => {
    const world = await hostWorld({ dataVolumes: 2 });
    const former = of(world);
    const undo = await prepared(detachVolumes, world);
    expect(await detachVolumes.undo(world.port, world.target(0), undo, CONTEXT)).toMatchObject({ undone: true });
    const late = actContext({ notAfterMs: 0 });
    expect(await detachVolumes.inject(world.port, world.target(0), {}, undo, late)).toMatchObject({
      outcome: 'failed',
      facts: { code: 'too-late' },
    });
    expect(of(world)).toEqual(former);
    expect(world.calls.filter((call) => /^(Attach|Detach|Modify)/.test(call))).toEqual([]);
  });

  it('is not undone while EC2 refuses to attach', async () => {
    const world = await hostWorld({ dataVolumes: 1 });
    const { takeAway } = await detached(world);
    world.pass(500);
    world.before.set('AttachVolume', refuse('AttachmentLimitExceeded', 'full'));
    expect(await takeAway()).toEqual({
      undone: false,
      because: expect.stringContaining('AttachmentLimitExceeded: full'),
    });
  });

  it('refuses a host without such volumes, and one whose volumes are on their way', async () => {
    const bare = await hostWorld();
    expect(await detachVolumes.prepare(bare.port, bare.target(0), {}, PREPARE)).toEqual({
      ready: false,
      because: 'the host has no EBS volume besides its root',
    });
    const world = await hostWorld({ dataVolumes: 2 });
    world.park.disks.detach(data(world), false);
    expect(await detachVolumes.prepare(world.port, world.target(0), {}, PREPARE)).toMatchObject({ ready: false });
  });
});
