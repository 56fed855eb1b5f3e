import middy from '@middy/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { parseEvent } from '../../functions/event.ts';
import { startTelemetry, telemetryVariables } from '../../functions/telemetry.ts';
import { aChain, anEntry } from '../audit/examples.ts';
import { emfSchema, valuesOf } from '../aws/emf.ts';
import { startAnswerer } from '../aws/notice-answerer.ts';

const VARIABLES = {
  EVENT_BUS: 'records',
  NOTICE_TOPIC: 'arn:aws:sns:eu-west-1:123456789012:notices',
  POWERTOOLS_SERVICE_NAME: 'Monkey',
};
const OWNER = 'arn:aws:lambda:eu-west-1:123456789012:function:experiment:live/durable-execution/1';

let written: string[];
beforeEach(() => {
  written = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => written.push(...String(text).trim().split('\n')) > 0);
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const lines = (): Record<string, unknown>[] => written.map((line) => JSON.parse(line) as Record<string, unknown>);
const eventSchema = z.looseObject({ experiment: z.string(), group: z.string() });

/** A handler that tells of a record, and fails if it is told to; as its middleware sees it, inside a durable execution. */
function aHandler() {
  const { herald, middleware } = startTelemetry('experiment', VARIABLES);
  const handler = middy<z.output<typeof eventSchema>, unknown>()
    .use(middleware)
    .use(parseEvent(eventSchema))
    .handler(async ({ experiment, group, fail }) => {
      const untold = await herald.tell(aChain(experiment, [anEntry('key', { kind: 'leashed', group })]));
      if (fail) throw new Error('it broke', { cause: new Error('the table is gone') });
      return untold;
    });
  const context = { executionContext: { durableExecutionArn: OWNER } };
  return async (event: unknown): Promise<unknown> => handler(event as z.output<typeof eventSchema>, context as never);
}

it('makes a herald for the bus, the topic, the log and the metrics of the environment', async () => {
  const { events, notices } = await startAnswerer({ bus: 'well', topic: 'well' });
  const { herald } = startTelemetry('command', VARIABLES);
  expect(await herald.tell(aChain('shop-1', [anEntry('key', { kind: 'failed' })]))).toBe(0);
  expect([events.length, notices.length]).toEqual([1, 1]);
  const [line, ...metrics] = lines();
  expect(line).toMatchObject({ service: 'Monkey', function: 'command', experiment: 'shop-1', kind: 'failed' });
  expect(metrics.flatMap((metric) => valuesOf(emfSchema.parse(metric)))).toEqual([
    { namespace: 'Capuchin', name: 'Failed', unit: 'Count', value: 1, dimensions: { service: 'Monkey' } },
  ]);
});

it('has every line carry experiment, group and owner of its invocation, and of no earlier one', async () => {
  await startAnswerer({ bus: 'well', topic: 'well' });
  const ask = aHandler();
  await ask({ experiment: 'shop-1', group: 'shop' });
  await expect(ask({ experiment: 'bank-2' })).rejects.toThrow('the event is not valid');
  const [first, failed] = lines().filter((line) => !('_aws' in line));
  expect(first).toMatchObject({ function: 'experiment', experiment: 'shop-1', group: 'shop', owner: OWNER });
  expect(failed).toMatchObject({ function: 'experiment', experiment: 'bank-2', owner: OWNER });
  expect(failed).not.toHaveProperty('group');
});

it('logs an error once with its cause and hands it on; metrics are out by then', async () => {
  await startAnswerer({ bus: 'well', topic: 'well' });
  const ask = aHandler();
  await expect(ask({ experiment: 'shop-1', group: 'shop', fail: true })).rejects.toThrow('it broke');
  const kinds = lines().map((line) => ('_aws' in line ? 'metric' : line.level));
  expect(kinds).toEqual(['INFO', 'metric', 'ERROR']);
  expect(lines().at(-1)).toMatchObject({
    message: 'the function failed: it broke',
    experiment: 'shop-1',
    error: { message: 'it broke', cause: { message: 'the table is gone' } },
  });
});

it.each([null, 'text', 7, { experiment: 5, group: ['x'] }])('logs what is no event at all, like %j', async (event) => {
  await expect(aHandler()(event)).rejects.toThrow('the event is not valid');
  expect(lines()).toEqual([expect.objectContaining({ level: 'ERROR', owner: OWNER })]);
});

it('leaves out what LOG_LEVEL does not ask for', async () => {
  vi.stubEnv('LOG_LEVEL', 'ERROR');
  await startAnswerer({ bus: 'well', topic: 'well' });
  await aHandler()({ experiment: 'shop-1', group: 'shop' });
  expect(lines().filter((line) => !('_aws' in line))).toEqual([]);
});

it('names the variables that it needs', () => {
  const parsed = z.object(telemetryVariables).safeParse({ EVENT_BUS: 'records', POWERTOOLS_SERVICE_NAME: '' });
  expect(parsed.error?.issues.map(({ path }) => path.join('.'))).toEqual(['NOTICE_TOPIC', 'POWERTOOLS_SERVICE_NAME']);
});
