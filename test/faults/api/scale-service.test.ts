import { ECSClient, ServiceNotFoundException, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ServiceScaling } from '../../../lib/aws/service-scaling.ts';
import { scaleService } from '../../../lib/faults/scale-service.ts';
import { AwsError, serve } from '../../../lib/rehearsal/cloud/operation.ts';
import { actContext, prepareContext, serveObedientFleet } from './served-fleet.ts';

async function setUp(desired: number, change?: Parameters<typeof serveObedientFleet>[0]) {
  const { fleet, cloud } = await serveObedientFleet(change);
  const { arn } = fleet.addBalanced('cart', desired);
  const target = { kind: 'service' as const, resource: arn, clusterArn: fleet.cluster.arn, service: 'shop/cart' };
  const port = new ServiceScaling();
  const prepare = (parameters: object = {}, minRemaining = 1) =>
    scaleService.prepare(port, target, parameters, { ...prepareContext, minRemaining });
  const prepared = async (parameters: object = {}, minRemaining = 1) => {
    const answer = await prepare(parameters, minRemaining);
    if (!answer.ready) throw new Error(answer.because);
    return answer.undo;
  };
  const now = () => fleet.services(fleet.cluster.arn)[0]?.desired;
  return { fleet, cloud, port, target, arn, prepare, prepared, now };
}

describe('the count that is asked for', () => {
  it.each([
    [3, {}, 1, 2],
    [4, { to: 0.5 }, 1, 2],
    [4, { to: 1 }, 1, 1],
    [4, { to: 3 }, 0.75, 3],
    [4, { to: 8 }, 1, 8],
    [4, { to: 0 }, 0, 0],
  ])('of %i desired, %o leaves %d at least and comes to %i', async (desired, parameters, minRemaining, to) => {
    const { prepared } = await setUp(desired);
    expect(await prepared(parameters, minRemaining)).toMatchObject({ former: desired, to });
  });

  it.each([
    [4, { to: 2 }, 3, '2 tasks would stay, 3 of 4 must'],
    [4, { to: 2 }, 0.75, '2 tasks would stay, 3 of 4 must'],
    [4, { to: 4 }, 1, 'the service desires 4 tasks already'],
    [1, {}, 1, 'the service desires 1 tasks already'],
    [4, { to: 9 }, 1, '9 tasks would be more than 2 times the desired 4'],
  ])('of %i desired, %o with %d to stay is refused', async (desired, parameters, minRemaining, because) => {
    const { prepare } = await setUp(desired);
    expect(await prepare(parameters, minRemaining)).toEqual({ ready: false, because });
  });

  it.each([{ to: 1.5 }, { to: -1 }, { to: 5_001 }, { durationSeconds: 1 }, { speed: 1 }])(
    '%o is no parameter',
    (bad) => {
      expect(scaleService.parameters.safeParse(bad).success).toBe(false);
    },
  );
});

it('refuses daemons, services in deployment or on their way out, and unknown ones', async () => {
  const answers = [
    { status: 'ACTIVE', schedulingStrategy: 'DAEMON' },
    { status: 'DRAINING' },
    { status: 'ACTIVE', deployments: [{}, {}] },
    { status: 'ACTIVE', deployments: [{ rolloutState: 'IN_PROGRESS' }] },
  ];
  let shown: object | undefined;
  const { prepare } = await setUp(4, ({ ECS, LoadBalancing }) => ({
    LoadBalancing,
    ECS: {
      ...ECS,
      DescribeServices: serve({
        input: z.unknown(),
        answer: () =>
          shown === undefined
            ? { services: [], failures: [{ reason: 'MISSING' }] }
            : { services: [{ desiredCount: 4, deployments: [{ rolloutState: 'COMPLETED' }], ...shown }] },
      }),
    },
  }));
  expect(await prepare()).toEqual({ ready: false, because: 'ECS does not know the service' });
  for (shown of answers) expect(await prepare()).toMatchObject({ ready: false });
  shown = { status: 'ACTIVE' };
  expect(await prepare()).toMatchObject({ ready: true });
});

it('scales the service, sees it run so many, and restores the count once and for all', async () => {
  const { cloud, port, target, prepared, now } = await setUp(4);
  const undo = await prepared();
  expect(await scaleService.undo(port, target, undo, actContext())).toMatchObject({ undone: true });
  expect(cloud.callLog.counts()['ECS.UpdateService']).toBeUndefined();
  expect(await scaleService.inject(port, target, {}, undo, actContext())).toEqual({
    outcome: 'accepted',
    facts: { former: 4, to: 2 },
  });
  expect(now()).toBe(2);
  expect(await scaleService.confirm(port, target, undo, actContext())).toMatchObject({ effect: 'took-effect' });
  for (const _ of [1, 2]) {
    const undone = await scaleService.undo(port, target, undo, actContext());
    expect(undone).toEqual({ undone: true, because: 'the service desires 4 tasks, as before' });
  }
  expect([now(), cloud.callLog.counts()['ECS.UpdateService']]).toEqual([4, 2]);
});

it('is pending until the tasks run, and failed when another hand sets the count', async () => {
  const { fleet, port, target, arn, prepared } = await setUp(4);
  const undo = await prepared({ to: 6 });
  await scaleService.inject(port, target, {}, undo, actContext());
  const [task] = fleet.tasks(fleet.cluster.arn);
  fleet.removeTask(task?.arn ?? '');
  expect(await scaleService.confirm(port, target, undo, actContext())).toMatchObject({ effect: 'pending' });
  fleet.setDesired(arn, 5);
  expect(await scaleService.confirm(port, target, undo, actContext())).toMatchObject({ effect: 'failed' });
});

it('leaves a count that somebody else set meanwhile, and says so', async () => {
  const { fleet, port, target, arn, prepared, now } = await setUp(4);
  const undo = await prepared();
  await scaleService.inject(port, target, {}, undo, actContext());
  fleet.setDesired(arn, 7);
  expect(await scaleService.undo(port, target, undo, actContext())).toEqual({
    undone: true,
    because: 'left at 7 tasks: somebody else set it since the experiment had set 2 in place of 4',
  });
  expect(now()).toBe(7);
});

it('a service that is gone is undone', async () => {
  const { fleet, port, target, arn, prepared } = await setUp(4);
  const undo = await prepared();
  await scaleService.inject(port, target, {}, undo, actContext());
  fleet.removeService(arn);
  expect(await scaleService.undo(port, target, undo, actContext())).toMatchObject({
    undone: true,
    because: expect.stringMatching(/^gone/),
  });
});

it('ECS’s no is a no, a late act does nothing, and what nobody knows is thrown', async () => {
  let problem = new AwsError('AccessDeniedException', 'no tag');
  let calls = 0;
  const { port, target, prepared } = await setUp(4, ({ ECS, LoadBalancing }) => ({
    LoadBalancing,
    ECS: {
      ...ECS,
      UpdateService: serve({
        input: z.unknown(),
        answer: () => {
          calls += 1;
          throw problem;
        },
      }),
    },
  }));
  const undo = await prepared();
  const inject = (notAfterMs?: number) => scaleService.inject(port, target, {}, undo, actContext('e', notAfterMs));
  expect(await inject(Date.now() - 1_500)).toMatchObject({ outcome: 'failed', facts: { code: 'too-late' } });
  expect(calls).toBe(0);
  expect(await inject()).toEqual({
    outcome: 'failed',
    facts: { code: 'AccessDeniedException', message: 'no tag' },
  });
  problem = new AwsError('ServerException', 'who knows', 500);
  await expect(inject()).rejects.toThrow('who knows');
  expect(calls).toBe(2);
});

it('the local cloud changes nothing but the desired count, of services that it knows', async () => {
  const { cloud, now } = await setUp(4);
  const ecs = cloud.client(ECSClient);
  const update = (service: string, desiredCount: number) =>
    ecs.send(new UpdateServiceCommand({ cluster: 'shop', service, desiredCount }));
  expect((await update('cart', 5)).service).toMatchObject({ desiredCount: 5, runningCount: 5 });
  await expect(update('gone', 5)).rejects.toThrow(ServiceNotFoundException);
  await expect(update('cart', -1)).rejects.toThrow('negative');
  expect(now()).toBe(5);
});
