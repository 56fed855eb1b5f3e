import { describe, expect, it } from 'vitest';
import { stopHost } from '../../../lib/faults/stop-host.ts';
import { GROUP } from '../../rehearsal/fleet/park.ts';
import { actContext, CONTEXT, type HostWorld, hostWorld, PREPARE, prepared, refuse } from './host-world.ts';

async function stopped(world: HostWorld) {
  const undo = await prepared(stopHost, world);
  const injection = await stopHost.inject(world.port, world.target(0), {}, undo, actContext());
  return {
    undo,
    injection,
    confirm: () => stopHost.confirm(world.port, world.target(0), undo, CONTEXT),
    takeAway: () => stopHost.undo(world.port, world.target(0), undo, CONTEXT),
  };
}

/** A group that leaves its hosts alone. */
const calm = async () => {
  const world = await hostWorld();
  world.park.suspend(GROUP, ['HealthCheck']);
  return world;
};

describe('stop-host', () => {
  it('stops one host, and starts it again: undone only when it runs', async () => {
    const world = await calm();
    const { injection, confirm, takeAway } = await stopped(world);
    expect(injection).toEqual({ outcome: 'accepted', facts: { previousState: 'running' } });
    expect(await confirm()).toMatchObject({ effect: 'took-effect', because: expect.stringContaining('stopping') });
    expect(await takeAway()).toEqual({ undone: false, because: 'the instance is stopping' });
    world.pass(2_000);
    expect(await confirm()).toMatchObject({ effect: 'took-effect', because: expect.stringContaining('stopped') });
    expect(await takeAway()).toEqual({ undone: false, because: 'the instance is pending' });
    world.pass(5_000);
    expect(await takeAway()).toEqual({ undone: true, because: 'the instance runs' });
    expect(await takeAway()).toEqual({ undone: true, because: 'the instance runs' });
    expect(world.calls.filter((call) => call === 'StartInstances')).toHaveLength(1);
    expect(world.host(world.id(0))).toMatchObject({
      lifecycleState: 'InService',
      containerInstance: { agentConnected: true },
    });
  });

  it('is undone when its group has replaced it, and names the new host', async () => {
    const world = await hostWorld();
    const { confirm, takeAway } = await stopped(world);
    world.pass(20_000);
    const [fresh] = world.inService().filter(({ instanceId }) => !world.ids.includes(instanceId));
    expect(await confirm()).toMatchObject({ effect: 'took-effect', because: expect.stringContaining('replaces it') });
    expect(await takeAway()).toEqual({
      undone: true,
      because: `gone: the instance is terminated; its group ${GROUP} has launched ${fresh?.instanceId} since`,
    });
    expect(world.calls).not.toContain('StartInstances');
  });

  it('says so when its group has not replaced it yet', async () => {
    const world = await hostWorld();
    const { takeAway } = await stopped(world);
    world.park.suspend(GROUP, ['Launch']);
    world.pass(20_000);
    expect((await takeAway()).because).toContain('has not replaced it yet');
  });

  it('leaves a host alone that runs because the act never happened', async () => {
    const world = await calm();
    const undo = await prepared(stopHost, world);
    expect(await stopHost.undo(world.port, world.target(0), undo, CONTEXT)).toEqual({
      undone: true,
      because: 'the instance runs',
    });
    expect(world.calls).not.toContain('StartInstances');
  });

  it('leaves a host stopped that somebody else stopped later on', async () => {
    const world = await calm();
    const undo = await prepared(stopHost, world);
    world.pass(400_000);
    world.park.stop(world.id(0));
    world.pass(2_000);
    const answer = await stopHost.undo(world.port, world.target(0), undo, CONTEXT);
    expect(answer).toMatchObject({ undone: true, because: expect.stringContaining('left as it is: by another hand') });
    expect(world.calls).not.toContain('StartInstances');
  });

  it('leaves a host stopped that stopped for another reason than a call', async () => {
    const world = await calm();
    const { takeAway, confirm } = await stopped(world);
    world.pass(2_000);
    const stateReason = { code: 'Client.InstanceInitiatedShutdown', message: 'shutdown -h' };
    world.park.change(world.id(0), { stateReason });
    expect(await confirm()).toMatchObject({ effect: 'failed', because: expect.stringContaining('by another hand') });
    expect(await takeAway()).toMatchObject({ undone: true, because: expect.stringContaining('left as it is') });
    expect(world.calls).not.toContain('StartInstances');
  });

  it('is not undone while EC2 does not start it, and cannot tell while EC2 does not answer', async () => {
    const world = await calm();
    const { takeAway } = await stopped(world);
    world.pass(2_000);
    world.before.set('StartInstances', refuse('InsufficientInstanceCapacity', 'none left'));
    expect(await takeAway()).toEqual({ undone: false, because: 'InsufficientInstanceCapacity: none left' });
    world.before.set('DescribeInstances', refuse('UnauthorizedOperation'));
    await expect(takeAway()).rejects.toThrow();
  });

  it('has done nothing when EC2 said no, or when somebody had stopped it already', async () => {
    const world = await calm();
    const undo = await prepared(stopHost, world);
    world.before.set('StopInstances', refuse('OperationNotPermitted', 'protected'));
    const inject = () => stopHost.inject(world.port, world.target(0), {}, undo, actContext());
    expect(await inject()).toMatchObject({ outcome: 'failed', facts: { code: 'OperationNotPermitted' } });
    world.before.delete('StopInstances');
    world.park.stop(world.id(0));
    expect(await inject()).toMatchObject({ outcome: 'failed', facts: { code: 'already' } });
    expect(await stopHost.inject(world.port, world.target(0), {}, undo, actContext({ notAfterMs: 0 }))).toMatchObject({
      outcome: 'failed',
      facts: { code: 'too-late' },
    });
  });

  it.each([
    [
      'boots from an instance store',
      (world: HostWorld) => world.park.change(world.id(0), { rootDevice: 'instance-store' }),
      'instance store',
    ],
    ['is a spot instance', (world: HostWorld) => world.park.change(world.id(0), { isSpot: true }), 'spot'],
    [
      'is protected from being stopped',
      (world: HostWorld) => world.park.modify(world.id(0), { disableApiStop: true }),
      'protected',
    ],
    ['is being retired', (world: HostWorld) => world.park.retire(world.id(0), false), 'Terminating:Wait'],
  ])('refuses a host that %s', async (_, change, because) => {
    const world = await hostWorld();
    change(world);
    expect(await stopHost.prepare(world.port, world.target(0), {}, PREPARE)).toEqual({
      ready: false,
      because: expect.stringContaining(because),
    });
  });

  it('tells a person what to paste', async () => {
    const world = await hostWorld();
    const undo = await prepared(stopHost, world);
    expect(stopHost.byHand(world.target(0), undo, CONTEXT)).toContain(`start-instances --instance-ids ${world.id(0)}`);
  });
});
