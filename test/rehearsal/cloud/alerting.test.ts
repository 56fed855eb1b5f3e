import { CloudWatchClient, DescribeAlarmsCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Alerting, startAlerting } from '../../../lib/rehearsal/cloud/alerting.ts';
import { createCallLog } from '../../../lib/rehearsal/cloud/call-log.ts';
import { cloudWatchOperations } from '../../../lib/rehearsal/cloud/cloudwatch.ts';
import { createMetricStore } from '../../../lib/rehearsal/cloud/metric-store.ts';
import { type CloudServer, startServer } from '../../../lib/rehearsal/cloud/server.ts';
import { eventually, startFixture } from './fixture/platform.ts';

/** The fixture's stack: its alarm, rules, topic and functions, made by the CDK. */
let fixture: Awaited<ReturnType<typeof startFixture>>;
let alerting: Alerting;
let server: CloudServer;
let cloudWatch: CloudWatchClient;
let eventBridge: EventBridgeClient;
const log: string[] = [];
const defects: string[] = [];

beforeAll(async () => {
  const metrics = createMetricStore();
  fixture = await startFixture({ metrics });
  const { accountId, region, platform } = fixture;
  alerting = startAlerting({
    provision: platform.provision,
    metrics,
    lambda: platform.lambda,
    onLog: (sentence) => log.push(sentence),
    onDefect: (sentence) => defects.push(sentence),
  });
  server = await startServer({
    services: { CloudWatch: cloudWatchOperations(metrics, alerting.alarms), Events: alerting.buses.operations },
    port: 0,
    accountId,
    callLog: createCallLog(),
    onDefect: (sentence) => defects.push(sentence),
    buckets: {},
  });
  const config = { endpoint: server.url, region, credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' } };
  cloudWatch = new CloudWatchClient(config);
  eventBridge = new EventBridgeClient(config);
});
afterAll(async () => {
  await alerting.close();
  cloudWatch.destroy();
  eventBridge.destroy();
  await server.close();
  await fixture.close();
  expect([...defects, ...fixture.defects]).toEqual([]);
});
beforeEach(() => {
  fixture.logs.splice(0);
  log.splice(0);
});

async function setState(StateValue: 'OK' | 'ALARM'): Promise<void> {
  await cloudWatch.send(new SetAlarmStateCommand({ AlarmName: 'undo-failed', StateValue, StateReason: 'by hand' }));
}

/** What the fixture's function was called with. */
function taken(): { detail: { state: { reason: string } } }[] {
  return fixture.logs.flatMap(({ text }) => (text.startsWith('took ') ? [JSON.parse(text.slice(5))] : []));
}

it('an alarm of the template watches its metric, tells its topic, and calls the function of a rule', async () => {
  const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: ['undo-failed'] }));
  const topicArn = 'arn:aws:sns:eu-central-1:123456789012:people';
  expect(MetricAlarms).toEqual([expect.objectContaining({ Namespace: 'Capuchin', AlarmActions: [topicArn] })]);
  await eventually(() => alerting.alarms.stateOf('undo-failed') === 'OK', 'the first evaluation');
  expect(alerting.topics.notices()).toEqual([]);

  // The function writes the metric into its log.
  await fixture.invoke('Plain', { do: 'measure' });
  await eventually(() => taken().length > 0, 'a call of the function');

  const [event] = taken();
  const alarmArn = 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:undo-failed';
  expect(event).toEqual({
    version: '0',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    'detail-type': 'CloudWatch Alarm State Change',
    source: 'aws.cloudwatch',
    account: '123456789012',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    region: 'eu-central-1',
    resources: [alarmArn],
    detail: {
      alarmName: 'undo-failed',
      configuration: {
        metrics: [
          {
            id: expect.stringMatching(/^[0-9a-f-]{36}$/),
            metricStat: {
              metric: { namespace: 'Capuchin', name: 'undoFailed', dimensions: {} },
              period: 10,
              stat: 'Sum',
            },
            returnData: true,
          },
        ],
      },
      previousState: expect.objectContaining({ value: 'OK', reason: expect.stringContaining('[NonBreaching]') }),
      state: {
        value: 'ALARM',
        reason: expect.stringContaining('was greater than the threshold (0.0)'),
        reasonData: expect.stringContaining('"recentDatapoints":[1]'),
        timestamp: expect.stringMatching(/T[\d:.]+\+0000$/),
      },
    },
  });
  const [notice] = alerting.topics.notices();
  expect(notice).toMatchObject({ topicArn, subject: 'ALARM: "undo-failed" in eu-central-1' });
  expect(JSON.parse(notice?.message ?? '')).toMatchObject({
    AlarmName: 'undo-failed',
    AWSAccountId: '123456789012',
    NewStateValue: 'ALARM',
    OldStateValue: 'OK',
    AlarmArn: alarmArn,
    Trigger: { MetricName: 'undoFailed', Statistic: 'SUM', Period: 10, Threshold: 0 },
  });
});

it('a state that is set by hand calls the function at once, and only the state that the rule names', async () => {
  // The metric still says ALARM: no evaluation may come between.
  alerting.alarms.close();
  await setState('OK');
  await setState('ALARM');
  await setState('OK');
  await eventually(() => taken().length > 0, 'a call of the function');
  const states = alerting.buses
    .received()
    .slice(-3)
    .map(({ detail }) => detail.state);
  expect(states).toEqual(['OK', 'ALARM', 'OK'].map((value) => expect.objectContaining({ value })));
  expect(taken().map(({ detail }) => detail.state)).toEqual([expect.objectContaining({ value: 'ALARM' })]);
});

it('rules see only the events of their own bus, and a topic that lets EventBridge in gets the event', async () => {
  const before = alerting.topics.notices().length;
  const entry = { Source: 'capuchin', DetailType: 'started', Detail: '{"experiment":"e-1"}' };
  await eventBridge.send(new PutEventsCommand({ Entries: [entry, { ...entry, EventBusName: 'records' }] }));
  const notices = alerting.topics.notices().slice(before);
  expect(notices.map(({ message }) => JSON.parse(message))).toEqual([
    expect.objectContaining({ 'detail-type': 'started', source: 'capuchin', detail: { experiment: 'e-1' } }),
  ]);
});

it('a function without a permission for EventBridge is not called, and the log says so', async () => {
  const entry = { Source: 'shop', DetailType: 'sold', Detail: '{}' };
  await eventBridge.send(new PutEventsCommand({ Entries: [entry] }));
  expect(log).toEqual([
    expect.stringMatching(/^The rule not-let does not reach arn:aws:lambda:.*: no AWS::Lambda::Permission lets events/),
  ]);
  expect(taken()).toEqual([]);
});

it('only AWS itself may put events in the name of AWS', async () => {
  const entry = { Source: 'aws.cloudwatch', DetailType: 'CloudWatch Alarm State Change', Detail: '{}' };
  const { FailedEntryCount, Entries } = await eventBridge.send(new PutEventsCommand({ Entries: [entry] }));
  expect([FailedEntryCount, Entries?.[0]?.ErrorCode]).toEqual([1, 'NotAuthorizedForSource']);
});
