import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULTS } from '../../lib/faults/catalogue.ts';
import { inOrder } from '../functions/in-order.ts';
import { type Statement, statementsOf } from './iam-statements.ts';
import { type Synthesized, synthesizeTemplate } from './synthesize-template.ts';

const GOLDEN = path.join(import.meta.dirname, 'iam-statements.golden.json');
/** Actions that change nothing; whatever else a statement allows acts. */
const LOOKING = /^[a-z0-9-]+:(Get|List|Describe|Query)/;

let synthesized: Synthesized;
let statements: Statement[];
beforeAll(async () => {
  synthesized = await synthesizeTemplate();
  statements = statementsOf(synthesized.stack);
});
afterAll(() => synthesized.remove());

const allowing = (all: readonly Statement[], action: string): Statement[] =>
  all.filter(({ effect, actions }) => effect === 'Allow' && actions.some((one) => matches(one, action)));

/** Whether a policy's action, with its wildcards, covers an action. */
function matches(pattern: string, action: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 'i').test(action);
}

it('is what was reviewed: a changed statement is changed here too, by hand and with thought', () => {
  // UPDATE_GOLDEN=1 writes the file anew; the difference is what a reviewer reads.
  if (process.env.UPDATE_GOLDEN) writeFileSync(GOLDEN, `${JSON.stringify(statements, null, 2)}\n`);
  expect(statements).toEqual(JSON.parse(readFileSync(GOLDEN, 'utf8')));
});

describe.each(['chaos:', 'our team/'])('with the tag prefix "%s"', (tagPrefix) => {
  let own: Synthesized;
  let all: Statement[];
  beforeAll(async () => {
    own = tagPrefix === 'chaos:' ? synthesized : await synthesizeTemplate({ config: { tagPrefix } });
    all = statementsOf(own.stack);
  });
  afterAll(() => (own === synthesized ? undefined : own.remove()));

  it('StopTask is allowed to the experiment function alone, on tasks of this account, with the opt-in tag', () => {
    const [stopping = expect.fail('nobody may stop tasks'), ...others] = allowing(all, 'ecs:StopTask');
    expect(others).toEqual([]);
    expect(stopping.role).toMatch(/^\{Functionsexperiment/);
    expect(stopping.resources).toEqual(['arn:{AWS::Partition}:ecs:{AWS::Region}:{AWS::AccountId}:task/*']);
    expect(stopping.condition).toEqual({ StringEquals: { [`aws:ResourceTag/${tagPrefix}opt-in`]: 'true' } });
  });
});

it('nothing that acts is allowed on everything', () => {
  for (const { effect, actions, resources, role } of statements) {
    if (effect !== 'Allow' || !resources.includes('*')) continue;
    const acting = actions.filter((action) => !LOOKING.test(action));
    expect(acting, `${role} may do this to anything`).toEqual([]);
  }
});

it('nothing is allowed by wildcard', () => {
  for (const { effect, actions, role } of statements) {
    if (effect === 'Allow')
      expect(
        actions.filter((action) => action.includes('*')),
        role,
      ).toEqual([]);
  }
});

it('nobody may tag or untag anything, and so open the fence; but mark what it makes itself while it makes it, with another key', () => {
  const tagging = /Tag(s|Resource|Resources|ParameterResource)?$|CreateTags|AddTags|TagsToResource/i;
  const allowed = statements.filter(({ effect }) => effect === 'Allow');
  const marking = allowed.filter(({ actions }) => actions.some((one) => tagging.test(one) && !LOOKING.test(one)));
  for (const { role, actions, condition } of marking) {
    expect(role).toMatch(/^\{Functionsexperiment/);
    expect(actions).toEqual(['elasticloadbalancing:AddTags']);
    expect(condition).toMatchObject({
      StringEquals: { 'elasticloadbalancing:CreateAction': expect.anything() },
      'ForAllValues:StringEquals': { 'aws:TagKeys': expect.anything() },
    });
    expect(JSON.stringify(condition)).not.toContain('opt-in');
  }
  for (const action of [
    'ecs:TagResource',
    'ec2:CreateTags',
    'tag:TagResources',
    'autoscaling:CreateOrUpdateTags',
    'ssm:AddTagsToResource',
  ]) {
    expect(allowing(statements, action), action).toEqual([]);
  }
});

it('no role’s own policies are longer than IAM takes: 10,240 characters without blanks', () => {
  const roles = Map.groupBy(statements, ({ role }) => role);
  for (const [role, own] of roles) {
    // With an account, a region and the names of a deployment filled in, a reference becomes longer or shorter; ours are about as long.
    const text = JSON.stringify(own.map(({ role: _, ...statement }) => statement));
    expect(text.length, role).toBeLessThan(10_240);
  }
});

it('every role that may add to the audit is denied changing and deleting it', () => {
  const writers = allowing(statements, 'dynamodb:PutItem').filter(({ resources }) =>
    resources.some((one) => one.startsWith('{TablesAudit')),
  );
  expect(inOrder(writers.map(({ role }) => role))).toEqual([
    expect.stringMatching(/^\{Functionscommand/),
    expect.stringMatching(/^\{Functionsexperiment/),
    expect.stringMatching(/^\{Functionshalt/),
    expect.stringMatching(/^\{Functionsplan/),
    expect.stringMatching(/^\{Functionssweep/),
  ]);
  const forbidden = [
    'UpdateItem',
    'DeleteItem',
    'BatchWriteItem',
    'DeleteTable',
    'PartiQLUpdate',
    'PartiQLDelete',
    'PartiQLInsert',
  ];
  for (const { role, resources } of writers) {
    const denials = statements.filter((one) => one.role === role && one.effect === 'Deny');
    for (const action of forbidden) {
      const denying = denials.find(({ actions }) => actions.some((one) => matches(one, `dynamodb:${action}`)));
      const audit = resources.filter((one) => one.startsWith('{TablesAudit'));
      expect(denying?.resources, `${role}: ${action}`).toEqual(expect.arrayContaining(audit));
    }
  }
});

it('nobody may change or delete items of any table but by putting them', () => {
  for (const action of ['dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem', 'dynamodb:Scan']) {
    expect(allowing(statements, action), action).toEqual([]);
  }
});

it('the planner may hand the scheduler one role only, and only the scheduler', () => {
  const [passing = expect.fail('nobody may pass a role'), ...others] = allowing(statements, 'iam:PassRole');
  expect(others).toEqual([]);
  expect(passing.role).toMatch(/^\{Functionsplan/);
  expect(passing.resources).toEqual(['{PlannerStrikeRole.Arn}']);
  expect(passing.condition).toEqual({ StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } });
});

it('switches are read by the experiment function and turned by the command function', () => {
  const turning = allowing(statements, 'ssm:PutParameter');
  expect(turning.map(({ role }) => role)).toEqual(turning.map(() => expect.stringMatching(/^\{Functionscommand/)));
  expect(
    turning.flatMap(({ resources }) => resources).every((one) => /parameter\{Switches(Lever|Leash)\}/.test(one)),
  ).toBe(true);
  for (const { role } of allowing(statements, 'ssm:GetParameters'))
    expect(role).toMatch(/^\{Functions(experiment|command)/);
});

it('each fault of the catalogue may do what it declares, and no other acting is allowed', () => {
  const declared = [...FAULTS.values()].flatMap(({ permissions }) => permissions.flatMap(({ actions }) => actions));
  for (const action of declared) expect(allowing(statements, action), action).not.toEqual([]);
  const acting = statements
    .filter(({ effect, role }) => effect === 'Allow' && role.startsWith('{Functionsexperiment'))
    .flatMap(({ actions }) => actions.filter((action) => action.startsWith('ecs:') && !LOOKING.test(action)));
  for (const action of acting) expect(declared).toContain(action);
});

it('Change Calendars are read by the experiment function, those that the config names and no others', async () => {
  expect(allowing(statements, 'ssm:GetCalendarState')).toEqual([]);
  const foreign = 'arn:aws:ssm:eu-west-1:123456789012:document/releases';
  const own = await synthesizeTemplate({ config: { changeCalendars: ['ours', foreign] } });
  const [reading = expect.fail('nobody may read calendars'), ...others] = allowing(
    statementsOf(own.stack),
    'ssm:GetCalendarState',
  );
  await own.remove();
  expect(others).toEqual([]);
  expect(reading.role).toMatch(/^\{Functionsexperiment/);
  expect(reading.resources).toEqual(
    inOrder(['arn:{AWS::Partition}:ssm:{AWS::Region}:{AWS::AccountId}:document/ours', foreign]),
  );
});

it('checks are invoked by the experiment function, those that probes of the config name, each as it is named', async () => {
  const invokedBy = (all: readonly Statement[]): Statement[] =>
    allowing(all, 'lambda:InvokeFunction').filter(({ role }) => role.startsWith('{Functionsexperiment'));
  expect(invokedBy(statements)).toEqual([]);
  const check = (functionName: string) => ({ type: 'lambda' as const, name: functionName, functionName });
  const foreign = 'arn:aws:lambda:eu-west-1:123456789012:function:theirs:7';
  const config = {
    profiles: { default: { steadyState: [check('shop-check'), check('shop-check:live')] } },
    hypotheses: { 'shop/cart': [{ type: 'service-stable' as const }, check('shop-check'), check(foreign)] },
  };
  const own = await synthesizeTemplate({ config });
  const [invoking = expect.fail('the checks may not be invoked'), ...others] = invokedBy(statementsOf(own.stack));
  await own.remove();
  expect(others).toEqual([]);
  const ours = 'arn:{AWS::Partition}:lambda:{AWS::Region}:{AWS::AccountId}:function:shop-check';
  expect(invoking).toMatchObject({
    actions: ['lambda:InvokeFunction'],
    resources: inOrder([ours, `${ours}:live`, foreign]),
  });
});

it('the planner makes and deletes schedules of its own group only', () => {
  for (const action of ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule']) {
    const [one = expect.fail(`nobody may ${action}`), ...others] = allowing(statements, action);
    expect(others).toEqual([]);
    expect(one.role).toMatch(/^\{Functionsplan/);
    expect(one.resources).toEqual([expect.stringMatching(/:schedule\/\{PlannerExperiments\}\/\*$/)]);
  }
});
