import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScalingGroupTarget } from '../../../lib/core/fault-target.ts';
import { suspendScaling } from '../../../lib/faults/suspend-scaling.ts';
import { compareText } from '../../../lib/rehearsal/cloud/protocols/pages.ts';
import { SCALING_PROCESSES } from '../../../lib/rehearsal/fleet/scaling-group.ts';
import { GROUP } from '../../rehearsal/fleet/park.ts';
import { actContext, CONTEXT, type HostWorld, hostWorld, PREPARE, refuse } from './host-world.ts';

const target = (world: HostWorld): ScalingGroupTarget => ({
  kind: 'scaling-group',
  resource: world.park.group.arn,
  name: GROUP,
});

const suspendedOf = (world: HostWorld): string[] =>
  (world.park.group.suspended ?? []).map(({ name }) => name).sort(compareText);

async function suspended(world: HostWorld, parameters: object = {}) {
  const answer = await suspendScaling.prepare(world.port, target(world), parameters, PREPARE);
  if (!answer.ready) throw new Error(answer.because);
  const { undo } = answer;
  return {
    undo,
    inject: (context = actContext()) => suspendScaling.inject(world.port, target(world), parameters, undo, context),
    confirm: () => suspendScaling.confirm(world.port, target(world), undo, CONTEXT),
    takeAway: () => suspendScaling.undo(world.port, target(world), undo, CONTEXT),
  };
}

describe('suspend-scaling', () => {
  it('suspends every process that runs, by one call, and resumes only those', async () => {
    const world = await hostWorld();
    world.park.suspend(GROUP, ['AZRebalance']);
    world.pass(60_000);
    const { inject, confirm, takeAway } = await suspended(world);
    expect(await inject()).toMatchObject({ outcome: 'accepted' });
    expect(suspendedOf(world)).toEqual([...SCALING_PROCESSES].sort(compareText));
    expect(await confirm()).toMatchObject({ effect: 'took-effect' });
    world.park.terminate(world.id(0));
    world.pass(30_000);
    expect(world.inService()).toHaveLength(2);
    expect(world.park.instances).toHaveLength(3);
    expect(await takeAway()).toMatchObject({ undone: true });
    expect(suspendedOf(world)).toEqual(['AZRebalance']);
    expect(await takeAway()).toEqual({ undone: true, because: 'nothing of ours is suspended' });
    expect(world.calls.filter((call) => /^(Suspend|Resume)/.test(call))).toEqual([
      'SuspendProcesses',
      'ResumeProcesses',
    ]);
    world.pass(30_000);
    expect(world.inService().map(({ instanceId }) => instanceId)).not.toContain(world.id(0));
  });

  it('leaves the suspended processes as they were, for whatever is suspended before and asked for', async () => {
    const some = fc.subarray([...SCALING_PROCESSES], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.subarray([...SCALING_PROCESSES]), some, async (former, asked) => {
        const world = await hostWorld();
        if (former.length > 0) world.park.suspend(GROUP, former);
        world.pass(10_000);
        const before = suspendedOf(world);
        if (asked.every((one) => former.includes(one))) {
          await expect(suspended(world, { processes: asked.join(' ') })).rejects.toThrow('suspended already');
          return;
        }
        const { inject, takeAway } = await suspended(world, { processes: asked.join(' ') });
        await inject();
        expect(suspendedOf(world)).toEqual([...new Set([...former, ...asked])].sort(compareText));
        expect(await takeAway()).toMatchObject({ undone: true });
        expect(suspendedOf(world)).toEqual(before);
      }),
      { numRuns: 8 },
    );
  });

  it('leaves a process that somebody resumed and suspended again, and one that Auto Scaling suspended itself', async () => {
    const world = await hostWorld();
    const { inject, takeAway } = await suspended(world, { processes: 'Launch Terminate HealthCheck' });
    await inject();
    world.park.resume(GROUP, ['Launch']);
    world.pass(400_000);
    world.park.suspend(GROUP, ['Launch']);
    const answer = await takeAway();
    expect(answer).toMatchObject({
      undone: true,
      because: expect.stringContaining('resumed: Terminate, HealthCheck; left Launch as it is: User suspended at'),
    });
    expect(suspendedOf(world)).toEqual(['Launch']);
    expect(await takeAway()).toMatchObject({ undone: true, because: expect.stringContaining('left Launch as it is') });
    expect(suspendedOf(world)).toEqual(['Launch']);
  });

  it('resumes what bears no moment that it knows, but nothing that Auto Scaling suspended itself', async () => {
    const world = await hostWorld();
    const { undo } = await suspended(world, { processes: 'Launch Terminate' });
    const resumed: (readonly string[])[] = [];
    const port = {
      ...world.port,
      suspensions: async () =>
        resumed.length > 0
          ? []
          : [
              { process: 'Launch', reason: 'suspended by a user' },
              { process: 'Terminate', reason: 'Administrative suspension' },
              { process: 'AZRebalance', reason: 'suspended by a user' },
            ],
      resume: async (_: string, processes: readonly string[]) => {
        resumed.push(processes);
        return {};
      },
    };
    const answer = await suspendScaling.undo(port, target(world), undo, CONTEXT);
    expect(answer).toMatchObject({ undone: true, because: expect.stringContaining('left Terminate') });
    expect(resumed).toEqual([['Launch']]);
  });

  it('does not act when somebody suspended one of them meanwhile, when it is too late, or when it cannot look', async () => {
    const world = await hostWorld();
    const { inject, takeAway } = await suspended(world);
    expect(await inject(actContext({ notAfterMs: 0 }))).toMatchObject({
      outcome: 'failed',
      facts: { code: 'too-late' },
    });
    world.park.suspend(GROUP, ['Launch']);
    expect(await inject()).toMatchObject({ outcome: 'failed', facts: { code: 'changed-meanwhile' } });
    world.before.set('DescribeAutoScalingGroups', refuse('AccessDenied'));
    expect(await inject()).toMatchObject({ outcome: 'failed', facts: { code: 'cannot-tell' } });
    await expect(takeAway()).rejects.toThrow();
    expect(world.calls).not.toContain('SuspendProcesses');
  });

  it('changes nothing at the undo of an act that never happened', async () => {
    const world = await hostWorld();
    const { takeAway } = await suspended(world);
    expect(await takeAway()).toEqual({ undone: true, because: 'nothing of ours is suspended' });
    expect(world.calls).not.toContain('ResumeProcesses');
  });

  it('failed when Auto Scaling said no, and is not undone while it does', async () => {
    const world = await hostWorld();
    const { inject, confirm, takeAway } = await suspended(world, { processes: 'Launch' });
    world.before.set('SuspendProcesses', refuse('ResourceInUse', 'busy'));
    expect(await inject()).toEqual({ outcome: 'failed', facts: { code: 'ResourceInUseFault', message: 'busy' } });
    expect(await confirm()).toEqual({ effect: 'pending', because: 'these run: Launch' });
    world.before.delete('SuspendProcesses');
    await inject();
    world.before.set('ResumeProcesses', refuse('ResourceInUse', 'busy'));
    expect(await takeAway()).toMatchObject({ undone: false });
  });

  it('refuses a group that is gone, and is undone with it', async () => {
    const world = await hostWorld();
    const gone = { ...target(world), name: 'nobody' };
    expect(await suspendScaling.prepare(world.port, gone, {}, PREPARE)).toMatchObject({ ready: false });
    const undo = { scalingGroup: 'nobody', preparedAtMs: Date.now(), processes: ['Launch'] };
    expect(await suspendScaling.undo(world.port, gone, undo, CONTEXT)).toMatchObject({
      undone: true,
      because: expect.stringContaining('gone'),
    });
    expect(await suspendScaling.confirm(world.port, gone, undo, CONTEXT)).toMatchObject({ effect: 'failed' });
  });

  it('knows only Auto Scaling’s processes', () => {
    const { parameters } = suspendScaling;
    expect(parameters.safeParse({ processes: 'Launch HealthCheck' }).success).toBe(true);
    for (const processes of ['', ' ', 'launch', 'Launch;Terminate', 'Launch Extra']) {
      expect(parameters.safeParse({ processes }).success).toBe(false);
    }
  });
});
