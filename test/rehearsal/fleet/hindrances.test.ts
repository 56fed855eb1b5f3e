import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { correlated, gilbertElliott, markov, spreadOf } from '../../../lib/rehearsal/fleet/chances.ts';
import { HEADER_BYTES, packetsOf, type Way } from '../../../lib/rehearsal/fleet/hindrance.ts';
import { type ConnectionOrder, hindranceOf } from '../../../lib/rehearsal/fleet/hindrances.ts';
import { seeded } from './seeded.ts';

const WAYS: readonly Way[] = ['ingress', 'egress'];

const begin = (order: ConnectionOrder, seed = 1) => hindranceOf(order, new AbortController().signal, seeded(seed));

function shareOf(isTrue: () => boolean, draws = 100_000): number {
  let count = 0;
  for (let draw = 0; draw < draws; draw += 1) count += isTrue() ? 1 : 0;
  return count / draws;
}

describe('loss', () => {
  const random = { name: 'random', share: 0.2, correlation: 0 } as const;

  it('of one packet in five loses one in five, on its way and not on the other', () => {
    const fault = begin({ kind: 'loss', direction: 'egress', model: random });
    // 100,000 draws: six standard deviations are 0.0076.
    expect(shareOf(() => fault.loses('egress', 100, 0))).toBeCloseTo(0.2, 2);
    expect(shareOf(() => fault.loses('ingress', 100, 0), 1000)).toBe(0);
  });

  it('of a long piece is seen only when one of its last three packets is lost', () => {
    const fault = begin({ kind: 'loss', direction: 'both', model: random });
    for (const bytes of [5000, 50_000]) {
      expect(shareOf(() => fault.loses('ingress', bytes, 0), 50_000)).toBeCloseTo(1 - 0.8 ** 3, 1);
    }
  });

  it('in bursts has the share that the models’ equilibrium has', () => {
    const chances = { toBad: 0.02, toGood: 0.2, lossInBad: 0.7, lossInGood: 0.01 };
    const isBad = chances.toBad / (chances.toBad + chances.toGood);
    const burst = shareOf(gilbertElliott(chances, seeded(7)), 400_000);
    expect(burst).toBeCloseTo(isBad * 0.7 + (1 - isBad) * 0.01, 2);
    const p = { p13: 0.02, p31: 0.2, p32: 0.3, p23: 0.4, p14: 0.05 };
    // In equilibrium as much leaves each state as comes to it: state 3 by p13, 4 by p14, 2 by p32/p23 of state 3.
    const [three, four] = [p.p13 / p.p31, p.p14];
    const all = 1 + three + (three * p.p32) / p.p23 + four;
    expect(shareOf(markov(p, seeded(7)), 400_000)).toBeCloseTo((three + four) / all, 2);
  });

  it('in bursts comes in bursts', () => {
    const isLost = gilbertElliott({ toBad: 0.02, toGood: 0.2, lossInBad: 1, lossInGood: 0 }, seeded(3));
    const fates = Array.from({ length: 200_000 }, () => isLost());
    const bursts = fates.filter((lost, index) => lost && fates[index - 1] !== true).length;
    // A burst ends with a chance of one in five before each packet.
    expect(fates.filter(Boolean).length / bursts).toBeCloseTo(5, 0);
  });

  it('of everything, and a blackhole, lose every time', () => {
    for (const order of [
      { kind: 'loss', direction: 'both', model: { name: 'random', share: 1, correlation: 0 } },
      { kind: 'blackhole', direction: 'both' },
    ] as const) {
      expect(shareOf(() => begin(order).loses('ingress', 0, 0), 100)).toBe(1);
    }
  });
});

test('one number follows the last one by its share', () => {
  const draw = correlated(0.9, seeded(5));
  const drawn = Array.from({ length: 50_000 }, () => draw());
  const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
  const product = (lag: number): number =>
    drawn.reduce((sum, one, index) => sum + (one - mean) * ((drawn[index + lag] ?? mean) - mean), 0);
  expect(mean).toBeCloseTo(0.5, 1);
  expect(product(1) / product(0)).toBeCloseTo(0.9, 1);
});

describe('latency', () => {
  test('waits between the delay less and more the jitter, on its way only', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 1000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        fc.constantFrom(...WAYS),
        fc.nat(),
        (delayMs, part, correlation, direction, seed) => {
          const jitterMs = delayMs * part;
          const fault = begin({ kind: 'latency', direction, delayMs, jitterMs, correlation, spread: 'uniform' }, seed);
          for (let draw = 0; draw < 20; draw += 1) {
            const waited = fault.delayMs(direction);
            expect(waited).toBeGreaterThanOrEqual(delayMs - jitterMs - 1e-9);
            expect(waited).toBeLessThanOrEqual(delayMs + jitterMs + 1e-9);
            for (const other of WAYS.filter((way) => way !== direction)) expect(fault.delayMs(other)).toBe(0);
          }
        },
      ),
    );
  });

  test('whose jitter is normal has it as its standard deviation, and is never negative', () => {
    const order = { kind: 'latency', direction: 'both', delayMs: 100, jitterMs: 20, correlation: 0 } as const;
    const fault = begin({ ...order, spread: 'normal' });
    const drawn = Array.from({ length: 50_000 }, () => fault.delayMs('egress'));
    const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
    const deviation = Math.sqrt(drawn.reduce((sum, one) => sum + (one - mean) ** 2, 0) / drawn.length);
    expect(mean).toBeCloseTo(100, -1);
    expect(Math.abs(deviation - 20)).toBeLessThan(1);
    expect(begin({ ...order, delayMs: 0, jitterMs: 30, spread: 'normal' }).delayMs('egress')).toBeGreaterThanOrEqual(0);
    expect(spreadOf('normal')(0.5)).toBeCloseTo(0, 2);
  });
});

describe('a rate', () => {
  const bytesPerMs = (rateKbit: number): number => rateKbit / 8;

  test('is never exceeded by more than the burst, over any span, whatever is sent when', () => {
    const pieces = fc.array(fc.record({ afterMs: fc.nat({ max: 50 }), bytes: fc.integer({ min: 1, max: 6000 }) }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 20_000 }),
        fc.integer({ min: 9216, max: 60_000 }),
        pieces,
        (rateKbit, burstBytes, sent) => {
          const fault = begin({ kind: 'rate', direction: 'both', rateKbit, burstBytes, queueMs: 10_000 });
          let nowMs = 1000;
          const gone = sent.map(({ afterMs, bytes }) => {
            nowMs += afterMs;
            const atMs = nowMs + fault.paceMs('egress', bytes, nowMs);
            return { atMs, bytes: bytes + packetsOf(bytes) * HEADER_BYTES };
          });
          for (const [first, { atMs: fromMs }] of gone.entries()) {
            let sum = 0;
            for (const { atMs, bytes } of gone.slice(first)) {
              sum += bytes;
              expect(sum).toBeLessThanOrEqual(
                burstBytes + (gone[first]?.bytes ?? 0) + (atMs - fromMs) * bytesPerMs(rateKbit) + 1e-6,
              );
            }
          }
        },
      ),
    );
  });

  test('is kept to for as long as there is something to send', () => {
    const fault = begin({ kind: 'rate', direction: 'both', rateKbit: 8000, burstBytes: 16_384, queueMs: 400 });
    let nowMs = 0;
    for (let piece = 0; piece < 10_000; piece += 1) nowMs += fault.paceMs('egress', 1448, nowMs);
    // 10,000 packets of 1514 bytes less the burst, at 1000 bytes a millisecond.
    expect(nowMs).toBeCloseTo((10_000 * 1514 - 16_384) / 1000, 0);
  });

  test('has a queue: what comes when more waits than it takes is lost, until that has gone', () => {
    const fault = begin({ kind: 'rate', direction: 'egress', rateKbit: 80, burstBytes: 10_000, queueMs: 100 });
    // The burst, then the queue: 10,000 bytes and what goes in 100 ms, another 1,000.
    for (let piece = 0; piece < 15; piece += 1) {
      if (!fault.loses('egress', 1448, 0)) fault.paceMs('egress', 1448, 0);
    }
    expect(fault.loses('egress', 1448, 0)).toBe(true);
    expect(fault.loses('ingress', 1448, 0)).toBe(false);
    expect(fault.loses('egress', 1448, 1000)).toBe(false);
  });
});
