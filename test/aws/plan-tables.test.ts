import { DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { cancel } from '../../functions/plan/cancel.ts';
import { drawToday } from '../../functions/plan/draw-plan.ts';
import type { KeptPlan } from '../../functions/plan/kept-plans.ts';
import { listPlans } from '../../functions/plan/list.ts';
import type { PlanWorld } from '../../functions/plan/world.ts';
import { verifyChains } from '../../lib/audit/chain.ts';
import type { PlanEntry } from '../../lib/audit/plan-parts.ts';
import type { AuditRecord } from '../../lib/audit/record.ts';
import type { RecordStore } from '../../lib/audit/trail.ts';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { Schedules } from '../../lib/aws/schedules.ts';
import { StateTable } from '../../lib/aws/state-table.ts';
import type { ConfigInput } from '../../lib/core/config.ts';
import { tablesAt } from '../../lib/rehearsal/cloud/protocols/dynamodb.ts';
import { schedulerService } from '../../lib/rehearsal/cloud/scheduler.ts';
import { Schedules as CloudSchedules } from '../../lib/rehearsal/cloud/schedules.ts';
import { inOrder } from '../functions/in-order.ts';
import { FakeWorld } from '../functions/plan/fake-world.ts';
import { answered, cancelOf, listOf, TODAY } from '../functions/plan/requests.ts';
import { tagged } from '../functions/tagged.ts';
import { ACCOUNT, REGION } from '../rehearsal/cloud/fake-fleet.ts';
import { serveCloud } from './serve-cloud.ts';
import { pointClientsAt, type StackTables, startStackTables } from './start-stack-tables.ts';

let tables: StackTables;
beforeAll(async () => {
  tables = await startStackTables();
});
afterAll(() => tables.close());

/** An item of DynamoDB, and an event of the bus, each with room for what stands around a record. */
const MOST_ITEM_BYTES = 400_000;
const MOST_EVENT_BYTES = 256 * 1024 - 2_000;

/** Planners that share the stack's tables and one schedule group, each with SDK clients of its own. */
async function plannersOver(fake: FakeWorld, count: number) {
  const options = { accountId: ACCOUNT, region: REGION, groups: ['experiments'], invoke: async () => undefined };
  const cloud = new CloudSchedules(options);
  onTestFinished(() => cloud.close());
  await serveCloud({ services: { Scheduler: schedulerService(cloud) }, tables: tablesAt(tables.endpoint) });
  const target = {
    scheduleGroup: 'experiments',
    functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:experiment:live`,
    roleArn: `arn:aws:iam::${ACCOUNT}:role/strike`,
  };
  const planners = Array.from(
    { length: count },
    (): PlanWorld => ({
      config: fake.config,
      now: fake.now,
      discovery: fake.discovery,
      herald: fake.herald,
      state: new StateTable(tables.state),
      audit: new AuditTable(tables.audit),
      schedules: new Schedules(target),
    }),
  );
  return { planners, namesOf: () => inOrder(cloud.list().map(({ definition }) => definition.Name)) };
}

/** Later than the clock of this machine, which the scheduler goes by. */
function aWorld(day: string): FakeWorld {
  const world = new FakeWorld();
  world.nowMs = Date.parse(`${day}T06:00:00Z`);
  return world;
}

it('two planners at once over the real tables make one plan, and one schedule and one record each', async () => {
  const fake = aWorld('2031-03-03');
  const { planners, namesOf } = await plannersOver(fake, 2);
  const [first, second] = planners;
  if (!(first && second)) throw new Error('two planners were wanted');
  const both = await Promise.all([drawToday(first, TODAY), drawToday(second, TODAY)]);
  const [experiments = []] = both.map(({ plans }) => plans[0]?.experiments);
  expect(experiments).toHaveLength(3);
  expect(both.map(({ plans }) => plans[0]?.experiments)).toEqual([experiments, experiments]);
  expect(inOrder(both.map(({ plans }) => plans[0]?.isNew))).toEqual([false, true]);
  const names = inOrder(experiments.map(({ experiment }) => experiment));
  expect(namesOf()).toEqual(names);
  const audit = new AuditTable(tables.audit);
  const chains = await Promise.all(['plan/2031-03-03-UTC', ...names].map((chain) => audit.readChain(chain)));
  expect(chains.map((chain) => chain.map(({ kind }) => kind))).toEqual([
    ['plan-drawn', 'plan-part'],
    ['planned'],
    ['planned'],
    ['planned'],
  ]);
  expect(verifyChains(chains.flat())).toEqual([]);

  // Cancelled over one client, it is cancelled for the other.
  const [cancelled = ''] = names;
  expect(await cancel(first, cancelOf(cancelled))).toMatchObject({ cancelled: true, recorded: true });
  expect(namesOf()).toEqual(names.slice(1));
  const listed = (await listPlans(second, listOf({ days: 8 }))).plans.find(({ name }) => name === '2031-03-03-UTC');
  expect(new Map(listed?.experiments.map(({ experiment, status }) => [experiment, status]))).toEqual(
    new Map(names.map((name) => [name, name === cancelled ? 'cancelled' : 'waiting'])),
  );
});

/** Every record of a chain as the table keeps it, in bytes. */
async function itemSizes(chain: string): Promise<number[]> {
  const client = new DynamoDBClient({});
  onTestFinished(() => client.destroy());
  const query = {
    TableName: tables.audit,
    KeyConditionExpression: 'chain = :chain',
    ExpressionAttributeValues: { ':chain': { S: chain } },
  };
  const sizes: number[] = [];
  for await (const { Items = [] } of paginateQuery({ client }, query)) {
    for (const item of Items) sizes.push(Buffer.byteLength(JSON.stringify(item)));
  }
  return sizes;
}

/** The plan's own records go to the table; those of its experiments, one each, would only take their time there. */
function planRecordsOnly(): { audit: RecordStore; others: () => number } {
  const table = new AuditTable(tables.audit);
  const others = new Map<string, AuditRecord>();
  const isPlan = (chain: string): boolean => chain.startsWith('plan/');
  const audit: RecordStore = {
    putIfAbsent: async (record) => {
      if (isPlan(record.chain)) return table.putIfAbsent(record);
      if (others.has(record.chain)) return 'taken';
      others.set(record.chain, record);
      return 'put';
    },
    read: async (chain, sequence) => (isPlan(chain) ? table.read(chain, sequence) : others.get(chain)),
    readChain: (chain) => table.readChain(chain),
    readLast: (chain) => table.readLast(chain),
  };
  return { audit, others: () => others.size };
}

const CEILING = { budgets: { maxInFlight: 1, maxPerHour: 3, maxPerDay: 10 } };

it.each<[string, string, ConfigInput, least: number, most: number]>([
  ['by chance, under the ceiling of ten a day', '2031-03-04', { profiles: {}, ...CEILING }, 10, 10],
  ['by chance, without a ceiling', '2031-03-05', { profiles: {} }, 1_500, 2_500],
])(
  'the plan of 10,000 groups is kept and recorded whole, %s: each group in exactly one part',
  async (_, day, config, least, most) => {
    const { audit, others } = planRecordsOnly();
    const fake = new FakeWorld(config);
    fake.nowMs = Date.parse(`${day}T06:00:00Z`);
    fake.services = Array.from({ length: 9_990 }, (_, n) => tagged(`a-service-with-a-usual-name-${n}`));
    for (let n = 0; n < 10; n++) fake.services.push(tagged(`odd-${n}`, { 'chaos:mean-days': 'often' }));
    pointClientsAt(tables.endpoint);
    const world: PlanWorld = {
      config: fake.config,
      now: fake.now,
      discovery: fake.discovery,
      herald: fake.herald,
      schedules: fake.schedules,
      state: new StateTable(tables.state),
      audit,
    };
    const [plan = expect.fail('no plan')] = (await drawToday(world, TODAY)).plans;
    const counted = plan.experiments.length + Object.values(plan.notPlanned).reduce((sum, count) => sum + count, 0);
    expect(counted).toBe(9_990);
    expect(plan.experiments.length).toBeGreaterThanOrEqual(least);
    expect(plan.experiments.length).toBeLessThanOrEqual(most);
    expect(others()).toBe(plan.experiments.length);

    const chain = `plan/${day}-UTC`;
    const records = await new AuditTable(tables.audit).readChain(chain);
    expect(verifyChains(records)).toEqual([]);
    const [drawn, ...parts] = records;
    expect(drawn).toMatchObject({
      kind: 'plan-drawn',
      facts: { planned: plan.experiments.length, notPlanned: plan.notPlanned, refused: 10, parts: parts.length },
    });
    expect(parts.map(({ facts }) => [facts.part, facts.of])).toEqual(parts.map((_, n) => [n + 1, parts.length]));
    const groups = parts.flatMap(({ facts }) => facts.groups as PlanEntry[]).map(({ group }) => group);
    expect(groups).toHaveLength(10_000);
    expect(new Set(groups)).toEqual(new Set(fake.services.map(({ service }) => `shop/${service}`)));
    for (const size of await itemSizes(chain)) expect(size).toBeLessThan(MOST_ITEM_BYTES);
    for (const record of fake.told) expect(bytes(record)).toBeLessThan(MOST_EVENT_BYTES);
    expect(new Set(fake.told.map(({ chain, sequence }) => `${chain} ${sequence}`)).size).toBe(
      records.length + plan.experiments.length,
    );

    // The state item is read back as it was drawn, without the list that the audit has.
    const kept = await world.state.read<KeptPlan>('plan', `${day}-UTC`);
    expect(kept?.body).toMatchObject({ isScheduled: true, notPlanned: [], counts: plan.notPlanned });
    expect(answered(kept?.body.experiments)).toEqual(plan.experiments);
    const again = await drawToday(world, TODAY);
    expect(again.plans).toEqual([{ ...plan, isNew: false }]);
  },
);

const bytes = (record: AuditRecord): number => Buffer.byteLength(JSON.stringify(record));
