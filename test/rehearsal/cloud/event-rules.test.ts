import { expect, it } from 'vitest';
import { EventRules } from '../../../lib/rehearsal/cloud/event-rules.ts';
import type { ProvisionedPermission, ProvisionedRule } from '../../../lib/rehearsal/cloud/provision-alerting.ts';
import { createTopics } from '../../../lib/rehearsal/cloud/topics.ts';

const ACCOUNT = '123456789012';
const FUNCTION = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:halt:live`;
const RULE = `arn:aws:events:eu-west-1:${ACCOUNT}:rule/alarms`;
const PERMISSION: ProvisionedPermission = {
  Action: 'lambda:InvokeFunction',
  FunctionName: FUNCTION,
  Principal: 'events.amazonaws.com',
  SourceArn: RULE,
};

async function delivered(
  more: { rule?: Partial<ProvisionedRule>; permission?: Partial<ProvisionedPermission>; refuse?: boolean } = {},
) {
  const calls: [string, unknown][] = [];
  const log: string[] = [];
  const rule = { name: 'alarms', arn: RULE, bus: 'default', enabled: true, pattern: { source: ['shop'] } };
  const rules = new EventRules({
    rules: [{ ...rule, targets: [{ arn: FUNCTION, input: null }], ...more.rule }],
    permissions: [{ ...PERMISSION, ...more.permission }],
    accountId: ACCOUNT,
    region: 'eu-west-1',
    topics: createTopics([]),
    invoke: async (arn, payload) => {
      if (more.refuse) throw new Error('Function not found');
      calls.push([arn, JSON.parse(payload)]);
    },
    onLog: (sentence) => log.push(sentence),
  });
  const at = new Date('2026-03-02T10:00:00.700Z');
  const event = { id: 'e', bus: 'default', source: 'shop', detailType: 'sold', detail: { a: 1 }, resources: [], at };
  rules.take(event);
  await rules.close();
  return { calls, log };
}

it('an event that fits is handed to the function as EventBridge shapes it', async () => {
  const { calls, log } = await delivered();
  const time = '2026-03-02T10:00:00Z';
  const shown = { version: '0', id: 'e', 'detail-type': 'sold', source: 'shop', account: ACCOUNT, time };
  expect(calls).toEqual([[FUNCTION, { ...shown, region: 'eu-west-1', resources: [], detail: { a: 1 } }]]);
  expect(log).toEqual([]);
});

it('a target with an input of its own gets that instead', async () => {
  const { calls } = await delivered({ rule: { targets: [{ arn: FUNCTION, input: '{"do":"halt"}' }] } });
  expect(calls).toEqual([[FUNCTION, { do: 'halt' }]]);
});

it.each([
  ['is disabled', { enabled: false }],
  ['is on another bus', { bus: 'records' }],
  ['wants other events', { pattern: { source: ['bank'] } }],
])('a rule that %s calls nobody', async (_, rule) => {
  expect(await delivered({ rule })).toEqual({ calls: [], log: [] });
});

it.each<[string, Partial<ProvisionedPermission>, boolean]>([
  ['any rule of the account', { SourceArn: `arn:aws:events:*:${ACCOUNT}:rule/*` }, true],
  ['any source', { SourceArn: undefined }, true],
  ['the account', { SourceAccount: ACCOUNT }, true],
  ['another account', { SourceAccount: '999999999999' }, false],
  ['another rule', { SourceArn: `${RULE}-2` }, false],
  ['another service', { Principal: 'sns.amazonaws.com' }, false],
  ['another action', { Action: 'lambda:GetFunction' }, false],
  ['the function without its alias', { FunctionName: 'halt' }, false],
  ['the alias by name', { FunctionName: 'halt:live' }, true],
])('a permission for %s lets the rule in: %j → %s', async (_, permission, isLet) => {
  const { calls, log } = await delivered({ permission });
  expect([calls.length, log.length]).toEqual(isLet ? [1, 0] : [0, 1]);
});

it('a function that does not take the event, and a topic that is not there, are told in the log', async () => {
  expect((await delivered({ refuse: true })).log).toEqual([expect.stringContaining('Function not found')]);
  const arn = `arn:aws:sns:eu-west-1:${ACCOUNT}:nobody`;
  expect((await delivered({ rule: { targets: [{ arn, input: null }] } })).log).toEqual([
    expect.stringContaining('there is no topic'),
  ]);
});
