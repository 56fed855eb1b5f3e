import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stopReason, stopTask, type TaskStopper } from '../../lib/faults/stop-task.ts';

type Described = Awaited<ReturnType<TaskStopper['describeTask']>>;
type Stopped = Awaited<ReturnType<TaskStopper['stopTask']>>;

const target = {
  kind: 'task' as const,
  service: 'shop/checkout',
  resource: 'arn:aws:ecs:eu-west-1:111122223333:task/shop/abc',
  clusterArn: 'arn:cluster/shop',
};
const context = { experiment: 'shop-checkout-1', reason: 'to learn' };

/** ECS as far as the fault sees it; remembers what it was asked. */
function anEcs({ stopped = {}, described }: { stopped?: Stopped | Error; described?: Described }) {
  const asked: string[][] = [];
  const port: TaskStopper = {
    stopTask: async (...call) => {
      asked.push(call);
      if (stopped instanceof Error) throw stopped;
      return stopped;
    },
    describeTask: async (...call) => {
      asked.push(call);
      return described;
    },
  };
  return { port, asked };
}

const gone = (changes: Partial<NonNullable<Described>> = {}): Described => ({
  lastStatus: 'STOPPED',
  desiredStatus: 'STOPPED',
  stopCode: 'UserInitiated',
  stoppedReason: stopReason(context),
  ...changes,
});

const act = { ...context, notAfterMs: 0, untilMs: 0, alarms: [], installTools: false, now: Date.now };

describe('the reason of a stop', () => {
  it('names the experiment before anything else', () => {
    expect(stopReason(context)).toBe('Capuchin experiment shop-checkout-1: to learn');
  });

  it('never has more characters than ECS takes, and names the experiment however long the reason is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/), fc.string({ maxLength: 3000 }), (experiment, reason) => {
        const text = stopReason({ experiment, reason });
        expect(text.length).toBeLessThanOrEqual(1024);
        expect(text.startsWith(`Capuchin experiment ${experiment}: `)).toBe(true);
      }),
    );
    expect(stopReason({ experiment: 'e', reason: 'x'.repeat(3000) })).toHaveLength(1024);
  });
});

describe('the act of stop-task', () => {
  it('stops the task in its cluster once, with that reason', async () => {
    const { port, asked } = anEcs({ stopped: { lastStatus: 'RUNNING' } });
    expect(await stopTask.inject(port, target, {}, {}, act)).toEqual({
      outcome: 'accepted',
      facts: { lastStatus: 'RUNNING' },
    });
    expect(asked).toEqual([[target.clusterArn, target.resource, stopReason(context)]]);
  });

  it('failed when ECS said no, with its words', async () => {
    const refused = { code: 'AccessDeniedException', message: 'no tag' };
    const { port } = anEcs({ stopped: { refused } });
    expect(await stopTask.inject(port, target, {}, {}, act)).toEqual({ outcome: 'failed', facts: refused });
  });

  it('is neither when nobody can tell', async () => {
    const { port } = anEcs({ stopped: new Error('socket hang up') });
    await expect(stopTask.inject(port, target, {}, {}, act)).rejects.toThrow('socket hang up');
  });
});

describe('the confirmation of stop-task', () => {
  const confirm = async (described: Described, under = context) => {
    const { port, asked } = anEcs({ described });
    const confirmation = await stopTask.confirm(port, target, {}, under);
    expect(asked).toEqual([[target.clusterArn, target.resource]]);
    return confirmation;
  };

  it('comes when the task is STOPPED by a user in the name of the experiment', async () => {
    expect(await confirm(gone())).toEqual({
      effect: 'took-effect',
      because: 'STOPPED with UserInitiated, in the name of this experiment',
    });
  });

  it.each(['RUNNING', 'DEACTIVATING', 'STOPPING', 'DEPROVISIONING'])(
    'is pending while the task is %s',
    async (lastStatus) => {
      expect(await confirm(gone({ lastStatus }))).toEqual({ effect: 'pending', because: `the task is ${lastStatus}` });
    },
  );

  it.each([
    ['died by itself', { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' }],
    ['was stopped by the service', { stopCode: 'ServiceSchedulerInitiated', stoppedReason: stopReason(context) }],
    ['was stopped by a person', { stoppedReason: 'Task stopped by user' }],
    ['was stopped by another experiment', { stoppedReason: 'Capuchin experiment shop-checkout-2: to learn' }],
    [
      'was stopped by one whose name begins with this one',
      { stoppedReason: 'Capuchin experiment shop-checkout-12: x' },
    ],
    [
      'was stopped by one whose name ends with this one',
      { stoppedReason: 'Capuchin experiment my-shop-checkout-1: x' },
    ],
    [
      'was stopped by one that only speaks of this one',
      { stoppedReason: 'Capuchin experiment z: again as in Capuchin experiment shop-checkout-1: x' },
    ],
    ['has no reason', { stopCode: undefined, stoppedReason: undefined }],
  ])('fails when the task %s', async (_, changes) => {
    const { effect, because } = await confirm(gone(changes));
    expect(effect).toBe('failed');
    expect(because).toContain('the task stopped by another hand');
  });

  it('fails when ECS does not know the task', async () => {
    expect(await confirm(undefined)).toMatchObject({ effect: 'failed' });
  });
});
