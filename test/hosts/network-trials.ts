import { expect } from 'vitest';
import { dependencyFailure } from '../../lib/faults/dependency-failure.ts';
import { dnsFailure } from '../../lib/faults/dns-failure.ts';
import { networkBlackhole } from '../../lib/faults/network-blackhole.ts';
import { networkCombine } from '../../lib/faults/network-combine.ts';
import { networkCorrupt } from '../../lib/faults/network-corrupt.ts';
import { networkDuplicate } from '../../lib/faults/network-duplicate.ts';
import { networkLatency } from '../../lib/faults/network-latency.ts';
import { networkLoss } from '../../lib/faults/network-loss.ts';
import { networkPartition } from '../../lib/faults/network-partition.ts';
import { networkRate } from '../../lib/faults/network-rate.ts';
import { networkReorder } from '../../lib/faults/network-reorder.ts';
import { close, perSecond } from './closeness.ts';
import type { Place, Trial } from './experiment.ts';
import { lossOf, OUTSIDE } from './guest/index.ts';

/** How long what is answered at once may take while the host works. */
const PATIENCE_MS = 1_500;
/** What emulation adds to a round trip, on top of the 5 %. */
const NOISE_MS = 6;

/** A share that n packets show is within four standard errors. */
const closeShare = (share: number, asked: number, n: number): void =>
  expect(Math.abs(share - asked), `${share} of ${n}, asked ${asked}`).toBeLessThan(
    4 * Math.sqrt((asked * (1 - asked)) / n),
  );

/** A quarter of the round trips took no longer: a busy machine only makes some of them longer. */
const quick = (times: readonly number[]): number =>
  times.toSorted((x, y) => x - y)[Math.floor(times.length / 4)] ?? Number.NaN;

const closeDelay = (times: readonly number[], askedMs: number): void => {
  expect(quick(times)).toBeGreaterThan(askedMs * 0.95);
  expect(quick(times)).toBeLessThan(askedMs * 1.05 + NOISE_MS);
};

/** Pings from outside, so that no program of the tests lives in the container's namespace. */
async function pings({ meter, container }: Place, count = 3, intervalMs = 100) {
  const { times, copies } = await meter.pings('outside', container.address, { count, intervalMs, timeoutS: 1 });
  return { back: times.filter((time) => time !== null), lost: lossOf(times), copies };
}

/** Whether a program of the host fails in the container's network. */
async function fails({ guest, container }: Place, ...argv: readonly string[]): Promise<boolean> {
  const enter = ['nsenter', '-t', String(container.pid), '-n', 'timeout', '3', 'busybox'];
  return (await guest.exec([...enter, ...argv])).code !== 0;
}
const failsToGet = (place: Place, address: string): Promise<boolean> =>
  fails(place, 'wget', '-q', '-O', '/dev/null', `http://${address}/`);

/** Bytes that the container's eth0 has sent. */
async function sent({ guest, container }: Place): Promise<number> {
  const [table] = await guest.read(`/proc/${container.pid}/net/dev`);
  return Number(/eth0:(?:\s*\d+){8}\s+(\d+)/.exec(table ?? '')?.[1]);
}

/** Faults of the network of a container, by the strength that is asked for and measured. */
export const NETWORK_TRIALS: readonly Trial[] = [
  {
    fault: networkLatency,
    parameters: { delayMs: 400 },
    isUnder: async (place) => Math.min(...(await pings(place)).back) > 390,
    measure: async (place) => closeDelay((await pings(place, 16)).back, 400),
  },
  {
    fault: networkLoss,
    parameters: { percent: 40 },
    isUnder: async (place) => (await pings(place, 15, 50)).lost > 0,
    measure: async (place) => closeShare((await pings(place, 400, 10)).lost, 0.4, 400),
  },
  {
    fault: networkDuplicate,
    parameters: { percent: 40 },
    isUnder: async (place) => (await pings(place, 15, 50)).copies > 0,
    measure: async (place) => {
      const { copies, lost } = await pings(place, 400, 10);
      closeShare(copies / 400, 0.4, 400);
      expect(lost).toBe(0);
    },
  },
  {
    fault: networkCorrupt,
    parameters: { percent: 100 },
    // Each segment has a wrong bit, which its checksum shows.
    isUnder: async ({ meter, container }) =>
      (await meter.http('outside', container.address, { timeoutMs: PATIENCE_MS })).error === 'timeout',
    measure: async ({ meter, container }) => {
      const { times } = await meter.echo(container, { count: 400, intervalMs: 10 });
      await meter.leave(container);
      // One bit of the 106 bytes of the frame. That of the sender's link address, 6 bytes, nobody looks at.
      closeShare(lossOf(times), 100 / 106, 400);
    },
  },
  {
    fault: networkReorder,
    parameters: { delayMs: 400, percent: 50 },
    isUnder: async (place) => {
      const { back } = await pings(place, 8, 50);
      return Math.min(...back) < 300 && Math.max(...back) > 390;
    },
    measure: async (place) => {
      const { back } = await pings(place, 100, 40);
      const late = back.filter((time) => time > 300);
      closeShare(late.length / 100, 0.5, 100);
      closeDelay(late, 400);
    },
  },
  {
    fault: networkRate,
    parameters: { rateKbit: 1000 },
    // 4 MiB, half a minute at this rate.
    isUnder: async ({ meter, container }) =>
      (await meter.http('outside', container.address, { path: '/megabytes', timeoutMs: 2 * PATIENCE_MS })).error ===
      'timeout',
    measure: async (place) => {
      const { guest, meter, container } = place;
      const transfer = meter.http('outside', container.address, { path: '/megabytes', timeoutMs: 12_000 });
      // After the burst that may go at once.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      close(await perSecond(guest, 8_000, () => sent(place)), 125_000, 'bytes a second');
      await transfer;
    },
  },
  {
    fault: networkCombine,
    standsForOthers: true,
    parameters: { delayMs: 400, duplicatePercent: 100 },
    isUnder: async (place) => {
      const { back, copies } = await pings(place);
      return Math.min(...back) > 390 && copies > 0;
    },
    measure: async (place) => {
      const { back, copies } = await pings(place, 16);
      closeDelay(back, 400);
      // It stops listening with the last first answer.
      expect(copies).toBeGreaterThanOrEqual(15);
    },
  },
  {
    fault: networkBlackhole,
    parameters: { ports: [80], portSide: 'local', protocol: 'tcp' },
    isUnder: async ({ meter, container }) =>
      (await meter.connect('outside', container.address, 80, PATIENCE_MS)).error === 'timeout',
    measure: async (place) => {
      const { meter, container } = place;
      expect((await meter.connect('outside', container.address6, 80, PATIENCE_MS)).error).toBe('timeout');
      expect((await pings(place)).lost, 'another protocol').toBe(0);
      expect(await failsToGet(place, OUTSIDE.peers[0]), 'the other side of the port').toBe(false);
    },
  },
  {
    fault: networkPartition,
    standsForOthers: true,
    // From where the outside pings.
    parameters: { addresses: ['10.99.0.1'] },
    isUnder: async (place) => (await pings(place)).lost === 1,
    measure: async (place) => {
      expect(await failsToGet(place, OUTSIDE.peers[0]), 'another peer').toBe(false);
    },
  },
  {
    fault: dnsFailure,
    standsForOthers: true,
    isUnder: (place) => fails(place, 'nslookup', 'shop.example', OUTSIDE.names),
    measure: async (place) => {
      expect(await fails(place, 'nslookup', 'shop.example', OUTSIDE.names6), 'IPv6').toBe(true);
      expect(await failsToGet(place, OUTSIDE.peers[0]), 'another port').toBe(false);
    },
  },
  {
    fault: dependencyFailure,
    parameters: { hosts: ['api.example'] },
    isUnder: (place) => failsToGet(place, OUTSIDE.peers[0]),
    measure: async (place) => {
      expect(await failsToGet(place, OUTSIDE.peers[1]), 'another host').toBe(false);
    },
  },
];
