import { describe, expect, it } from 'vitest';
import { PHASES, type Probe, probeSchema } from '../../../lib/core/probe.ts';

const TARGET_GROUP = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/cart/0123456789abcdef';

/** The least that each kind of probe needs, and what it is made of it. */
const LEAST: Record<Probe['type'], [object, object]> = {
  'service-stable': [{}, { name: 'service-stable', phases: ['before', 'after'] }],
  alarm: [
    { name: 'p', alarms: ['errors'] },
    { states: ['OK'], phases: ['before', 'during', 'after'], timeoutSeconds: 5 },
  ],
  metric: [
    {
      name: 'p',
      metrics: { m: { namespace: 'N', metric: 'M', statistic: 'Sum' } },
      comparator: '<',
      threshold: 1,
    },
    { phases: ['before', 'during', 'after'], timeoutSeconds: 5 },
  ],
  http: [
    { name: 'p', url: 'https://shop.example/health' },
    {
      method: 'GET',
      headers: {},
      followRedirects: false,
      attempts: 1,
      phases: ['before', 'during', 'after'],
      timeoutSeconds: 5,
    },
  ],
  lambda: [
    { name: 'p', functionName: 'check' },
    {
      payload: {},
      expect: { path: 'healthy', equals: true },
      phases: ['before', 'during', 'after'],
      timeoutSeconds: 5,
    },
  ],
  'targets-healthy': [{}, { name: 'targets-healthy', phases: ['before', 'after'], timeoutSeconds: 5 }],
};
const TYPES = Object.keys(LEAST) as Probe['type'][];

const inputOf = (type: Probe['type'], changes: object = {}) => ({ type, ...LEAST[type][0], ...changes });
const pathsOf = (input: object): string[] =>
  probeSchema.safeParse(input).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe.each(TYPES)('a probe of type %s', (type) => {
  it('has defaults that ask for little, and no field that it does not know', () => {
    expect(probeSchema.parse(inputOf(type))).toEqual({ ...inputOf(type), ...metricDefaults(type), ...LEAST[type][1] });
    expect(pathsOf(inputOf(type, { tresholds: 1 }))).toEqual(['']);
  });

  it('takes the phases in which it is asked, one at least', () => {
    for (const phases of [...PHASES.map((phase) => [phase]), [...PHASES]]) {
      expect(probeSchema.parse(inputOf(type, { phases })).phases).toEqual(phases);
    }
    expect(pathsOf(inputOf(type, { phases: [] }))).toEqual(['phases']);
    expect(pathsOf(inputOf(type, { phases: ['later'] }))).toEqual(['phases.0']);
  });

  it('is asked at every look unless it has an interval of 1 s to an hour', () => {
    expect(probeSchema.parse(inputOf(type)).intervalSeconds).toBeUndefined();
    for (const intervalSeconds of [1, 3600]) {
      expect(probeSchema.parse(inputOf(type, { intervalSeconds })).intervalSeconds).toBe(intervalSeconds);
    }
    for (const intervalSeconds of [0, 3601, 1.5]) {
      expect(pathsOf(inputOf(type, { intervalSeconds }))).toEqual(['intervalSeconds']);
    }
  });

  it('is the same after it went over a wire and was read again', () => {
    const probe = probeSchema.parse(inputOf(type));
    expect(probeSchema.parse(JSON.parse(JSON.stringify(probe)))).toEqual(probe);
  });
});

function metricDefaults(type: Probe['type']): object {
  if (type !== 'metric') return {};
  const metrics = { m: { namespace: 'N', metric: 'M', statistic: 'Sum', dimensions: {} } };
  return { metrics, periodSeconds: 60, delaySeconds: 60 };
}

describe.each(TYPES.filter((type) => type !== 'service-stable'))('the time-out of %s', (type) => {
  it('is from 1 s to 30 s', () => {
    for (const timeoutSeconds of [1, 30]) {
      expect(probeSchema.parse(inputOf(type, { timeoutSeconds }))).toMatchObject({ timeoutSeconds });
    }
    for (const timeoutSeconds of [0, 31, 2.5]) {
      expect(pathsOf(inputOf(type, { timeoutSeconds }))).toContain('timeoutSeconds');
    }
  });
});

it('a time-out of what is read anyway is refused, so that nobody relies on it', () => {
  expect(pathsOf({ type: 'service-stable', timeoutSeconds: 5 })).toEqual(['']);
});

describe('a mistake is named with its place', () => {
  it.each<[Probe['type'], object, string]>([
    ['service-stable', { maxMissing: -1 }, 'maxMissing'],
    ['alarm', { alarms: [] }, 'alarms'],
    ['alarm', { alarms: Array.from({ length: 101 }, (_, n) => `a${n}`) }, 'alarms'],
    ['alarm', { alarms: [''] }, 'alarms.0'],
    ['alarm', { states: [] }, 'states'],
    ['alarm', { states: ['MISSING'] }, 'states.0'],
    ['http', { url: 'shop.example/health' }, 'url'],
    ['http', { url: 'ftp://shop.example/' }, 'url'],
    ['http', { url: 'https://ann:secret@shop.example/' }, 'url'],
    ['http', { url: 'https://ann@shop.example/' }, 'url'],
    ['http', { method: 'POST' }, 'method'],
    ['http', { headers: { 'not a name': 'x' } }, 'headers.not a name'],
    ['http', { headers: { Connection: 'keep-alive' } }, 'headers.Connection'],
    ['http', { headers: { Host: 'other.example' } }, 'headers.Host'],
    ['http', { headers: { accept: 'a\r\nb: c' } }, 'headers.accept'],
    ['http', { expectStatus: 99 }, 'expectStatus'],
    ['http', { expectStatus: [] }, 'expectStatus'],
    ['http', { maxLatencyMs: 5_001 }, 'maxLatencyMs'],
    ['http', { expectBody: { matches: '(' } }, 'expectBody.matches'],
    ['http', { expectBody: { contains: 'a', matches: 'a' } }, 'expectBody'],
    ['http', { method: 'HEAD', expectBody: { contains: 'a' } }, 'expectBody'],
    ['http', { attempts: 6, timeoutSeconds: 1 }, 'attempts'],
    ['http', { attempts: 4, timeoutSeconds: 8 }, 'attempts'],
    ['lambda', { functionName: 'not a name' }, 'functionName'],
    ['lambda', { functionName: '123456789012:function:check' }, 'functionName'],
    ['lambda', { payload: { capuchin: 1 } }, 'payload'],
    ['lambda', { expect: { path: 'a' } }, 'expect'],
    ['lambda', { expect: { path: '', equals: 1 } }, 'expect'],
    ['lambda', { expect: { path: 'a', equals: 1, atMost: 1 } }, 'expect'],
    ['targets-healthy', { minHealthyFraction: 0 }, 'minHealthyFraction'],
    ['targets-healthy', { minHealthyFraction: 1.1 }, 'minHealthyFraction'],
    ['targets-healthy', { minHealthyCount: 0 }, 'minHealthyCount'],
    ['targets-healthy', { targetGroups: [] }, 'targetGroups'],
    ['targets-healthy', { targetGroups: ['cart'] }, 'targetGroups.0'],
  ])('of %s with %j', (type, changes, path) => {
    expect(pathsOf(inputOf(type, changes))).toEqual([path]);
  });

  it.each<[Probe['type'], object]>([
    ['service-stable', { maxMissing: 0 }],
    ['alarm', { alarms: Array.from({ length: 100 }, (_, n) => `a ${n}`), states: ['OK', 'INSUFFICIENT_DATA'] }],
    ['http', { url: 'http://{service}.{cluster}.internal:8080/health?full=1', method: 'HEAD' }],
    ['http', { headers: { 'X-Check': 'yes' } }],
    ['http', { expectStatus: 301 }],
    ['http', { expectStatus: [200, 503], maxLatencyMs: 5_000, attempts: 5 }],
    ['http', { expectBody: { matches: '^\\{"status":"(UP|OK)"' }, attempts: 3, timeoutSeconds: 10 }],
    ['lambda', { functionName: 'check:live' }],
    ['lambda', { functionName: 'check:$LATEST' }],
    ['lambda', { functionName: 'arn:aws:lambda:eu-west-1:123456789012:function:check' }],
    ['lambda', { functionName: 'arn:aws-cn:lambda:cn-north-1:123456789012:function:check:7' }],
    ['lambda', { payload: { deep: [1, { a: null }] }, expect: { path: 'a.0.b', atLeast: 1, atMost: 2 } }],
    ['lambda', { expect: { path: 'state', equals: { ok: [true] } } }],
    ['targets-healthy', { targetGroups: [TARGET_GROUP], minHealthyFraction: 0.5, minHealthyCount: 2 }],
  ])('and %s with %j is none', (type, changes) => {
    expect(probeSchema.parse(inputOf(type, changes))).toMatchObject(changes);
  });
});
