import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  type DescribeAlarmsCommandInput,
  InvalidFormatFault,
  InvalidNextToken,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  ResourceNotFound,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { describe, expect, it, onTestFinished } from 'vitest';
import { topicsToTell } from '../../../lib/rehearsal/cloud/alarm-messages.ts';
import { Alarms, type AlarmTransition } from '../../../lib/rehearsal/cloud/alarms.ts';
import { cloudWatchOperations } from '../../../lib/rehearsal/cloud/cloudwatch.ts';
import { createMetricStore } from '../../../lib/rehearsal/cloud/metric-store.ts';
import { until } from '../fleet/until.ts';
import { allPages, startCloud } from './local-cloud.ts';

const START = Date.parse('2026-03-02T10:00:07.250Z');

async function setUp() {
  const clock = { ms: START };
  const metrics = createMetricStore();
  const transitions: AlarmTransition[] = [];
  const alarms = new Alarms({
    metrics,
    now: () => new Date(clock.ms),
    onTransition: (transition) => transitions.push(transition),
  });
  const cloud = await startCloud({ services: { CloudWatch: cloudWatchOperations(metrics, alarms) }, buckets: {} });
  const client = cloud.client(CloudWatchClient);
  const describeAlarms = (input: DescribeAlarmsCommandInput = {}) => client.send(new DescribeAlarmsCommand(input));
  return {
    clock,
    alarms,
    transitions,
    cloud,
    client,
    describeAlarms,
    put: (more: Partial<PutMetricAlarmCommandInput> = {}) => client.send(new PutMetricAlarmCommand(alarm(more))),
    putComposite: (AlarmName: string, AlarmRule: string) =>
      client.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule })),
    set: (AlarmName: string, StateValue: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA', StateReasonData?: string) =>
      client.send(
        new SetAlarmStateCommand({
          AlarmName,
          StateValue,
          StateReason: 'by hand',
          ...(StateReasonData ? { StateReasonData } : {}),
        }),
      ),
    /** So many seconds before the clock's present one. */
    publish: (secondsAgo: number, value: number, metric = 'Errors') =>
      metrics.put({
        namespace: 'Shop',
        metric,
        dimensions: { Service: 'cart' },
        at: new Date(clock.ms - secondsAgo * 1_000),
        values: [value],
      }),
    stateOf: async (name: string) => {
      const found = await describeAlarms({ AlarmNames: [name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] });
      return [...(found.MetricAlarms ?? []), ...(found.CompositeAlarms ?? [])][0]?.StateValue;
    },
  };
}

function alarm(more: Partial<PutMetricAlarmCommandInput> = {}): PutMetricAlarmCommandInput {
  return {
    AlarmName: 'errors',
    Namespace: 'Shop',
    MetricName: 'Errors',
    Dimensions: [{ Name: 'Service', Value: 'cart' }],
    Statistic: 'Sum',
    Period: 10,
    EvaluationPeriods: 1,
    Threshold: 5,
    ComparisonOperator: 'GreaterThanThreshold',
    ...more,
  };
}

describe('a metric alarm', () => {
  it('is described as it was put, in INSUFFICIENT_DATA until it is evaluated', async () => {
    const { put, describeAlarms, cloud } = await setUp();
    const AlarmActions = ['arn:aws:sns:eu-west-1:123456789012:people'];
    await put({ AlarmDescription: 'too many', AlarmActions, DatapointsToAlarm: 1, TreatMissingData: 'ignore' });
    const { MetricAlarms, CompositeAlarms } = await describeAlarms();
    expect(CompositeAlarms).toEqual([]);
    const at = new Date(START);
    expect(MetricAlarms).toEqual([
      {
        ...alarm(),
        AlarmDescription: 'too many',
        AlarmArn: 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors',
        AlarmActions,
        OKActions: [],
        InsufficientDataActions: [],
        ActionsEnabled: true,
        DatapointsToAlarm: 1,
        TreatMissingData: 'ignore',
        AlarmConfigurationUpdatedTimestamp: at,
        StateValue: 'INSUFFICIENT_DATA',
        StateReason: 'Unchecked: Initial alarm creation',
        StateUpdatedTimestamp: at,
        StateTransitionedTimestamp: at,
      },
    ]);
    expect(cloud.defects).toEqual([]);
  });

  it('goes into ALARM as soon as the last full second makes it breach, and back to OK', async () => {
    const { put, publish, alarms, clock, transitions, stateOf } = await setUp();
    await put();
    publish(1, 6);
    alarms.evaluate();
    expect(await stateOf('errors')).toBe('ALARM');
    clock.ms += 10_000;
    publish(1, 1);
    alarms.evaluate();
    expect(await stateOf('errors')).toBe('OK');
    expect(transitions.map(({ before, alarm: { state } }) => [before.value, state.value])).toEqual([
      ['INSUFFICIENT_DATA', 'ALARM'],
      ['ALARM', 'OK'],
    ]);
  });

  it('sums sliding periods, not those of the clock', async () => {
    const { put, publish, alarms, stateOf } = await setUp();
    await put();
    // The clock stands at :07, so a period of the clock would part these.
    publish(1, 3);
    publish(9, 3);
    alarms.evaluate();
    expect(await stateOf('errors')).toBe('ALARM');
  });

  it('keeps its state for two periods after its metric fell silent', async () => {
    const { put, publish, alarms, clock, stateOf } = await setUp();
    await put();
    publish(1, 6);
    const states: unknown[] = [];
    for (const seconds of [0, 25, 10]) {
      clock.ms += seconds * 1_000;
      alarms.evaluate();
      states.push(await stateOf('errors'));
    }
    expect(states).toEqual(['ALARM', 'ALARM', 'INSUFFICIENT_DATA']);
  });

  it('tells the topics of the state that it is in now, and none while its actions are off', async () => {
    const { put, set, alarms } = await setUp();
    const topic = (name: string) => `arn:aws:sns:eu-west-1:123456789012:${name}`;
    const actions = {
      OKActions: [topic('ok')],
      AlarmActions: [topic('alarm'), topic('pager')],
      InsufficientDataActions: [topic('unknown')],
    };
    const told = () => alarms.list().map(topicsToTell);
    await put(actions);
    expect(told()).toEqual([actions.InsufficientDataActions]);
    await set('errors', 'ALARM');
    expect(told()).toEqual([actions.AlarmActions]);
    await set('errors', 'OK');
    expect(told()).toEqual([actions.OKActions]);
    await put({ ...actions, ActionsEnabled: false });
    expect(told()).toEqual([[]]);
  });

  it('watches metric math over the same periods', async () => {
    const { put, publish, alarms, stateOf } = await setUp();
    const stat = (Id: string, MetricName: string) => ({
      Id,
      MetricStat: {
        Metric: { Namespace: 'Shop', MetricName, Dimensions: [{ Name: 'Service', Value: 'cart' }] },
        Period: 10,
        Stat: 'Sum',
      },
      ReturnData: false,
    });
    const watched = { Id: 'rate', Expression: 'errors / requests' };
    const single = {
      Namespace: undefined,
      MetricName: undefined,
      Dimensions: undefined,
      Statistic: undefined,
      Period: undefined,
    };
    await put({
      ...single,
      Metrics: [stat('errors', 'Errors'), stat('requests', 'Requests'), watched],
      Threshold: 0.1,
    });
    publish(2, 1);
    publish(2, 8, 'Requests');
    alarms.evaluate();
    expect(await stateOf('errors')).toBe('ALARM');
    publish(1, 80, 'Requests');
    alarms.evaluate();
    expect(await stateOf('errors')).toBe('OK');
  });

  it('keeps a state that was set by hand until an evaluation finds another one', async () => {
    const { put, set, alarms, publish, stateOf, transitions } = await setUp();
    await put();
    await put({ AlarmName: 'held', MetricName: 'Nothing', TreatMissingData: 'ignore' });
    publish(1, 1);
    await set('errors', 'ALARM');
    await set('held', 'ALARM');
    expect(await stateOf('errors')).toBe('ALARM');
    alarms.evaluate();
    alarms.evaluate();
    expect(await stateOf('errors')).toBe('OK');
    expect(await stateOf('held')).toBe('ALARM');
    expect(transitions).toHaveLength(3);
    expect(transitions[0]?.alarm.state.reason).toBe('by hand');
  });

  it('that is put again takes the new definition and keeps its state', async () => {
    const { put, set, describeAlarms } = await setUp();
    await put();
    await set('errors', 'ALARM');
    await put({ Threshold: 99 });
    const { MetricAlarms = [] } = await describeAlarms();
    expect(MetricAlarms).toEqual([expect.objectContaining({ Threshold: 99, StateValue: 'ALARM' })]);
  });

  it('is evaluated every second once the alarms are started, and no more after they are closed', async () => {
    const metrics = createMetricStore();
    const alarms = new Alarms({ metrics });
    onTestFinished(() => alarms.close());
    const { client } = await startCloud({ services: { CloudWatch: cloudWatchOperations(metrics, alarms) } });
    const cloudWatch = client(CloudWatchClient);
    await cloudWatch.send(new PutMetricAlarmCommand(alarm()));
    alarms.start();
    const datum = { namespace: 'Shop', metric: 'Errors', dimensions: { Service: 'cart' }, values: [9] };
    metrics.put({ ...datum, at: new Date() });
    await until('the alarm is in ALARM', () => alarms.stateOf('errors') === 'ALARM');
    alarms.close();
    alarms.setState('errors', { value: 'OK', reason: 'by hand' });
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    expect(alarms.stateOf('errors')).toBe('OK');
  });

  it.each<[string, Partial<PutMetricAlarmCommandInput>, RegExp]>([
    ['more points to alarm than periods', { DatapointsToAlarm: 2 }, /DatapointsToAlarm/],
    ['two statistics', { ExtendedStatistic: 'p99' }, /either a Statistic or an ExtendedStatistic/],
    ['neither a metric nor metrics', { MetricName: undefined }, /needs Metrics, or/],
    ['a metric and metrics', { Metrics: [{ Id: 'a', Expression: '1' }] }, /of its own/],
    ['a look back beyond what is kept', { Period: 600, EvaluationPeriods: 3 }, /keeps metrics for 1200 seconds/],
  ])('with %s is a ValidationException', async (_, more, message) => {
    const { put, cloud } = await setUp();
    await expect(put(more)).rejects.toMatchObject({ name: 'ValidationException', message });
    expect(cloud.defects).toEqual([]);
  });

  it.each<[string, Partial<PutMetricAlarmCommandInput>]>([
    ['an action that is not performed', { AlarmActions: ['arn:aws:automate:eu-west-1:ec2:stop'] }],
    ['a unit, which the metrics here do not have', { Unit: 'Seconds' }],
    ['a band of anomaly detection', { ComparisonOperator: 'GreaterThanUpperThreshold', ThresholdMetricId: 'ad1' }],
    ['a period that CloudWatch does not have', { Period: 7 }],
  ])('with %s is refused, and the rehearsal with it', async (_, more) => {
    const { put, cloud } = await setUp();
    await expect(put(more)).rejects.toMatchObject({ name: 'ValidationException' });
    expect(cloud.defects).toEqual([expect.stringContaining('CloudWatch.PutMetricAlarm')]);
  });
});

describe('DescribeAlarms', () => {
  it('filters by names, prefix, state and type; composite alarms come only when asked for', async () => {
    const { put, putComposite, set, describeAlarms } = await setUp();
    for (const AlarmName of ['b-one', 'a-two', 'a-one']) await put({ AlarmName });
    await putComposite('a-all', 'ALARM("a-one") OR ALARM("b-one")');
    await set('a-two', 'OK');
    const names = async (input: DescribeAlarmsCommandInput) => {
      const { MetricAlarms = [], CompositeAlarms = [] } = await describeAlarms(input);
      return [MetricAlarms, CompositeAlarms].map((list) => list.map(({ AlarmName }) => AlarmName));
    };
    expect(await names({})).toEqual([['a-one', 'a-two', 'b-one'], []]);
    expect(await names({ AlarmNames: ['b-one', 'nobody', 'a-all'] })).toEqual([['b-one'], []]);
    expect(await names({ AlarmNamePrefix: 'a-', AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] })).toEqual([
      ['a-one', 'a-two'],
      ['a-all'],
    ]);
    expect(await names({ AlarmTypes: ['CompositeAlarm'] })).toEqual([[], ['a-all']]);
    expect(await names({ StateValue: 'OK' })).toEqual([['a-two'], []]);
  });

  it('gives pages of MaxRecords, 50 unasked', async () => {
    const { put, describeAlarms } = await setUp();
    for (let index = 10; index < 62; index += 1) await put({ AlarmName: `alarm-${index}` });
    const pages = await allPages(
      (NextToken) => describeAlarms(NextToken === undefined ? {} : { NextToken }),
      ({ MetricAlarms, NextToken }) => ({ items: MetricAlarms, next: NextToken }),
    );
    expect(pages.map((page) => page.length)).toEqual([50, 2]);
    expect(pages.flat().map(({ AlarmName }) => AlarmName)).toEqual(
      Array.from({ length: 52 }, (_, index) => `alarm-${index + 10}`),
    );
    expect((await describeAlarms({ MaxRecords: 3 })).MetricAlarms).toHaveLength(3);
    await expect(describeAlarms({ MaxRecords: 101 })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(describeAlarms({ NextToken: 'foreign' })).rejects.toBeInstanceOf(InvalidNextToken);
  });

  it('refuses more than 100 names, and names together with a prefix', async () => {
    const { describeAlarms } = await setUp();
    const AlarmNames = Array.from({ length: 101 }, (_, index) => `alarm-${index}`);
    await expect(describeAlarms({ AlarmNames })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(describeAlarms({ AlarmNames: ['a'], AlarmNamePrefix: 'a' })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});

it('SetAlarmState and DeleteAlarms answer ResourceNotFound for an unknown alarm, and then delete none', async () => {
  const { put, set, client, describeAlarms } = await setUp();
  await put();
  await expect(set('nobody', 'OK')).rejects.toBeInstanceOf(ResourceNotFound);
  await expect(set('errors', 'OK', 'no json')).rejects.toBeInstanceOf(InvalidFormatFault);
  const remove = (...AlarmNames: string[]) => client.send(new DeleteAlarmsCommand({ AlarmNames }));
  await expect(remove('errors', 'nobody')).rejects.toBeInstanceOf(ResourceNotFound);
  expect((await describeAlarms()).MetricAlarms).toHaveLength(1);
  await remove('errors');
  expect((await describeAlarms()).MetricAlarms).toEqual([]);
});

describe('a composite alarm', () => {
  it('follows the states of the alarms in its rule', async () => {
    const { put, putComposite, set, alarms, stateOf } = await setUp();
    for (const AlarmName of ['a', 'b c', 'deploying']) await put({ AlarmName, TreatMissingData: 'ignore' });
    await putComposite('bad', '(ALARM(a) OR ALARM("b c")) AND NOT ALARM("deploying")');
    // Comes before the one that it watches, by name.
    await putComposite('above', 'ALARM(bad) AND TRUE');
    alarms.evaluate();
    expect(await stateOf('bad')).toBe('OK');
    await set('b c', 'ALARM');
    expect([await stateOf('bad'), await stateOf('above')]).toEqual(['ALARM', 'ALARM']);
    await set('deploying', 'ALARM');
    expect([await stateOf('bad'), await stateOf('above')]).toEqual(['OK', 'OK']);
  });

  it('binds AND tighter than OR, and knows alarms by ARN', async () => {
    const { put, putComposite, set, stateOf } = await setUp();
    await put({ AlarmName: 'a' });
    await put({ AlarmName: 'b' });
    const arn = 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a';
    await putComposite('either', `ALARM(${arn}) OR TRUE AND FALSE`);
    await set('b', 'ALARM');
    expect(await stateOf('either')).toBe('OK');
    await set('a', 'ALARM');
    expect(await stateOf('either')).toBe('ALARM');
  });

  it.each(['ALARM(nobody)', 'AT_LEAST(1, ALARM, (a))', 'ALARM(a) AND', 'ALARM(a', 'ALARM("a'])(
    'with the rule %s is a ValidationException',
    async (AlarmRule) => {
      const { put, putComposite } = await setUp();
      await put({ AlarmName: 'a' });
      await expect(putComposite('bad', AlarmRule)).rejects.toMatchObject({ name: 'ValidationException' });
    },
  );
});
