import {
  CloudWatchClient,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { expect, it } from 'vitest';
import { Alarms } from '../../lib/aws/alarms.ts';
import { cloudWatchOperations } from '../../lib/rehearsal/cloud/cloudwatch.ts';
import { createMetricStore } from '../../lib/rehearsal/cloud/metric-store.ts';
import { inOrder } from '../functions/in-order.ts';
import { answerAws } from './answer-aws.ts';
import { serveCloud } from './serve-cloud.ts';

const AT_SECONDS = Date.parse('2026-03-02T10:00:00Z') / 1000;

interface Asked {
  readonly AlarmNames: readonly string[];
  readonly NextToken?: string;
}

/** CloudWatch with some alarms, each page as large as it is told. */
function serveAlarms(metric: readonly object[], composite: readonly object[] = [], perPage = 100) {
  return answerAws(({ body }) => {
    const { AlarmNames, NextToken = '0' } = JSON.parse(body) as Asked;
    const wanted = (alarm: object) => AlarmNames.includes((alarm as { AlarmName: string }).AlarmName);
    const from = Number(NextToken);
    const page = [
      ...metric.filter(wanted).map((alarm) => ({ alarm, isComposite: false })),
      ...composite.filter(wanted).map((alarm) => ({ alarm, isComposite: true })),
    ].slice(from);
    const now = page.slice(0, perPage);
    const answer = {
      MetricAlarms: now.flatMap(({ alarm, isComposite }) => (isComposite ? [] : [alarm])),
      CompositeAlarms: now.flatMap(({ alarm, isComposite }) => (isComposite ? [alarm] : [])),
      ...(page.length > perPage ? { NextToken: String(from + perPage) } : {}),
    };
    return { headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(answer) };
  });
}

const asked = (requests: readonly { body: string }[]): object[] => requests.map(({ body }) => JSON.parse(body));

it('reads metric and composite alarms with state, reason and since when, in the order of the names', async () => {
  const loud = {
    AlarmName: 'errors',
    StateValue: 'ALARM',
    StateReason: '7 > 5',
    StateTransitionedTimestamp: AT_SECONDS,
    StateUpdatedTimestamp: AT_SECONDS + 60,
  };
  const { requests } = await serveAlarms([loud], [{ AlarmName: 'all', StateValue: 'OK' }]);
  expect(await new Alarms().read(['all', 'nothing', 'errors'])).toEqual([
    { name: 'all', state: 'OK' },
    { name: 'nothing', state: 'MISSING' },
    { name: 'errors', state: 'ALARM', reason: '7 > 5', since: '2026-03-02T10:00:00.000Z' },
  ]);
  expect(asked(requests)).toEqual([
    { AlarmNames: ['all', 'nothing', 'errors'], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: 100 },
  ]);
});

it('takes an alarm without a state for one that has no data, and the last update when nothing says when it turned', async () => {
  await serveAlarms([{ AlarmName: 'a' }, { AlarmName: 'b', StateValue: 'OK', StateUpdatedTimestamp: AT_SECONDS }]);
  expect(await new Alarms().read(['a', 'b'])).toEqual([
    { name: 'a', state: 'INSUFFICIENT_DATA' },
    { name: 'b', state: 'OK', since: '2026-03-02T10:00:00.000Z' },
  ]);
});

it('asks for a hundred names at a time, each once, and reads every page', async () => {
  const names = Array.from({ length: 130 }, (_, n) => `alarm-${n}`);
  const alarms = names.map((AlarmName) => ({ AlarmName, StateValue: 'OK' }));
  const { requests } = await serveAlarms(alarms, [], 40);
  const found = await new Alarms().read([...names, ...names]);
  expect(found).toEqual(names.map((name) => ({ name, state: 'OK' })));
  const lengths = asked(requests).map((one) => (one as Asked).AlarmNames.length);
  expect(inOrder(lengths.map(String))).toEqual(['100', '100', '100', '30']);
});

it('asks nothing without names: CloudWatch would describe every alarm', async () => {
  const { requests } = await serveAlarms([{ AlarmName: 'a' }]);
  expect(await new Alarms().read([])).toEqual([]);
  expect(requests).toEqual([]);
});

it('throws when it may not look, which is not the same as a missing alarm', async () => {
  const body = JSON.stringify({
    __type: 'AccessDenied',
    message: 'not authorized to perform cloudwatch:DescribeAlarms',
  });
  await answerAws(() => ({ status: 403, headers: { 'content-type': 'application/x-amz-json-1.0' }, body }));
  await expect(new Alarms().read(['a'])).rejects.toThrow('not authorized');
});

it('lets go of the call when it is told to', async () => {
  const { hungUp } = await answerAws(() => 'silence');
  const controller = new AbortController();
  const reading = new Alarms().read(['a'], controller.signal);
  setTimeout(() => controller.abort(), 100);
  await expect(reading).rejects.toThrow(/abort/i);
  await expect.poll(hungUp).toBe(1);
});

it('reads what the local cloud says of a metric alarm, a composite one and one that is missing', async () => {
  const { client } = await serveCloud({ services: { CloudWatch: cloudWatchOperations(createMetricStore()) } });
  const cloudWatch = client(CloudWatchClient);
  const metric = {
    Namespace: 'Test',
    MetricName: 'Errors',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
  } as const;
  const rule = { Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' } as const;
  await cloudWatch.send(new PutMetricAlarmCommand({ AlarmName: 'errors', ...metric, ...rule }));
  await cloudWatch.send(new PutCompositeAlarmCommand({ AlarmName: 'all', AlarmRule: 'ALARM("errors")' }));
  await cloudWatch.send(
    new SetAlarmStateCommand({ AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'a test says so' }),
  );
  const [errors, all, missing] = await new Alarms().read(['errors', 'all', 'nothing']);
  expect(errors).toMatchObject({ name: 'errors', state: 'ALARM', reason: 'a test says so' });
  expect(all).toMatchObject({ name: 'all' });
  expect(all?.state).not.toBe('MISSING');
  expect(missing).toEqual({ name: 'nothing', state: 'MISSING' });
});
