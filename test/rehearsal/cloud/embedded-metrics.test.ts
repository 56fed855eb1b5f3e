import { expect, it } from 'vitest';
import { publishingMetrics, readEmbeddedMetrics } from '../../../lib/rehearsal/cloud/embedded-metrics.ts';

const AT = Date.parse('2026-03-02T10:00:00.500Z');

function line(directive: object, root: object): string {
  const metadata = { Timestamp: AT, CloudWatchMetrics: [{ Namespace: 'Capuchin', ...directive }] };
  return JSON.stringify({ _aws: metadata, ...root });
}

it('reads each metric once for each set of dimensions, single values and lists', () => {
  const Metrics = [
    { Name: 'refused', Unit: 'Count' },
    { Name: 'undoSeconds', Unit: 'Seconds', StorageResolution: 1 },
  ];
  const text = line(
    { Dimensions: [['code'], ['code', 'service'], []], Metrics },
    { code: 'lever', service: 'capuchin', refused: 1, undoSeconds: [2, 3.5], experiment: 'e-1' },
  );
  const metric = (name: string, values: readonly number[], dimensions: object) => ({
    namespace: 'Capuchin',
    metric: name,
    dimensions,
    at: new Date(AT),
    values,
  });
  const sets = [{ code: 'lever' }, { code: 'lever', service: 'capuchin' }, {}];
  expect(readEmbeddedMetrics(text)).toEqual({
    data: sets.flatMap((set) => [metric('refused', [1], set), metric('undoSeconds', [2, 3.5], set)]),
  });
});

it.each(['plain text', '{ not json', '{"level":"INFO"}', '{"_aws":{"Other":1}}', '[1]', ''])(
  'leaves the line %j alone',
  (text) => {
    expect(readEmbeddedMetrics(text)).toBeNull();
  },
);

it.each([
  ['no timestamp', JSON.stringify({ _aws: { CloudWatchMetrics: [] } }), /Timestamp/],
  ['no namespace', line({ Namespace: '', Dimensions: [], Metrics: [] }, {}), /Namespace/],
  ['a metric without a value', line({ Dimensions: [[]], Metrics: [{ Name: 'lost' }] }, {}), /metric lost/],
  ['a metric of text', line({ Dimensions: [[]], Metrics: [{ Name: 'm' }] }, { m: '1' }), /metric m/],
  ['a dimension without a value', line({ Dimensions: [['d']], Metrics: [{ Name: 'm' }] }, { m: 1 }), /dimension d/],
])('tells of %s', (_, text, problem) => {
  expect(readEmbeddedMetrics(text)).toEqual({ problem: expect.stringMatching(problem) });
});

it('a log publishes the metrics in it, and tells of those that are lost', () => {
  const [data, texts]: [unknown[], string[]] = [[], []];
  const log = publishingMetrics({ put: (datum) => data.push(datum) }, ({ text }) => texts.push(text));
  const say = (text: string) => log({ functionName: 'f', stream: 'stdout', text });
  const [good, bad] = [{ m: 1 }, {}].map((root) => line({ Dimensions: [[]], Metrics: [{ Name: 'm' }] }, root));
  for (const text of ['plain', good ?? '', bad ?? '']) say(text);
  expect(data).toEqual([expect.objectContaining({ metric: 'm', values: [1] })]);
  expect(texts).toEqual([
    'plain',
    good,
    bad,
    expect.stringMatching(/^The metrics of the line before are lost: .*m has no/),
  ]);
});
