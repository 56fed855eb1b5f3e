import { describe, expect, it } from 'vitest';
import type { OneShotFault } from '../../../lib/faults/contract.ts';
import { rebootHost } from '../../../lib/faults/reboot-host.ts';
import { retireHost } from '../../../lib/faults/retire-host.ts';
import { terminateHost } from '../../../lib/faults/terminate-host.ts';
import { actContext, CONTEXT, type HostWorld, hostWorld, PREPARE, prepared, refuse } from './host-world.ts';

const FAULTS: readonly OneShotFault<HostWorld['port']>[] = [terminateHost, rebootHost, retireHost];
const byName = FAULTS.map((fault): [string, OneShotFault<HostWorld['port']>] => [fault.name, fault]);
const ACTS: Readonly<Record<string, string>> = {
  'terminate-host': 'TerminateInstances',
  'reboot-host': 'RebootInstances',
  'retire-host': 'TerminateInstanceInAutoScalingGroup',
};

const inject = async (fault: OneShotFault<HostWorld['port']>, world: HostWorld, context = actContext()) =>
  fault.inject(world.port, world.target(0), {}, await prepared(fault, world), context);
const confirm = (fault: OneShotFault<HostWorld['port']>, world: HostWorld) =>
  fault.confirm(world.port, world.target(0), { instanceId: world.id(0), preparedAtMs: Date.now() }, CONTEXT);

describe.each(byName)('%s', (name, fault) => {
  const act = ACTS[name] ?? '';

  it('acts on one host by one call', async () => {
    const world = await hostWorld();
    expect(await inject(fault, world)).toMatchObject({ outcome: 'accepted' });
    expect(world.calls.filter((call) => call === act)).toEqual([act]);
    expect(world.inService().map(({ instanceId }) => instanceId)).toContain(world.id(1));
    expect((await confirm(fault, world)).effect).toBe('took-effect');
  });

  it('does not act after its time', async () => {
    const world = await hostWorld();
    const late = await inject(fault, world, actContext({ notAfterMs: Date.now() - 1 }));
    expect(late).toMatchObject({ outcome: 'failed', facts: { code: 'too-late' } });
    expect(world.calls).not.toContain(act);
    expect((await confirm(fault, world)).effect).toBe('pending');
  });

  it('failed when AWS said no, and is neither when the answer is an error of its own; it does not try twice', async () => {
    const world = await hostWorld();
    world.before.set(act, refuse('UnauthorizedOperation', 'You are not authorized', 403));
    expect(await inject(fault, world)).toEqual({
      outcome: 'failed',
      facts: { code: 'UnauthorizedOperation', message: 'You are not authorized' },
    });
    world.before.set(act, refuse('RequestLimitExceeded', 'slower', 503));
    expect(await inject(fault, world)).toMatchObject({ outcome: 'failed', facts: { code: 'RequestLimitExceeded' } });
    world.before.set(act, refuse('InternalError', 'oh', 500));
    await expect(inject(fault, world)).rejects.toThrow('oh');
    expect(world.calls.filter((call) => call === act)).toHaveLength(3);
  });

  it.each([
    ['does not run', (world: HostWorld) => world.park.stop(world.id(0)), 'is stopping'],
    ['is in Standby', (world: HostWorld) => world.park.changeMember(world.id(0), { lifecycle: 'Standby' }), 'Standby'],
    [
      'is managed',
      (world: HostWorld) => world.park.change(world.id(0), { operator: 'ecs.amazonaws.com' }),
      'managed by ecs',
    ],
  ])('refuses a host that %s', async (_, change, because) => {
    const world = await hostWorld();
    change(world);
    const answer = await fault.prepare(world.port, world.target(0), {}, PREPARE);
    expect(answer).toEqual({ ready: false, because: expect.stringContaining(because) });
  });

  it('refuses a host that EC2 does not know, and cannot tell when EC2 does not answer', async () => {
    const world = await hostWorld();
    const unknown = { ...world.target(0), resource: 'i-0123456789abcdef0' };
    expect(await fault.prepare(world.port, unknown, {}, PREPARE)).toMatchObject({ ready: false });
    world.before.set('DescribeInstances', refuse('UnauthorizedOperation'));
    await expect(fault.prepare(world.port, world.target(0), {}, PREPARE)).rejects.toThrow();
  });
});

describe('the confirmation of terminate-host', () => {
  it('comes by the instance’s own state, and lasts after it is terminated', async () => {
    const world = await hostWorld();
    expect(await confirm(terminateHost, world)).toEqual({ effect: 'pending', because: 'the instance is running' });
    await inject(terminateHost, world);
    expect(await confirm(terminateHost, world)).toMatchObject({
      effect: 'took-effect',
      because: expect.stringContaining('shutting-down'),
    });
    world.pass(10_000);
    expect(await confirm(terminateHost, world)).toMatchObject({
      effect: 'took-effect',
      because: expect.stringContaining('terminated'),
    });
    expect(world.inService()).toHaveLength(3);
  });

  it('fails when EC2 gives another reason than a call', async () => {
    const world = await hostWorld();
    const stateReason = { code: 'Server.SpotInstanceTermination', message: 'Spot interruption' };
    world.park.change(world.id(0), { status: 'terminated', stateReason });
    expect(await confirm(terminateHost, world)).toEqual({
      effect: 'failed',
      because: 'by another hand: the instance is terminated (Spot interruption)',
    });
  });
});

it('terminate-host is not confirmed by a call long before or after it', async () => {
  const world = await hostWorld();
  const undo = { instanceId: world.id(0), preparedAtMs: Date.now() };
  world.pass(400_000);
  world.park.terminate(world.id(0));
  const at = (preparedAtMs: number) =>
    terminateHost.confirm(world.port, world.target(0), { ...undo, preparedAtMs }, CONTEXT);
  expect(await at(undo.preparedAtMs)).toMatchObject({
    effect: 'failed',
    because: expect.stringContaining('by another hand'),
  });
  expect(await at(undo.preparedAtMs + 500_000)).toMatchObject({ effect: 'failed' });
  expect(await at(undo.preparedAtMs + 395_000)).toMatchObject({ effect: 'took-effect' });
});

it('a host is not hurt on an old preparation', async () => {
  const world = await hostWorld();
  const undo = { instanceId: world.id(0), preparedAtMs: Date.now() - 301_000 };
  for (const [, fault] of byName) {
    const answer = await fault.inject(world.port, world.target(0), {}, undo, actContext());
    expect(answer).toMatchObject({ outcome: 'failed', facts: { code: 'too-late' } });
  }
  expect(world.calls).toEqual([]);
});

it('terminate-host is spared by termination protection, in EC2’s words', async () => {
  const world = await hostWorld();
  world.park.modify(world.id(0), { disableApiTermination: true });
  expect(await inject(terminateHost, world)).toMatchObject({
    outcome: 'failed',
    facts: { code: 'OperationNotPermitted', message: expect.stringContaining('disableApiTermination') },
  });
  expect(world.instance(world.id(0)).status).toBe('running');
});

it('terminate-host has not done what somebody did before it', async () => {
  const world = await hostWorld();
  const undo = await prepared(terminateHost, world);
  world.park.terminate(world.id(0));
  expect(await terminateHost.inject(world.port, world.target(0), {}, undo, actContext())).toEqual({
    outcome: 'failed',
    facts: { code: 'already', message: 'it was shutting-down already' },
  });
});

describe('the confirmation of reboot-host', () => {
  it('comes when the agent is gone while the instance runs, or when the status check is not ok', async () => {
    const world = await hostWorld();
    await inject(rebootHost, world);
    expect(await confirm(rebootHost, world)).toEqual({
      effect: 'took-effect',
      because: 'the instance runs and its ECS agent has lost its connection',
    });
    const { containerInstanceArn: _, ...noMember } = world.target(0);
    const seen = await rebootHost.confirm(world.port, noMember, {}, CONTEXT);
    expect(seen).toEqual({ effect: 'took-effect', because: 'the instance runs and its status check is initializing' });
  });

  it('never comes of a reboot that is over when it is looked for', async () => {
    const world = await hostWorld();
    await inject(rebootHost, world);
    world.pass(10_000);
    expect(await confirm(rebootHost, world)).toMatchObject({ effect: 'pending' });
  });

  it('fails when the host does not run', async () => {
    const world = await hostWorld();
    world.park.stop(world.id(0));
    expect(await confirm(rebootHost, world)).toMatchObject({ effect: 'failed' });
  });
});

describe('retire-host', () => {
  it('lets the hooks run and keeps the group’s desired capacity', async () => {
    let isDrained = false;
    const world = await hostWorld({ isDrained: () => isDrained });
    await inject(retireHost, world);
    expect(await confirm(retireHost, world)).toEqual({
      effect: 'took-effect',
      because: 'the host is Terminating:Wait in shop-hosts',
    });
    world.pass(5_000);
    expect(world.instance(world.id(0)).status).toBe('running');
    isDrained = true;
    world.pass(10_000);
    expect(await confirm(retireHost, world)).toEqual({
      effect: 'took-effect',
      because: 'the host has left its group and is terminated',
    });
    expect([world.park.group.desired, world.inService().length]).toEqual([3, 3]);
  });

  it('refuses a host without a group, and one that is protected from scale-in', async () => {
    const world = await hostWorld({ protectedFromScaleIn: 1 });
    const because = async () => {
      const answer = await retireHost.prepare(world.port, world.target(0), {}, PREPARE);
      return answer.ready ? '' : answer.because;
    };
    expect(await because()).toBe('the instance is protected from scale-in');
    world.park.changeMember(world.id(0), { group: null });
    expect(await because()).toBe('the instance is in no Auto Scaling group');
  });

  it('is not confirmed by a host that has left its group alive', async () => {
    const world = await hostWorld();
    world.park.changeMember(world.id(0), { group: null });
    expect(await confirm(retireHost, world)).toEqual({
      effect: 'failed',
      because: 'the host is in no group, and is running',
    });
  });
});
