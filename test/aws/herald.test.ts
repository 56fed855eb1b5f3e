import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Entry, RecordKind } from '../../lib/audit/record.ts';
import { Herald } from '../../lib/aws/herald.ts';
import { NoticeTopic } from '../../lib/aws/notice-topic.ts';
import { RecordBus } from '../../lib/aws/record-bus.ts';
import { aChain, anEntry } from '../audit/examples.ts';
import { emfSchema, valuesOf } from './emf.ts';
import { type Manner, startAnswerer } from './notice-answerer.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:notices';
const GROUP = 'shop/checkout';

/** Everything that is written to the log while a test runs. */
function readLog() {
  const lines: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => lines.push(...String(text).trim().split('\n')) > 0);
  }
  onTestFinished(() => void vi.restoreAllMocks());
  const parsed = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    lines: () => parsed().filter((line) => !('_aws' in line)),
    metrics: () => parsed().filter((line) => '_aws' in line),
  };
}

async function aHerald(bus: Manner = 'well', topic: Manner = 'well', logLevel: 'INFO' | 'WARN' = 'INFO') {
  const log = readLog();
  const answerer = await startAnswerer({ bus, topic });
  const serviceName = 'Capuchin';
  const herald = new Herald({
    bus: new RecordBus('records'),
    topic: new NoticeTopic(TOPIC),
    logger: new Logger({ serviceName, logLevel, persistentKeys: { function: 'experiment' } }),
    metrics: new Metrics({ serviceName, namespace: 'Capuchin' }),
  });
  return { herald, answerer, log };
}

function records(...said: readonly (readonly [RecordKind, Entry['facts']?])[]) {
  const entries = said.map(([kind, facts = {}], index) => anEntry(`run/${index}`, { kind, facts, group: GROUP }));
  return aChain('shop-checkout-1', entries);
}

const ANNOUNCED = {
  experiment: 'shop-checkout-1',
  group: GROUP,
  fault: 'stop-task',
  targets: ['arn:a'],
  actor: 'ada',
  reason: 'to learn',
};

describe('the herald', () => {
  it('tells the bus of every record, people of some, and the log of each', async () => {
    const { herald, answerer, log } = await aHerald();
    const said = records(
      ['started', { guards: [] }],
      ['recovered', { recoverySeconds: 9 }],
      ['ended', { verdict: 'held' }],
    );
    expect(await herald.tell(said)).toBe(0);
    expect(answerer.events.map(({ Detail }) => JSON.parse(Detail))).toEqual(said);
    expect(answerer.notices).toEqual([
      {
        TopicArn: TOPIC,
        Subject: 'Capuchin: HELD: unknown in shop/checkout',
        Message: expect.stringContaining('capuchin show shop-checkout-1'),
        attributes: { kind: 'ended', experiment: 'shop-checkout-1', group: GROUP, verdict: 'held' },
      },
    ]);
    expect(log.lines()).toHaveLength(3);
  });

  it('announces an act before it', async () => {
    const { herald, answerer } = await aHerald();
    expect(await herald.announce(ANNOUNCED)).toBe(0);
    expect(answerer.notices.map(({ Subject, attributes }) => [Subject, attributes.kind])).toEqual([
      ['Capuchin: stop-task in shop/checkout starts now', 'announced'],
    ]);
  });

  it('tells nothing when there is nothing to tell', async () => {
    const { herald, answerer, log } = await aHerald();
    expect(await herald.tell([])).toBe(0);
    expect([answerer.calls, log.lines(), log.metrics()]).toEqual([{ bus: 0, topic: 0 }, [], []]);
  });

  it('tells all of a plan, some at a time', async () => {
    const { herald, answerer } = await aHerald();
    const said = records(...Array.from({ length: 120 }, () => ['planned'] as const));
    expect(await herald.tell(said)).toBe(0);
    const sequences = answerer.events.map(({ Detail }) => (JSON.parse(Detail) as { sequence: number }).sequence);
    expect(sequences.sort((a, b) => a - b)).toEqual(said.map(({ sequence }) => sequence));
  });
});

describe('a line of the log', () => {
  it('is JSON with the experiment, the group, the function, and the hash that tells twins apart', async () => {
    const { herald, log } = await aHerald();
    const [record] = records(['violated', { probe: 'errors', phase: 'during', because: '7 of 5' }]);
    await herald.tell(record ? [record] : []);
    expect(log.lines()).toEqual([
      {
        level: 'WARN',
        message: 'errors (during): 7 of 5',
        service: 'Capuchin',
        timestamp: expect.any(String),
        sampling_rate: 0,
        function: 'experiment',
        experiment: 'shop-checkout-1',
        group: GROUP,
        kind: 'violated',
        sequence: 0,
        hash: record?.hash,
        actor: 'ada',
        reason: 'to learn',
      },
    ]);
  });

  it.each<[RecordKind, Entry['facts'], string]>([
    ['injected', {}, 'INFO'],
    ['ended', { verdict: 'held' }, 'INFO'],
    ['ended', { verdict: 'broken' }, 'WARN'],
    ['stopping', {}, 'WARN'],
    ['undo-failed', {}, 'ERROR'],
    ['failed', {}, 'ERROR'],
  ])('of kind %s with %j has the level %s', async (kind, facts, level) => {
    const { herald, log } = await aHerald();
    await herald.tell(records([kind, facts]));
    expect(log.lines().map((line) => line.level)).toEqual([level]);
  });

  it('is left out below the level that is asked for', async () => {
    const { herald, log } = await aHerald('well', 'well', 'WARN');
    await herald.tell(records(['injected'], ['stopping']));
    expect(log.lines().map(({ kind }) => kind)).toEqual(['stopping']);
  });

  it('of a switch names its chain and no experiment', async () => {
    const { herald, log } = await aHerald();
    await herald.tell(aChain('lever', [anEntry('key', { kind: 'lever-engaged' })]));
    expect(log.lines()[0]).toMatchObject({ chain: 'lever', kind: 'lever-engaged' });
    expect(log.lines()[0]).not.toHaveProperty('experiment');
  });
});

describe('metrics', () => {
  it('are written at once, as the embedded metric format has it, with group and experiment beside them', async () => {
    const { herald, log } = await aHerald();
    await herald.tell(
      records(['undone', { seconds: 2.5 }], ['refused', { refusals: [{ code: 'late' }] }], ['undo-failed']),
    );
    const lines = log.metrics().map((line) => emfSchema.parse(line));
    expect(lines.flatMap(valuesOf)).toEqual([
      { namespace: 'Capuchin', name: 'UndoSeconds', unit: 'Seconds', value: 2.5, dimensions: { service: 'Capuchin' } },
      { namespace: 'Capuchin', name: 'Refused', unit: 'Count', value: 1, dimensions: { service: 'Capuchin' } },
      {
        namespace: 'Capuchin',
        name: 'Refused',
        unit: 'Count',
        value: 1,
        dimensions: { service: 'Capuchin', Code: 'late' },
      },
      { namespace: 'Capuchin', name: 'UndoFailed', unit: 'Count', value: 1, dimensions: { service: 'Capuchin' } },
    ]);
    for (const line of lines) expect(line).toMatchObject({ experiment: 'shop-checkout-1', group: GROUP });
  });
});

/** Longer than the patience of 3 s by what a busy machine may add, and far shorter than what the bus's own client would wait. */
const PATIENT_MS = 8_000;

describe('failure to tell', () => {
  it.each<[Manner, Manner, number]>([
    ['down', 'well', 1],
    ['well', 'down', 1],
    ['down', 'down', 2],
    ['hanging', 'well', 1],
    ['well', 'hanging', 1],
    ['hanging', 'hanging', 2],
  ])(
    'of a bus that is %s and a topic that is %s: nothing thrown, counted, logged, given up in time',
    async (bus, topic, untold) => {
      const { herald, answerer, log } = await aHerald(bus, topic);
      const begunMs = performance.now();
      expect(await herald.tell(records(['undo-failed', { byHand: 'unpause it' }]))).toBe(untold);
      expect(performance.now() - begunMs).toBeLessThan(PATIENT_MS);
      // Whoever is well was told all the same.
      expect(answerer.events).toHaveLength(bus === 'well' ? 1 : 0);
      expect(answerer.notices).toHaveLength(topic === 'well' ? 1 : 0);
      expect(answerer.calls.bus > 0 && answerer.calls.topic > 0).toBe(true);
      expect(log.lines().filter(({ kind }) => kind === 'undo-failed')).toHaveLength(1);
      expect(log.lines().filter(({ level, kind }) => level === 'WARN' && kind === undefined)).toHaveLength(untold);
      expect(log.metrics().map((line) => line.Untold ?? line.UndoFailed)).toEqual([1, untold]);
    },
  );

  it.each<Manner>(['down', 'hanging'])(
    'of a topic that is %s does not keep an announced act waiting',
    async (topic) => {
      const { herald } = await aHerald('well', topic);
      const begunMs = performance.now();
      expect(await herald.announce(ANNOUNCED)).toBe(1);
      expect(performance.now() - begunMs).toBeLessThan(PATIENT_MS);
    },
  );

  it('names the cause in the log', async () => {
    const { herald, log } = await aHerald('down', 'down');
    await herald.tell(records(['failed']));
    const warnings = log.lines().filter(({ level }) => level === 'WARN');
    expect(warnings.map(({ message }) => String(message)).sort((a, b) => a.localeCompare(b))).toEqual([
      'a notice could not be published',
      'the event bus did not take 1 of 1 records',
    ]);
    expect(JSON.stringify(warnings)).toContain('not authorized');
  });

  it('of a bus that hangs costs one wait, however many records there are', async () => {
    const { herald } = await aHerald('hanging');
    const begunMs = performance.now();
    expect(await herald.tell(records(...Array.from({ length: 170 }, () => ['planned'] as const)))).toBe(170);
    expect(performance.now() - begunMs).toBeLessThan(PATIENT_MS);
  });

  it('is nothing but a number when even the log is full', async () => {
    const fail = (): never => {
      throw new Error('no space left');
    };
    const herald = new Herald({
      bus: { tell: () => Promise.reject(new Error('no bus')) },
      topic: { publish: () => Promise.reject(new Error('no topic')) },
      logger: { debug: fail, info: fail, warn: fail, error: fail },
      metrics: { addDimension: fail, addMetadata: fail, addMetric: fail, publishStoredMetrics: fail },
    });
    expect(await herald.tell(records(['ended'], ['recovered']))).toBe(3);
    expect(await herald.announce(ANNOUNCED)).toBe(1);
  });
});
