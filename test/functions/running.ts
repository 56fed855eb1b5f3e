import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { RunningExperiment } from '../../lib/core/running.ts';
import { orderFor, START_MS } from './experiment/fake-world.ts';

/** The targets' ARNs of experiments that never ran. */
export const TASK = 'arn:aws:ecs:eu-west-1:123456789012:task/shop/1';

/** An item in flight of an experiment with `pause-container`, begun at the start of the fake worlds. */
export function aRunning(
  order: Partial<ExperimentOrder> = {},
  more: Partial<RunningExperiment> = {},
): RunningExperiment {
  return {
    order: orderFor({ fault: 'pause-container', ...order }),
    owner: 'owner-1',
    targets: [
      {
        kind: 'task',
        service: 'shop/cart',
        resource: TASK,
        clusterArn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop',
        undo: { instanceId: 'i-0123456789abcdef0', target: TASK, resolved: {} },
      },
    ],
    startedAtMs: START_MS,
    notAfterMs: START_MS + 30_000,
    untilMs: START_MS + 90_000,
    alarms: [],
    aliveUntilMs: START_MS + 240_000,
    status: 'running',
    ...more,
  };
}
