import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ExperimentWorld } from '../../../functions/experiment/world.ts';
import { Herald } from '../../../lib/aws/herald.ts';
import { NoticeTopic } from '../../../lib/aws/notice-topic.ts';
import { RecordBus } from '../../../lib/aws/record-bus.ts';
import type { ExperimentOrder } from '../../../lib/core/experiment.ts';
import { type Answerer, startAnswerer } from '../../aws/notice-answerer.ts';
import { FakeWorld, orderFor } from './fake-world.ts';
import { runWithMishap } from './replayed-context.ts';

beforeEach(() => {
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'write').mockImplementation(() => true);
  return () => vi.restoreAllMocks();
});

/** Runs an experiment that tells everything to a bus and a topic over the wire, both well or both refusing every call. */
async function run(manner: 'well' | 'down', order: ExperimentOrder, prepare: (world: FakeWorld) => void) {
  const answerer: Answerer = await startAnswerer({ bus: manner, topic: manner });
  const herald = new Herald({
    bus: new RecordBus('records'),
    topic: new NoticeTopic('arn:aws:sns:eu-west-1:123456789012:notices'),
    logger: new Logger({ serviceName: 'Capuchin' }),
    metrics: new Metrics({ serviceName: 'Capuchin', namespace: 'Capuchin' }),
  });
  const world = new FakeWorld({
    profiles: { default: { faults: [order.fault], intervalSeconds: 5, observeSeconds: 30 } },
  });
  prepare(world);
  const told: ExperimentWorld = Object.assign(Object.create(world), { herald });
  const { end, error } = await runWithMishap(told, order);
  return { world, answerer, end, error };
}

const SCENES = {
  'stop-task': {
    order: orderFor(),
    prepare: () => undefined,
  },
  'pause-container': {
    order: orderFor({ fault: 'pause-container', parameters: { durationSeconds: 20 } }),
    prepare: (world: FakeWorld) => world.cart.onHosts(),
  },
} as const;

describe.each(['stop-task', 'pause-container'] as const)(
  'an experiment with %s that nobody can be told of',
  (fault) => {
    it('acts, undoes, ends and gives back exactly as one that everybody hears of', async () => {
      const { order, prepare } = SCENES[fault];
      const heard = await run('well', order, prepare);
      const unheard = await run('down', order, prepare);
      expect(heard.answerer.notices.map(({ attributes }) => attributes.kind)).toEqual(['announced', 'ended']);
      expect(unheard.answerer.calls).toEqual(heard.answerer.calls);
      expect([unheard.answerer.events, unheard.answerer.notices]).toEqual([[], []]);

      expect(unheard.error).toBeUndefined();
      expect(unheard.end).toEqual(heard.end);
      expect(unheard.end?.verdict).toBe('held');
      // What was done outside: acts, undos, records and reservations, in the same order.
      expect(unheard.world.log).toEqual(heard.world.log);
      const acts = unheard.world.log.filter((line) => /^(stop|apply) /.test(line));
      expect(acts).toHaveLength(1);
      expect(unheard.world.log.some((line) => line.startsWith('undo '))).toBe(fault === 'pause-container');
      expect(unheard.world.claims).toEqual(heard.world.claims);
      expect(unheard.world.hosts.paused).toEqual([]);
    });
  },
);
