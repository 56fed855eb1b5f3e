import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Datapoint, MetricProbe } from '../core/probe.ts';
import { CLIENT_OPTIONS } from './client-options.ts';

/** What `{cluster}` and `{service}` in a probe's dimensions stand for. */
export interface DimensionNames {
  readonly cluster: string;
  readonly service: string;
}

/** Reads metric probes from CloudWatch. */
export class Metrics {
  readonly #client = new CloudWatchClient(CLIENT_OPTIONS);

  /** One value a period between two moments, oldest first; a period without data is left out. */
  async read(
    probe: MetricProbe,
    names: DimensionNames,
    fromMs: number,
    toMs: number,
    signal?: AbortSignal,
  ): Promise<Datapoint[]> {
    const periodMs = probe.periodSeconds * 1000;
    const points: Datapoint[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await this.#client.send(
        new GetMetricDataCommand({
          MetricDataQueries: queriesOf(probe, names),
          StartTime: new Date(Math.floor(fromMs / periodMs) * periodMs),
          EndTime: new Date(Math.max(toMs, fromMs + periodMs)),
          ScanBy: 'TimestampAscending',
          ...(nextToken ? { NextToken: nextToken } : {}),
        }),
        { abortSignal: signal },
      );
      for (const { Timestamps = [], Values = [] } of answer.MetricDataResults ?? []) {
        points.push(...Timestamps.map((at, index) => ({ atMs: at.getTime(), value: Values[index] ?? Number.NaN })));
      }
      nextToken = answer.NextToken;
    } while (nextToken);
    return points;
  }
}

function queriesOf(probe: MetricProbe, names: DimensionNames): MetricDataQuery[] {
  const fill = (text: string): string =>
    text.replaceAll('{cluster}', names.cluster).replaceAll('{service}', names.service);
  const stats = Object.entries(probe.metrics).map(([id, { namespace, metric, dimensions, statistic }]) => ({
    Id: id,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([name, value]) => ({ Name: name, Value: fill(value) })),
      },
      Period: probe.periodSeconds,
      Stat: statistic,
    },
    ReturnData: probe.expression === undefined,
  }));
  if (probe.expression === undefined) return stats;
  // Metric ids start with a lower-case letter and hold no double underscore of ours.
  return [...stats, { Id: 'capuchin__result', Expression: probe.expression, ReturnData: true }];
}
