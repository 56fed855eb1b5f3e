import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlarmNow } from '../../../lib/core/alarm.ts';
import {
  type HttpSeen,
  judgeAlarm,
  judgeHttp,
  judgeLambda,
  judgeMetric,
  judgeServiceStable,
  judgeTargetsHealthy,
  type Probe,
  type ProbeAnswer,
  probeSchema,
  type TargetGroupNow,
} from '../../../lib/core/probe.ts';

/** A probe of one kind, read as a config reads it. */
function probeOf<Type extends Probe['type']>(type: Type, input: object): Extract<Probe, { type: Type }> {
  return probeSchema.parse({ type, name: 'p', ...input }) as Extract<Probe, { type: Type }>;
}

const said = ({ answer, because }: ProbeAnswer) => [answer, because];

describe('service-stable with a tolerance', () => {
  const probe = probeOf('service-stable', { maxMissing: 1 });
  const one = { service: 'shop/cart', running: 3, desired: 3, deploying: false };

  it.each([
    [one, 'holds', 'shop/cart runs 3 of 3 (1 may be missing)'],
    [{ ...one, running: 2 }, 'holds', 'shop/cart runs 2 of 3 (1 may be missing)'],
    [{ ...one, running: 1 }, 'violated', 'shop/cart runs 1 of 3 (1 may be missing)'],
    [{ ...one, running: 4 }, 'violated', 'shop/cart runs 4 of 3 (1 may be missing)'],
    [
      { ...one, running: 2, deploying: true },
      'violated',
      'shop/cart runs 2 of 3 and is being deployed (1 may be missing)',
    ],
  ])('about %j is: %s', (service, answer, because) => {
    expect(said(judgeServiceStable(probe, 'during', [service]))).toEqual([answer, because]);
  });
});

describe('alarm', () => {
  const ok: AlarmNow = { name: 'a', state: 'OK' };
  const loud: AlarmNow = { name: 'b', state: 'ALARM', since: '2026-03-02T10:00:00.000Z', reason: '7 > 5' };
  const mute: AlarmNow = { name: 'b', state: 'INSUFFICIENT_DATA' };
  const gone: AlarmNow = { name: 'b', state: 'MISSING' };
  const loudly = 'b is in ALARM since 2026-03-02T10:00:00.000Z (7 > 5)';

  it.each<[string[], AlarmNow[], ProbeAnswer['answer'], string]>([
    [['OK'], [ok, { ...ok, name: 'b' }], 'holds', '2 of 2 alarms are in OK'],
    [['OK'], [ok, loud], 'violated', `${loudly}, not in OK`],
    [['OK'], [ok, mute], 'unknown', 'b is in INSUFFICIENT_DATA, so it cannot be told whether it is in OK'],
    [['OK', 'INSUFFICIENT_DATA'], [ok, mute], 'holds', '2 of 2 alarms are in OK or INSUFFICIENT_DATA'],
    [['OK'], [ok, gone], 'unknown', 'there is no alarm b, so it cannot be told whether it is in OK'],
    [
      ['OK', 'ALARM', 'INSUFFICIENT_DATA'],
      [ok, gone],
      'unknown',
      'there is no alarm b, so it cannot be told whether it is in OK or ALARM or INSUFFICIENT_DATA',
    ],
    [['OK'], [ok], 'unknown', 'there is no alarm b, so it cannot be told whether it is in OK'],
    [['OK'], [gone, { ...loud, name: 'a' }], 'violated', `${loudly.replace('b', 'a')}, not in OK`],
    [['ALARM'], [ok, loud], 'violated', 'a is in OK, not in ALARM'],
  ])('with %j about %j is: %s', (states, alarms, answer, because) => {
    const probe = probeOf('alarm', { alarms: ['a', 'b'], states });
    expect(said(judgeAlarm(probe, 'during', alarms))).toEqual([answer, because]);
  });
});

describe('http', () => {
  const url = 'https://shop.example/health?token=secret#top';
  const asked = 'GET https://shop.example/health';
  const gave = (status: number, latencyMs = 34.4, more: object = {}): HttpSeen => ({
    kind: 'answered',
    status,
    latencyMs,
    ...more,
  });
  const silent: HttpSeen = { kind: 'no-answer', because: 'silent for 5 s' };
  const ours: HttpSeen = { kind: 'not-asked', because: 'EMFILE' };
  const contains = { expectBody: { contains: 'UP' } };

  it.each<[object, HttpSeen[], ProbeAnswer['answer'], string]>([
    [{}, [gave(200)], 'holds', `${asked} gave 200 in 34 ms; wanted 200 to 299`],
    [{}, [gave(299)], 'holds', `${asked} gave 299 in 34 ms; wanted 200 to 299`],
    [{}, [gave(300)], 'violated', `${asked} gave 300 in 34 ms; wanted 200 to 299`],
    [{}, [gave(503)], 'violated', `${asked} gave 503 in 34 ms; wanted 200 to 299`],
    [{ expectStatus: 503 }, [gave(503)], 'holds', `${asked} gave 503 in 34 ms; wanted 503`],
    [{ expectStatus: [200, 404] }, [gave(404)], 'holds', `${asked} gave 404 in 34 ms; wanted 200 or 404`],
    [{ expectStatus: [200, 404] }, [gave(201)], 'violated', `${asked} gave 201 in 34 ms; wanted 200 or 404`],
    [{ maxLatencyMs: 500 }, [gave(200, 500)], 'holds', `${asked} gave 200 in 500 ms; wanted 200 to 299 within 500 ms`],
    [
      { maxLatencyMs: 500 },
      [gave(200, 501)],
      'violated',
      `${asked} gave 200 in 501 ms; wanted 200 to 299 within 500 ms`,
    ],
    [
      contains,
      [gave(200, 1, { body: 'fits' })],
      'holds',
      `${asked} gave 200 in 1 ms; wanted 200 to 299 with a body that contains "UP"`,
    ],
    [
      contains,
      [gave(200, 1, { body: 'differs' })],
      'violated',
      `${asked} gave 200 in 1 ms with another body; wanted 200 to 299 with a body that contains "UP"`,
    ],
    [
      contains,
      [gave(500, 1, { body: 'undecided' })],
      'violated',
      `${asked} gave 500 in 1 ms; wanted 200 to 299 with a body that contains "UP"`,
    ],
    [
      { expectBody: { matches: 'a+' } },
      [gave(200, 1, { body: 'undecided' })],
      'unknown',
      `${asked} gave 200 in 1 ms, but matching its body took too long; wanted 200 to 299 with a body that matches /a+/`,
    ],
    [{}, [silent], 'violated', `${asked} gave no answer: silent for 5 s; wanted 200 to 299`],
    [{}, [ours], 'unknown', `${asked} could not be asked: EMFILE`],
    [{}, [], 'unknown', `${asked} was not asked`],
    [{ attempts: 3 }, [silent, gave(200)], 'holds', `${asked} gave 200 in 34 ms at attempt 2 of 3; wanted 200 to 299`],
    [
      { attempts: 2 },
      [gave(200), silent],
      'violated',
      `${asked} gave no answer at attempt 2 of 2: silent for 5 s; wanted 200 to 299`,
    ],
  ])('with %j after %j is: %s', (changes, seen, answer, because) => {
    expect(said(judgeHttp(probeOf('http', { url, ...changes }), 'during', seen))).toEqual([answer, because]);
  });

  it('says nothing of a query, which may hold a secret', () => {
    for (const seen of [[gave(200)], [gave(500)], [silent], [ours], []]) {
      expect(judgeHttp(probeOf('http', { url }), 'during', seen).because).not.toContain('secret');
    }
  });
});

describe('lambda', () => {
  const at = (path: string, bounds: object) => ({ expect: { path, ...bounds } });

  it.each<[object, unknown, ProbeAnswer['answer'], string]>([
    [{}, { healthy: true }, 'holds', 'check answered healthy = true, wanted true'],
    [{}, { healthy: false }, 'violated', 'check answered healthy = false, not true'],
    [{}, { healthy: 'true' }, 'violated', 'check answered healthy = "true", not true'],
    [{}, { well: true }, 'unknown', 'check answered {"well":true}, which has no "healthy"'],
    [{}, null, 'unknown', 'check answered null, which has no "healthy"'],
    [{}, undefined, 'unknown', 'check answered nothing, which has no "healthy"'],
    [{}, 'healthy', 'unknown', 'check answered "healthy", which has no "healthy"'],
    [at('constructor', { equals: 1 }), {}, 'unknown', 'check answered {}, which has no "constructor"'],
    [at('length', { equals: 1 }), [1], 'unknown', 'check answered [1], which has no "length"'],
    [at('a.1.b', { equals: null }), { a: [0, { b: null }] }, 'holds', 'check answered a.1.b = null, wanted null'],
    [
      at('a', { equals: { x: 1, y: [2] } }),
      { a: { y: [2], x: 1 } },
      'holds',
      'check answered a = {"y":[2],"x":1}, wanted {"x":1,"y":[2]}',
    ],
    [at('a', { equals: { x: 1 } }), { a: { x: 1, y: 2 } }, 'violated', 'check answered a = {"x":1,"y":2}, not {"x":1}'],
    [at('a', { equals: { x: 1, y: 2 } }), { a: { x: 1 } }, 'violated', 'check answered a = {"x":1}, not {"x":1,"y":2}'],
    [at('a', { equals: [] }), { a: {} }, 'violated', 'check answered a = {}, not []'],
    [at('a', { equals: [1, 2] }), { a: [2, 1] }, 'violated', 'check answered a = [2,1], not [1,2]'],
    [at('lag', { atMost: 5 }), { lag: 5 }, 'holds', 'check answered lag = 5, wanted at most 5'],
    [at('lag', { atMost: 5 }), { lag: 5.1 }, 'violated', 'check answered lag = 5.1, not at most 5'],
    [at('n', { atLeast: 2 }), { n: 1 }, 'violated', 'check answered n = 1, not at least 2'],
    [at('n', { atLeast: 2, atMost: 3 }), { n: 2 }, 'holds', 'check answered n = 2, wanted from 2 to 3'],
    [at('n', { atLeast: 2, atMost: 3 }), { n: 4 }, 'violated', 'check answered n = 4, not from 2 to 3'],
    [
      at('n', { atLeast: 2 }),
      { n: '3' },
      'unknown',
      'check answered n = "3", which is no number, so it cannot be told whether it is at least 2',
    ],
  ])('with %j that got %j is: %s', (changes, answer, expected, because) => {
    expect(said(judgeLambda(probeOf('lambda', { functionName: 'check', ...changes }), 'during', answer))).toEqual([
      expected,
      because,
    ]);
  });

  it('cuts a long answer short', () => {
    const answer = { healthy: 'x'.repeat(10_000) };
    expect(judgeLambda(probeOf('lambda', { functionName: 'check' }), 'after', answer).because.length).toBeLessThan(200);
  });
});

describe('targets-healthy', () => {
  const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/cart/0123456789abcdef';
  const group = (...states: string[]): TargetGroupNow => ({
    targetGroup: ARN,
    targets: states.map((state, n) => ({ target: `10.0.0.${n}:80`, state })),
  });
  const H = 'healthy';
  const tenHealthyOf = (registered: number): TargetGroupNow =>
    group(...Array.from({ length: registered }, (_, n) => (n < 10 ? H : 'unhealthy')));

  it.each<[object, TargetGroupNow[], ProbeAnswer['answer'], string]>([
    [{}, [group(H, H)], 'holds', '2 of 2 targets of cart are healthy, wanted all'],
    [{}, [group(H, 'unhealthy')], 'violated', '1 of 2 targets of cart are healthy (10.0.0.1:80 is unhealthy), not all'],
    [
      {},
      [group(H, 'initial', 'unused')],
      'violated',
      '1 of 3 targets of cart are healthy (10.0.0.1:80 is initial and 1 more), not all',
    ],
    [{}, [group(H, 'draining')], 'holds', '1 of 1 targets of cart are healthy, wanted all'],
    [{}, [group('draining')], 'violated', '0 of 0 targets of cart are healthy, not all'],
    [{}, [group()], 'violated', '0 of 0 targets of cart are healthy, not all'],
    [
      {},
      [group(H), group(H, 'unhealthy')],
      'violated',
      '1 of 2 targets of cart are healthy (10.0.0.1:80 is unhealthy), not all',
    ],
    [{}, [], 'unknown', 'no service could be read'],
    [
      {},
      [group(H), { withoutTargetGroup: 'shop/web' }],
      'unknown',
      'shop/web has no target group that can be told; name it in targetGroups',
    ],
    [
      {},
      [group('unhealthy'), { withoutTargetGroup: 'shop/web' }],
      'violated',
      '0 of 1 targets of cart are healthy (10.0.0.0:80 is unhealthy), not all',
    ],
    [{}, [group(H, 'unavailable')], 'unknown', '1 of 2 targets of cart are healthy (10.0.0.1:80 is unavailable)'],
    [
      {},
      [group('unavailable', 'unhealthy')],
      'violated',
      '0 of 2 targets of cart are healthy (10.0.0.0:80 is unavailable and 1 more), not all',
    ],
    [
      { minHealthyFraction: 0.5 },
      [group(H, 'unhealthy')],
      'holds',
      '1 of 2 targets of cart are healthy (10.0.0.1:80 is unhealthy), wanted at least 50 %',
    ],
    [
      { minHealthyFraction: 0.51 },
      [group(H, 'unhealthy')],
      'violated',
      '1 of 2 targets of cart are healthy (10.0.0.1:80 is unhealthy), not at least 51 %',
    ],
    [
      { minHealthyCount: 1 },
      [group(H, 'unhealthy')],
      'holds',
      '1 of 2 targets of cart are healthy (10.0.0.1:80 is unhealthy), wanted at least 1',
    ],
    [{ minHealthyCount: 2 }, [group(H, 'draining')], 'violated', '1 of 1 targets of cart are healthy, not at least 2'],
    [
      { minHealthyCount: 2, minHealthyFraction: 0.9 },
      [group(H, H, 'unhealthy')],
      'violated',
      '2 of 3 targets of cart are healthy (10.0.0.2:80 is unhealthy), not at least 90 % and at least 2',
    ],
  ])('with %j about %j is: %s', (changes, groups, answer, because) => {
    expect(said(judgeTargetsHealthy(probeOf('targets-healthy', changes), 'after', groups))).toEqual([answer, because]);
  });

  it('does not stumble over a fraction that no double holds exactly', () => {
    for (let registered = 10; registered <= 200; registered++) {
      const probe = probeOf('targets-healthy', { minHealthyFraction: 10 / registered });
      expect(judgeTargetsHealthy(probe, 'after', [tenHealthyOf(registered)]).answer, `10 of ${registered}`).toBe(
        'holds',
      );
    }
  });

  it('says the reason that the load balancer gives', () => {
    const targets = [{ target: 'i-0abc:8080', state: 'unhealthy', reason: 'Target.Timeout' }];
    const answer = judgeTargetsHealthy(probeOf('targets-healthy', {}), 'after', [{ targetGroup: ARN, targets }]);
    expect(answer.because).toContain('(i-0abc:8080 is unhealthy: Target.Timeout)');
  });
});

it('a value that is no number was not measured', () => {
  const metrics = { m: { namespace: 'N', metric: 'M', statistic: 'Sum' } };
  const probe = probeOf('metric', { metrics, comparator: '<', threshold: 1 });
  const answer = judgeMetric(probe, 'during', [{ atMs: 0, value: Number.NaN }], { fromMs: 0, untilMs: 60_000 });
  expect(answer.answer).toBe('unknown');
});

describe('whatever is answered', () => {
  const state = fc.constantFrom('healthy', 'unhealthy', 'initial', 'draining', 'unused', 'unavailable');
  const text = fc.string({ maxLength: 20 });

  /** One of the three answers, with a sentence; and a pass only where it may be. */
  function expectAnswer({ answer, because, probe, phase }: ProbeAnswer, mayHold: boolean): void {
    expect(['p', 'during']).toEqual([probe, phase]);
    expect(because).not.toBe('');
    expect(mayHold ? ['holds', 'violated', 'unknown'] : ['violated', 'unknown']).toContain(answer);
  }

  it('lambda gives an answer, and passes only what is healthy', () => {
    const probe = probeOf('lambda', { functionName: 'check' });
    const anything = fc.oneof(fc.anything(), fc.jsonValue(), fc.record({ healthy: fc.jsonValue() }));
    fc.assert(
      fc.property(anything, (answer) => {
        let isJson = true;
        try {
          JSON.stringify(answer);
        } catch {
          isJson = false;
        }
        fc.pre(isJson);
        const isHealthy = (answer as { healthy?: unknown } | null | undefined)?.healthy === true;
        expectAnswer(judgeLambda(probe, 'during', answer), isHealthy);
      }),
    );
  });

  it('alarm gives an answer, and passes only when all are in OK', () => {
    const probe = probeOf('alarm', { alarms: ['a', 'b'] });
    const alarm = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      state: fc.constantFrom<AlarmNow['state']>('OK', 'ALARM', 'INSUFFICIENT_DATA', 'MISSING'),
    });
    fc.assert(
      fc.property(fc.array(alarm, { maxLength: 4 }), (alarms) => {
        const isOk = (name: string) => alarms.findLast((one) => one.name === name)?.state === 'OK';
        expectAnswer(judgeAlarm(probe, 'during', alarms), isOk('a') && isOk('b'));
      }),
    );
  });

  it('targets-healthy gives an answer, and passes only when enough are healthy', () => {
    const probe = probeOf('targets-healthy', { minHealthyFraction: 0.5 });
    const targetGroup = fc.record({
      targetGroup: text,
      targets: fc.array(fc.record({ target: text, state: fc.oneof(state, text) }), { maxLength: 6 }),
    });
    const service = fc.record({ withoutTargetGroup: text });
    fc.assert(
      fc.property(fc.array(fc.oneof(targetGroup, service), { maxLength: 4 }), (groups) => {
        const isEnough = (one: TargetGroupNow): boolean => {
          if (!('targets' in one)) return false;
          const registered = one.targets.filter((target) => target.state !== 'draining');
          const healthy = registered.filter((target) => target.state === 'healthy').length;
          return healthy > 0 && 2 * healthy >= registered.length;
        };
        const mayHold = groups.length > 0 && groups.every(isEnough);
        const answer = judgeTargetsHealthy(probe, 'during', groups);
        expectAnswer(answer, mayHold);
        if (mayHold) expect(answer.answer).toBe('holds');
      }),
    );
  });

  it('http gives an answer, and passes only what is expected', () => {
    const probe = probeOf('http', {
      url: 'http://shop.example/',
      attempts: 5,
      maxLatencyMs: 100,
      expectBody: { contains: 'a' },
    });
    const answered = fc.record({
      kind: fc.constant('answered' as const),
      status: fc.integer({ min: -1, max: 1000 }),
      latencyMs: fc.double(),
      body: fc.constantFrom('fits' as const, 'differs' as const, 'undecided' as const),
    });
    const failed = fc.record({ kind: fc.constantFrom('no-answer' as const, 'not-asked' as const), because: text });
    fc.assert(
      fc.property(fc.array(fc.oneof(answered, failed), { maxLength: 5 }), (seen) => {
        const last = seen.at(-1);
        const isGood =
          last?.kind === 'answered' &&
          last.status >= 200 &&
          last.status < 300 &&
          last.latencyMs <= 100 &&
          last.body === 'fits';
        expectAnswer(judgeHttp(probe, 'during', seen), isGood);
      }),
    );
  });
});
