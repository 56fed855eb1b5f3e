import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { CfnResource } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRequestSchema } from '../../functions/plan/request.ts';
import { AUDIT_INDEXES } from '../../lib/aws/audit-table.ts';
import { readDeployment } from '../../lib/aws/deployment.ts';
import { SwitchBoard } from '../../lib/aws/switches.ts';
import { parameterStore } from '../../lib/rehearsal/cloud/parameters.ts';
import { provision } from '../../lib/rehearsal/cloud/provision.ts';
import { serveCloud } from '../aws/serve-cloud.ts';
import { aConfig } from '../core/examples.ts';
import { inOrder } from '../functions/in-order.ts';
import { ACCOUNT, REGION } from '../rehearsal/cloud/fake-fleet.ts';
import { type Synthesized, synthesizeTemplate } from './synthesize-template.ts';

const CONFIG = { seed: 'ours', tagPrefix: 'monkey:', budgets: { maxPerDay: 4 } };
const FUNCTIONS = ['command', 'experiment', 'halt', 'plan', 'sweep'];

let synthesized: Synthesized;
let template: Template;
beforeAll(async () => {
  synthesized = await synthesizeTemplate({ config: CONFIG, bundle: true });
  template = Template.fromStack(synthesized.stack);
});
afterAll(() => synthesized.remove());

const provisioned = () => provision(synthesized.assembly, { accountId: ACCOUNT, region: REGION });

describe('functions', () => {
  it('are five, each on arm64 and Node 24, with memory, timeout and log group of their own', () => {
    const resources = synthesized.stack.node.findAll().filter((node) => node instanceof CfnResource);
    const functions = resources.filter((node) => node instanceof CfnFunction);
    expect(inOrder(functions.map(({ description }) => description))).toEqual(
      FUNCTIONS.map((name) => `Capuchin: ${name}`),
    );
    for (const one of functions) {
      expect([one.runtime, one.architectures, one.memorySize]).toEqual(['nodejs24.x', ['arm64'], 512]);
      expect(one.timeout).toBeGreaterThan(0);
      expect(one.loggingConfig).toMatchObject({ logGroup: expect.anything() });
    }
    const logs = resources.filter((node) => node instanceof CfnLogGroup);
    expect(logs).toHaveLength(functions.length);
    for (const { retentionInDays } of logs) expect(retentionInDays).toBeGreaterThanOrEqual(30);
  });

  it('are never tried again by Lambda, what comes late or twice must not act; but for halt, which must get through', () => {
    const rules = Object.values(template.findResources('AWS::Lambda::EventInvokeConfig')).map(
      ({ Properties }) => Properties,
    );
    expect(rules).toHaveLength(5);
    const { functions } = provisioned();
    for (const { eventInvoke, logicalId } of functions) {
      const qualifier = logicalId.startsWith('Functionsexperiment') ? 'live' : '$LATEST';
      const tries = logicalId.startsWith('Functionshalt') ? 2 : 0;
      expect(eventInvoke[qualifier]?.maximumRetryAttempts, logicalId).toBe(tries);
    }
    expect(functions.find(({ durable }) => durable)?.eventInvoke.live?.maximumEventAgeSeconds).toBe(300);
  });

  it('start experiments through an alias, so that one that runs keeps its code', () => {
    const { functions } = provisioned();
    const experiment = functions.find(({ durable }) => durable);
    expect(experiment?.aliases).toEqual({ live: '1' });
    expect(experiment?.durable?.executionTimeoutSeconds).toBe(12 * 3600);
    for (const { logicalId, environment } of functions) {
      if (/^Functions(plan|command)/.test(logicalId))
        expect(environment.EXPERIMENT_FUNCTION).toBe(`${experiment?.arn}:live`);
    }
  });

  it('are bundled below 400 KB, the one with all the faults below 544 KB, with the config that was given and without the SDK', () => {
    for (const { logicalId, codeFolder } of provisioned().functions) {
      const code = path.join(codeFolder, 'index.mjs');
      expect(statSync(code).size, logicalId).toBeLessThan((/^Functionsexperiment/.test(logicalId) ? 544 : 400) * 1024);
      expect(readFileSync(code, 'utf8'), logicalId).toMatch(/from\s?["']@aws-sdk\/client-/);
      const config = JSON.parse(readFileSync(path.join(codeFolder, 'config.json'), 'utf8'));
      expect(config, logicalId).toEqual(aConfig(CONFIG));
    }
  });
});

describe('tables', () => {
  const table = (prefix: string) => {
    const all = Object.entries(template.findResources('AWS::DynamoDB::GlobalTable'));
    return all.find(([logicalId]) => logicalId.startsWith(prefix))?.[1] ?? expect.fail(`no table ${prefix}`);
  };

  it('keep the audit: retained, restorable to any second, protected from deletion, on demand', () => {
    const audit = table('TablesAudit');
    expect(audit).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(audit.Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'chain', KeyType: 'HASH' },
        { AttributeName: 'sequence', KeyType: 'RANGE' },
      ],
      Replicas: [
        { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
      ],
    });
    expect(audit.Properties.TimeToLiveSpecification).toBeUndefined();
  });

  it('answer by day, group and resource', () => {
    const indexes = Object.entries(AUDIT_INDEXES).map(([key, IndexName]) => ({
      IndexName,
      KeySchema: [
        { AttributeName: key, KeyType: 'HASH' },
        { AttributeName: 'order', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    }));
    expect(table('TablesAudit').Properties.GlobalSecondaryIndexes).toEqual(indexes);
  });

  it('let state expire', () => {
    const { Properties, DeletionPolicy } = table('TablesState');
    expect(Properties.TimeToLiveSpecification).toEqual({ AttributeName: 'expiresAt', Enabled: true });
    expect(DeletionPolicy).toBe('Delete');
  });
});

describe('after its first deployment', () => {
  it('it is leashed and its lever is released, as the switches’ own reader says', async () => {
    const { parameters } = provisioned();
    const store = parameterStore(new Map(parameters.map(({ name, value }) => [name, value])));
    await serveCloud({ services: { SSM: store.operations } });
    const switches = await new SwitchBoard({ lever: '/Capuchin/lever', leash: '/Capuchin/leash' }).read();
    expect(switches).toMatchObject({
      lever: { known: true, value: { engaged: false } },
      leashed: { known: true, value: true },
    });
  });

  it('the command line finds every part', async () => {
    const { parameters, functions, tables, scheduleGroups, outputs } = provisioned();
    await serveCloud({
      services: { SSM: parameterStore(new Map(parameters.map(({ name, value }) => [name, value]))).operations },
    });
    const deployment = await readDeployment('Capuchin');
    const named = (all: readonly { logicalId: string; name: string }[], prefix: string) =>
      all.find(({ logicalId }) => logicalId.startsWith(prefix))?.name;
    expect(deployment).toEqual({
      AuditTable: named(tables, 'TablesAudit'),
      StateTable: named(tables, 'TablesState'),
      PlanFunction: named(functions, 'Functionsplan'),
      CommandFunction: named(functions, 'Functionscommand'),
      HaltFunction: named(functions, 'Functionshalt'),
      SweepFunction: named(functions, 'Functionssweep'),
      NoticeTopic: expect.stringMatching(/^arn:aws:sns:/),
      LeverParameter: '/Capuchin/lever',
      LeashParameter: '/Capuchin/leash',
      ScheduleGroup: scheduleGroups[0],
      TagPrefix: 'monkey:',
    });
    expect(outputs).toEqual(deployment);
  });
});

const schedulesOf = (construct: string) =>
  provisioned().schedules.filter(({ logicalId }) => logicalId.startsWith(construct));

describe('what cleans up', () => {
  it('is the sweep, every minute and without retries, with what it understands', () => {
    const [schedule = expect.fail('no schedule'), ...more] = schedulesOf('Cleaning');
    expect(more).toEqual([]);
    const { Target, ScheduleExpression } = schedule.properties;
    expect(ScheduleExpression).toBe('rate(1 minute)');
    expect(JSON.parse(Target.Input ?? '')).toEqual({ version: 1, sweep: 'all' });
    expect(Target.RetryPolicy).toEqual({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
    expect(provisioned().functions.find(({ arn }) => arn === Target.Arn)?.logicalId).toMatch(/^Functionssweep/);
  });

  it('is the halt function, for every alarm that goes off', () => {
    template.resourceCountIs('AWS::Events::Rule', 1);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.cloudwatch'],
        'detail-type': ['CloudWatch Alarm State Change'],
        detail: { state: { value: ['ALARM'] } },
      },
      State: 'ENABLED',
      Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Functionshalt'), 'Arn'] } })],
    });
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      FunctionName: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Functionshalt'), 'Arn'] },
      Principal: 'events.amazonaws.com',
    });
  });
});

describe('the planner', () => {
  it('is asked every hour, without retries, for what it understands', () => {
    const [schedule = expect.fail('no schedule')] = schedulesOf('Planner');
    const { Target, ScheduleExpression, FlexibleTimeWindow } = schedule.properties;
    expect(ScheduleExpression).toBe('rate(1 hour)');
    expect(FlexibleTimeWindow).toEqual({ Mode: 'OFF' });
    expect(planRequestSchema.parse(JSON.parse(Target.Input ?? ''))).toMatchObject({ plan: 'today' });
    expect(Target.RetryPolicy).toEqual({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 300 });
    expect(provisioned().functions.find(({ arn }) => arn === Target.Arn)?.logicalId).toMatch(/^Functionsplan/);
  });

  it('puts its schedules into a group of the stack’s own, for roles that only this account’s scheduler may take', () => {
    const { scheduleGroups, functions, roles } = provisioned();
    const plan = functions.find(({ logicalId }) => logicalId.startsWith('Functionsplan'));
    expect(scheduleGroups).toEqual(['Capuchin-experiments']);
    expect(plan?.environment).toMatchObject({
      SCHEDULE_GROUP: 'Capuchin-experiments',
      SCHEDULE_ROLE: roles.find(({ logicalId }) => logicalId.startsWith('PlannerStrikeRole'))?.arn,
    });
    for (const id of ['PlannerStrikeRole', 'PlannerPlannerRole']) {
      const [, role] =
        Object.entries(template.findResources('AWS::IAM::Role')).find(([logicalId]) => logicalId.startsWith(id)) ?? [];
      expect(role?.Properties.AssumeRolePolicyDocument.Statement).toEqual([
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'scheduler.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ]);
    }
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Action: 'lambda:InvokeFunction',
            Resource: { Ref: Match.stringLikeRegexp('^FunctionsexperimentAliaslive') },
          }),
        ],
      },
    });
  });
});
