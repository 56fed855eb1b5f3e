import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { admit } from '../../functions/experiment/admit.ts';
import { release } from '../../functions/experiment/claims.ts';
import { inject } from '../../functions/experiment/inject.ts';
import type { ExperimentWorld } from '../../functions/experiment/world.ts';
import { faultPort } from '../../functions/fault-port.ts';
import type { AuditRecord } from '../../lib/audit/record.ts';
import { Alarms } from '../../lib/aws/alarms.ts';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { ChangeCalendars } from '../../lib/aws/change-calendars.ts';
import { Ecs } from '../../lib/aws/ecs.ts';
import { Functions } from '../../lib/aws/functions.ts';
import { Hosts } from '../../lib/aws/hosts.ts';
import { LoadBalancers } from '../../lib/aws/load-balancers.ts';
import { Metrics } from '../../lib/aws/metrics.ts';
import { RecordBus } from '../../lib/aws/record-bus.ts';
import { StateTable } from '../../lib/aws/state-table.ts';
import { SwitchBoard, switchText } from '../../lib/aws/switches.ts';
import { changeCalendars } from '../../lib/rehearsal/cloud/calendars.ts';
import { cloudWatchOperations } from '../../lib/rehearsal/cloud/cloudwatch.ts';
import { ecsOperations } from '../../lib/rehearsal/cloud/ecs.ts';
import { createMetricStore } from '../../lib/rehearsal/cloud/metric-store.ts';
import { type ServedService, serve } from '../../lib/rehearsal/cloud/operation.ts';
import { parameterStore } from '../../lib/rehearsal/cloud/parameters.ts';
import { tablesAt } from '../../lib/rehearsal/cloud/protocols/dynamodb.ts';
import { aConfig } from '../core/examples.ts';
import { orderFor, START_MS } from '../functions/experiment/fake-world.ts';
import { inOrder } from '../functions/in-order.ts';
import { FakeFleet } from '../rehearsal/cloud/fake-fleet.ts';
import { serveCloud } from './serve-cloud.ts';
import { type StackTables, startStackTables } from './start-stack-tables.ts';

/** A moment in which no call comes: whoever was going to call in this round has called. */
const QUIET_MS = 600;

/**
 * Lets calls through in rounds: all that wait are answered together once no other comes. A call that needs another's answer is
 * so always in a later round, however quick the machine is.
 */
class Rounds {
  readonly calls: string[][] = [];
  #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  through(name: string): Promise<void> {
    if (this.#waiting.length === 0) this.calls.push([]);
    this.calls.at(-1)?.push(name);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      for (const go of this.#waiting.splice(0)) go();
    }, QUIET_MS);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  gate(service: string, operations: ServedService): ServedService {
    const gated = Object.entries(operations).map(([name, { input, answer }]) => {
      const waits = serve({
        input,
        answer: async (asked, caller) => {
          await this.through(`${service}.${name}`);
          return answer(asked, caller);
        },
      });
      return [name, waits] as const;
    });
    return Object.fromEntries(gated);
  }
}

let tables: StackTables;
beforeAll(async () => {
  tables = await startStackTables();
});
afterAll(() => tables.close());

const NAMES = { lever: '/Capuchin/lever', leash: '/Capuchin/leash' };
const FAULTS = ['stop-task', 'pause-container'];
const BY = { reason: 'r', actor: 'a', at: 'x' };
const PROBE = {
  type: 'metric',
  name: 'errors',
  metrics: { errors: { namespace: 'Test', metric: 'Errors', statistic: 'Sum' } },
  comparator: '<=',
  threshold: 1,
  periodSeconds: 5,
  delaySeconds: 0,
} as const;

/** Three tasks of a service, each on a container host of its own when a fault needs one. */
function aFleet(launchType: 'FARGATE' | 'EC2'): FakeFleet {
  const fleet = new FakeFleet();
  const shop = fleet.addCluster('shop');
  const tags = { 'chaos:opt-in': 'true' };
  const cart = fleet.addService(shop, 'cart', { desired: 3, tags, launchType, propagateTags: 'SERVICE' });
  for (let n = 0; n < 3; n++) {
    const arn = `${shop.arn.replace(':cluster/', ':container-instance/')}/${String(n).padStart(32, '0')}`;
    if (launchType === 'EC2') fleet.addHost(null, { containerInstance: { arn, clusterArn: shop.arn } });
    fleet.addTask(cart, launchType === 'EC2' ? { containerInstanceArn: arn } : {});
  }
  return fleet;
}

/** What counts here is that it is called. */
const sendCommand = serve({
  input: z.looseObject({ DocumentName: z.literal('Capuchin-pause-container') }),
  answer: () => ({ Command: { CommandId: '11111111-2222-4333-8444-555555555555' } }),
});

/** A world whose every call over the wire waits for its round. */
async function aWorld(rounds: Rounds, fleet: FakeFleet): Promise<ExperimentWorld> {
  const metrics = createMetricStore();
  for (let second = -30; second < 0; second++) {
    metrics.put({
      namespace: 'Test',
      metric: 'Errors',
      dimensions: {},
      at: new Date(START_MS + second * 1000),
      values: [0],
    });
  }
  const calendars = changeCalendars({ now: () => new Date(START_MS) });
  for (const name of ['changes', 'holidays']) calendars.set(name, 'OPEN');
  const parameters = parameterStore(
    new Map([
      [NAMES.lever, switchText(false, BY)],
      [NAMES.leash, switchText(false, BY)],
    ]),
    { calendars },
  );
  const behind = tablesAt(tables.endpoint);
  await serveCloud({
    services: {
      ECS: rounds.gate('ECS', ecsOperations(fleet)),
      CloudWatch: rounds.gate('CloudWatch', cloudWatchOperations(metrics)),
      SSM: rounds.gate('SSM', { ...parameters.operations, SendCommand: sendCommand }),
    },
    tables: {
      handle: async (operation, body, headers) => {
        await rounds.through(`DynamoDB.${operation}`);
        return behind.handle(operation, body, headers);
      },
    },
  });
  const ecs = new Ecs();
  return {
    config: aConfig({
      profiles: { default: { faults: FAULTS, steadyState: [{ type: 'service-stable' }, PROBE] } },
      changeCalendars: ['changes', 'holidays'],
    }),
    now: () => START_MS,
    ecs,
    hostGroups: new Hosts(),
    metrics: new Metrics(),
    changeCalendars: new ChangeCalendars(),
    switches: new SwitchBoard(NAMES),
    audit: new AuditTable(tables.audit),
    state: new StateTable(tables.state),
    herald: {
      tell: (records: readonly AuditRecord[]) => new RecordBus('records').tell(records),
      announce: async () => 0,
    },
    alarms: new Alarms(),
    loadBalancers: new LoadBalancers(),
    functions: new Functions(),
    port: faultPort(ecs, 'Capuchin-'),
  };
}

const ALWAYS = [
  'CloudWatch.GetMetricData',
  'DynamoDB.GetItem',
  'DynamoDB.GetItem',
  'DynamoDB.GetItem',
  'DynamoDB.GetItem',
  // Group, account, the experiment itself, and the record of its start.
  'DynamoDB.PutItem',
  'DynamoDB.PutItem',
  'DynamoDB.PutItem',
  'DynamoDB.PutItem',
  'DynamoDB.Query',
  'ECS.DescribeClusters',
  'ECS.DescribeServices',
  'ECS.DescribeTasks',
  'ECS.GetTaskProtection',
  'ECS.ListTasks',
  'SSM.GetCalendarState',
  'SSM.GetCalendarState',
  // Once for the guards, and once more right before the act.
  'SSM.GetParameters',
  'SSM.GetParameters',
];

it.each([
  ['stop-task', 'FARGATE', 'ECS.StopTask', []],
  ['pause-container', 'EC2', 'SSM.SendCommand', ['ECS.DescribeContainerInstances']],
] as const)(
  'a strike with %s is at most six rounds of calls from due to act, the very first of a group too',
  async (fault, launchType, act, more) => {
    const rounds = new Rounds();
    const world = await aWorld(rounds, aFleet(launchType));
    const order = orderFor({ experiment: `${fault}-1`, group: 'shop/cart', fault, skip: ['spacing'] });
    const owner = `owner of ${fault}`;
    onTestFinished(() => release(world.state, { ...order, owner }, false));
    const admission = await admit(world, order, owner);
    expect(admission.kind === 'admitted' ? admission.kind : admission.because).toBe('admitted');
    if (admission.kind !== 'admitted') return;
    const { running } = admission;
    const [target = expect.fail('no target')] = running.targets;
    expect(await inject(world, running, target)).toMatchObject({ outcome: 'accepted' });
    expect(rounds.calls.at(-1)).toEqual([act]);
    expect(rounds.calls.length, JSON.stringify(rounds.calls)).toBeLessThanOrEqual(6);
    expect(inOrder(rounds.calls.flat())).toEqual(inOrder([...ALWAYS, ...more, act]));
  },
);
