import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  InvalidNextToken,
  type MetricDataQuery,
  paginateGetMetricData,
  ValidationException,
} from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { cloudWatchOperations } from '../../../lib/rehearsal/cloud/cloudwatch.ts';
import { createMetricStore } from '../../../lib/rehearsal/cloud/metric-store.ts';
import { startCloud } from './local-cloud.ts';

const START = Date.parse('2026-03-02T10:00:00Z');
const at = (second: number) => new Date(START + second * 1_000);

async function setUp() {
  const store = createMetricStore();
  const put = (metric: string, second: number, ...values: readonly number[]) =>
    store.put({
      namespace: 'AWS/ApplicationELB',
      metric,
      dimensions: { LoadBalancer: 'app/x' },
      at: at(second),
      values,
    });
  const cloud = await startCloud({ services: { CloudWatch: cloudWatchOperations(store) } });
  const cloudWatch = cloud.client(CloudWatchClient);
  const ask = (input: Omit<GetMetricDataCommandInput, 'StartTime' | 'EndTime'>, start = 0, end = 120) =>
    cloudWatch.send(new GetMetricDataCommand({ ...input, StartTime: at(start), EndTime: at(end) }));
  return { put, cloud, cloudWatch, ask };
}

function metric(
  Id: string,
  MetricName: string,
  Stat: string,
  Period: number,
  more: Partial<MetricDataQuery> = {},
): MetricDataQuery {
  const Dimensions = [{ Name: 'LoadBalancer', Value: 'app/x' }];
  return {
    Id,
    MetricStat: { Metric: { Namespace: 'AWS/ApplicationELB', MetricName, Dimensions }, Stat, Period },
    ...more,
  };
}

describe('GetMetricData', () => {
  it('gives statistics per aligned period, newest first unless asked otherwise', async () => {
    const { put, ask, cloud } = await setUp();
    put('TargetResponseTime', 3, 0.1, 0.3);
    put('TargetResponseTime', 4, 0.2);
    put('TargetResponseTime', 11, 0.9);
    const queries = [
      metric('count', 'TargetResponseTime', 'SampleCount', 10),
      metric('p50', 'TargetResponseTime', 'p50', 10),
    ];
    const { MetricDataResults } = await ask({ MetricDataQueries: queries });
    expect(MetricDataResults).toEqual([
      { Id: 'count', Label: 'TargetResponseTime', Timestamps: [at(10), at(0)], Values: [1, 3], StatusCode: 'Complete' },
      {
        Id: 'p50',
        Label: 'TargetResponseTime',
        Timestamps: [at(10), at(0)],
        Values: [0.9, 0.2],
        StatusCode: 'Complete',
      },
    ]);
    const ascending = await ask({ MetricDataQueries: queries.slice(0, 1), ScanBy: 'TimestampAscending' });
    expect(ascending.MetricDataResults?.[0]?.Values).toEqual([3, 1]);
    expect(cloud.defects).toEqual([]);
  });

  it('rounds the start down to the period, at most to a minute, and leaves the end out', async () => {
    const { put, ask } = await setUp();
    for (let second = 0; second < 180; second += 1) put('RequestCount', second, 1);
    const seconds = async (period: number, start: number, end: number) => {
      const { MetricDataResults } = await ask(
        { MetricDataQueries: [metric('m', 'RequestCount', 'Sum', period)], ScanBy: 'TimestampAscending' },
        start,
        end,
      );
      return MetricDataResults?.[0]?.Timestamps?.map((time) => (time.getTime() - START) / 1_000);
    };
    expect(await seconds(5, 12, 20)).toEqual([10, 15]);
    expect(await seconds(1, 12, 15)).toEqual([12, 13, 14]);
    expect(await seconds(60, 75, 121)).toEqual([60, 120]);
    expect(await seconds(120, 75, 121)).toEqual([120]);
  });

  it('works expressions out over queries that need not be returned, and over other expressions', async () => {
    const { put, ask } = await setUp();
    put('HTTPCode_Target_5XX_Count', 5, 2);
    put('RequestCount', 5, 8);
    put('RequestCount', 65, 10);
    const { MetricDataResults } = await ask({
      MetricDataQueries: [
        { Id: 'percent', Expression: '100 * rate', Label: 'errors in percent' },
        metric('errors', 'HTTPCode_Target_5XX_Count', 'Sum', 60, { ReturnData: false }),
        metric('requests', 'RequestCount', 'Sum', 60, { ReturnData: false }),
        { Id: 'rate', Expression: 'FILL(errors, 0) / requests', ReturnData: false },
      ],
    });
    expect(MetricDataResults).toEqual([
      {
        Id: 'percent',
        Label: 'errors in percent',
        Timestamps: [at(60), at(0)],
        Values: [0, 25],
        StatusCode: 'Complete',
      },
    ]);
  });

  it('pages by data points without losing or repeating one when new ones arrive in between', async () => {
    const { put, cloudWatch } = await setUp();
    for (let second = 0; second < 7; second += 1) put('RequestCount', second, second);
    put('Other', 1, 5);
    const input = {
      StartTime: at(0),
      EndTime: at(60),
      MetricDataQueries: [
        metric('silent', 'Silent', 'Sum', 1),
        metric('r', 'RequestCount', 'Sum', 1),
        metric('o', 'Other', 'Sum', 1),
      ],
      MaxDatapoints: 3,
    };
    const seen: [string | undefined, number[] | undefined, string | undefined][] = [];
    for await (const page of paginateGetMetricData({ client: cloudWatch }, input)) {
      for (const { Id, Values, StatusCode } of page.MetricDataResults ?? []) seen.push([Id, Values, StatusCode]);
      put('RequestCount', 20 + seen.length, 99);
    }
    expect(seen).toEqual([
      ['silent', [], 'Complete'],
      ['r', [6, 5, 4], 'PartialData'],
      ['r', [3, 2, 1], 'PartialData'],
      ['r', [0], 'Complete'],
      ['o', [5], 'Complete'],
    ]);
  });

  it('refuses what CloudWatch refuses', async () => {
    const { ask, cloud } = await setUp();
    const m = metric('m', 'RequestCount', 'Sum', 60);
    const refused = async (MetricDataQueries: MetricDataQuery[], said: RegExp) => {
      const answer = ask({ MetricDataQueries });
      await expect(answer).rejects.toThrow(ValidationException);
      await expect(answer).rejects.toThrow(said);
    };
    await refused([m, m], /"m" is used by more than one/);
    await refused([{ Id: 'e' }], /either a MetricStat or an Expression/);
    await refused([{ Id: 'e', Expression: 'nothing + 1' }], /'e': the id nothing/);
    await refused(
      [
        { Id: 'a', Expression: 'b + 1' },
        { Id: 'b', Expression: 'a + 1' },
      ],
      /circle/,
    );
    await refused([m, { Id: 'e', Expression: 'SUM(m)' }], /single number/);
    await refused(
      Array.from({ length: 501 }, (_, n) => ({ ...m, Id: `m${n}` })),
      /500/,
    );
    await expect(ask({ MetricDataQueries: [m] }, 10, 10)).rejects.toThrow(ValidationException);
    await expect(ask({ MetricDataQueries: [m], NextToken: 'made-up' })).rejects.toThrow(InvalidNextToken);
    expect(cloud.defects).toEqual([]);
  });

  it('reports periods, statistics, ids and functions that are not served', async () => {
    const { ask, cloud } = await setUp();
    const queries: MetricDataQuery[] = [
      metric('m', 'RequestCount', 'Sum', 7),
      metric('m', 'RequestCount', 'tm99', 60),
      metric('Upper', 'RequestCount', 'Sum', 60),
      { Id: 'e', Expression: 'ANOMALY_DETECTION_BAND(m)' },
      { Id: 'e', Expression: '1', AccountId: '1' },
    ];
    for (const query of queries) await expect(ask({ MetricDataQueries: [query] })).rejects.toThrow(ValidationException);
    const named = ['Period', 'Stat', '[0].Id', 'ANOMALY_DETECTION_BAND', '[0].AccountId'];
    expect(cloud.defects).toEqual(named.map((name) => expect.stringContaining(name)));
  });
});
