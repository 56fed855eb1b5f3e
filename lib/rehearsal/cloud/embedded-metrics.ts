import * as z from 'zod';
import type { MetricDatum, MetricSink } from '../fleet/model.ts';
import type { LogLine } from './function-environment.ts';

/** Source: CloudWatch user guide, "Specification: Embedded metric format". */
const metadata = z.object({
  Timestamp: z.int().min(0),
  CloudWatchMetrics: z.array(
    z.object({
      Namespace: z.string().min(1).max(1_024),
      Dimensions: z.array(z.array(z.string().min(1).max(250)).max(30)),
      Metrics: z.array(z.object({ Name: z.string().min(1).max(1_024) })).max(100),
    }),
  ),
});

const values = z.union([z.number().transform((value) => [value]), z.array(z.number()).max(100)]);
const dimensionValue = z.string().min(1).max(1_024);

/** What a line of a log says in metrics; a problem is a sentence, and the line's metrics are lost, as in CloudWatch. */
export type EmbeddedMetrics = { readonly data: readonly MetricDatum[] } | { readonly problem: string };

/** Reads a line of a function's log that is in CloudWatch's embedded metric format; null for any other line. */
export function readEmbeddedMetrics(line: string): EmbeddedMetrics | null {
  const root = readObject(line);
  if (root === null || typeof root._aws !== 'object' || root._aws === null || !('CloudWatchMetrics' in root._aws))
    return null;
  const parsed = metadata.safeParse(root._aws);
  if (!parsed.success) return { problem: `its _aws is not as it should be: ${z.prettifyError(parsed.error)}` };
  const at = new Date(parsed.data.Timestamp);
  const data: MetricDatum[] = [];
  for (const { Namespace: namespace, Dimensions, Metrics } of parsed.data.CloudWatchMetrics) {
    for (const set of Dimensions.length === 0 ? [[]] : Dimensions) {
      const dimensions = readDimensions(root, set);
      if (typeof dimensions === 'string') return { problem: dimensions };
      for (const { Name: metric } of Metrics) {
        const found = values.safeParse(root[metric]);
        if (!found.success) return { problem: `its metric ${metric} has no value that is a number or a list of them` };
        data.push({ namespace, metric, dimensions, at, values: found.data });
      }
    }
  }
  return { data };
}

/** A log that also publishes the metrics in it, as Lambda's log does. Lines whose metrics are lost are followed by the reason. */
export function publishingMetrics(metrics: MetricSink, onLog: (line: LogLine) => void): (line: LogLine) => void {
  return (line) => {
    onLog(line);
    const found = readEmbeddedMetrics(line.text);
    if (found === null) return;
    if ('data' in found) for (const datum of found.data) metrics.put(datum);
    else onLog({ ...line, stream: 'platform', text: `The metrics of the line before are lost: ${found.problem}` });
  };
}

function readDimensions(
  root: Readonly<Record<string, unknown>>,
  set: readonly string[],
): Record<string, string> | string {
  const dimensions: Record<string, string> = {};
  for (const name of set) {
    const value = dimensionValue.safeParse(root[name]);
    if (!value.success) return `its dimension ${name} has no value that is text`;
    dimensions[name] = value.data;
  }
  return dimensions;
}

function readObject(line: string): Readonly<Record<string, unknown>> | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line);
  } catch {
    return null; // Any text may begin with a brace: it is no metric, and no mistake either.
  }
}
