import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlockingHost } from './blocking-host.ts';
import {
  type Container,
  diff,
  Guest,
  lossOf,
  Meter,
  only,
  removeAll,
  type Snapshot,
  snapshot,
  startNeighbour,
  startTask,
  type Task,
} from './guest/index.ts';
import { eventually } from './pace.ts';
import { Pool } from './pool.ts';

const [PEER, OTHER] = ['10.99.0.11', '10.99.0.12'];
const [PEER6, OTHER6] = ['fd99::11', 'fd99::12'];
const BOOT_MS = 400_000;
/** Tests that go on at the same time wait for each other, too. */
const TEST_MS = 900_000;
/** What emulation adds to a round trip, on top of the 5 %. */
const NOISE_MS = 6;

/** What one test at a time does its faults to: an `awsvpc` task. */
interface Ground {
  readonly task: Task;
  readonly app: Container;
  /** Holds the namespace: the container whose sections of a snapshot tell of it. */
  readonly holder: string;
}

/** A quarter of the round trips took no longer: a busy machine only makes some of them longer. */
const quick = (times: readonly (number | null)[]): number =>
  times.filter((time) => time !== null).toSorted((a, b) => a - b)[Math.floor(times.length / 4)] ?? Number.NaN;

describe('shaping', () => {
  let guest: Guest;
  let host: BlockingHost;
  let meter: Meter;
  let grounds: Pool<Ground>;
  let neighbour: Container;
  let before: Snapshot;

  async function startGround(): Promise<Ground> {
    const task = await startTask(guest, 'shaped', { network: 'awsvpc', containers: ['app', 'aside'] });
    return { task, app: only(task), holder: task.pause?.name ?? '' };
  }

  beforeAll(async () => {
    guest = await Guest.open();
    host = new BlockingHost(guest);
    meter = new Meter(guest);
    const [beside, ...all] = await Promise.all([
      startNeighbour(guest, 'shaping-neighbour'),
      startGround(),
      startGround(),
    ]);
    neighbour = beside;
    grounds = new Pool(all);
    // Whatever is asked for the first time leaves something behind: neighbours' addresses, modules, programs that measure.
    for (const { pid } of [neighbour, ...all.map(({ app }) => app)]) {
      await Promise.all([undefined, PEER6, OTHER, OTHER6].map((peer) => echo({ pid }, peer, 3)));
    }
    before = await snapshot(guest);
  }, BOOT_MS);
  afterAll(async () => {
    await removeAll(guest);
    await guest.close();
  }, BOOT_MS);

  const echo = ({ pid }: { readonly pid: number }, host?: string, count = 9, intervalMs = 20) =>
    meter.echo({ pid }, { ...(host === undefined ? {} : { host }), count, intervalMs, timeoutMs: 2_500 });
  const roundTrip = async ({ app }: Ground, host?: string) => quick((await echo(app, host, 16)).times);

  /** Measures while a fault lasts, sees that a neighbour feels nothing of it, and that everything of both is put back. */
  function during<T>(fault: string, parameters: object, measure: (ground: Ground) => Promise<T>): Promise<T> {
    return grounds.use((ground) => duringOn(ground, fault, parameters, measure));
  }

  async function duringOn<T>(
    ground: Ground,
    fault: string,
    parameters: object,
    measure: (ground: Ground) => Promise<T>,
  ): Promise<T> {
    const trial = await host.apply(fault, ground.task.arn, parameters);
    let measured: T;
    try {
      measured = await measure(ground);
      const beside = await meter.echo({ pid: neighbour.pid }, { count: 40, intervalMs: 10, timeoutMs: 2_500 });
      expect(lossOf(beside.times)).toBe(0);
      expect(beside.copies).toBe(0);
      expect(Math.min(...beside.times.map((time) => time ?? Number.NaN))).toBeLessThan(15);
    } finally {
      await host.undo(trial);
    }
    const own = [ground.holder, ground.app.name, neighbour.name];
    await eventually(async () => expect(diff(before, await snapshot(guest, own), { only: own })).toBe(''));
    return measured;
  }

  describe('latency', () => {
    it.each([20, 100, 300])('makes a round trip %i ms longer', { timeout: TEST_MS }, async (delayMs) => {
      const rest = await grounds.use((ground) => roundTrip(ground));
      const under = await during('network-latency', { delayMs }, (ground) => roundTrip(ground));
      expect(under - rest).toBeGreaterThan(delayMs * 0.95 - NOISE_MS / 2);
      expect(under - rest).toBeLessThan(delayMs * 1.05 + NOISE_MS);
    });

    it('comes on both ways, and on the way in alone', { timeout: TEST_MS }, async () => {
      const both = await during('network-latency', { delayMs: 100, direction: 'both' }, (ground) => roundTrip(ground));
      expect(both).toBeGreaterThan(195);
      expect(both).toBeLessThan(210 + 2 * NOISE_MS);
      const ingress = await during('network-latency', { delayMs: 100, direction: 'ingress' }, (ground) =>
        roundTrip(ground, PEER6),
      );
      expect(ingress).toBeGreaterThan(95);
      expect(ingress).toBeLessThan(105 + NOISE_MS);
    });

    it('spreads evenly under jitter, and keeps the order of packets unless told', { timeout: TEST_MS }, async () => {
      const jitter = { delayMs: 100, jitterMs: 50 };
      const spread = await during('network-latency', jitter, ({ app }) => echo(app, PEER, 120, 110));
      const times = spread.times.filter((time) => time !== null).toSorted((a, b) => a - b);
      expect(times).toHaveLength(120);
      expect(times[0]).toBeGreaterThan(49);
      expect(times[119]).toBeLessThan(160 + NOISE_MS);
      // Quartiles of an even spread from 50 to 150 ms; five standard errors of 120 samples.
      for (const [at, quartile] of [75, 100, 125].entries()) {
        expect(Math.abs((times[30 * (at + 1)] ?? 0) - quartile)).toBeLessThan(23);
      }
      const inOrder = await during('network-latency', jitter, ({ app }) => echo(app, PEER, 100, 10));
      expect(inOrder.order).toEqual(inOrder.order.toSorted((a, b) => a - b));
      const mixed = await during('network-latency', { ...jitter, keepOrder: false }, ({ app }) =>
        echo(app, PEER, 100, 10),
      );
      expect(mixed.order).not.toEqual(mixed.order.toSorted((a, b) => a - b));
    });
  });

  /** Within so many standard errors of a share that n packets show. */
  function expectShare(share: number, expected: number, n: number): void {
    expect(Math.abs(share - expected), `${share} is far from ${expected}`).toBeLessThan(
      4 * Math.sqrt((expected * (1 - expected)) / n),
    );
  }
  /** Lengths of the runs of lost packets. */
  const runsOf = (times: readonly (number | null)[]) =>
    times
      .map((time) => (time === null ? 'x' : ' '))
      .join('')
      .split(/ +/)
      .filter(Boolean)
      .map(({ length }) => length);
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

  describe.concurrent('loss', () => {
    it('loses each packet by the same chance', { timeout: TEST_MS }, async () => {
      const { times } = await during('network-loss', { percent: 20 }, ({ app }) => echo(app, PEER, 600, 8));
      expectShare(lossOf(times), 0.2, 600);
      // Of independent losses a run has 1 / (1 - 0.2) on average.
      expect(mean(runsOf(times))).toBeLessThan(1.6);
    });

    it('loses in bursts by the model of Gilbert and Elliott', { timeout: TEST_MS }, async () => {
      const { times } = await during('network-loss', { model: 'gilbert-elliott', toBad: 10, toGood: 25 }, ({ app }) =>
        echo(app, PEER, 800, 8),
      );
      // p / (p + r); a run lasts 1 / r packets, which makes the sample worth less: about n × (p + r) / (2 - p - r).
      expectShare(lossOf(times), 10 / 35, (800 * 0.35) / 1.65);
      expect(mean(runsOf(times))).toBeGreaterThan(2.5);
      expect(mean(runsOf(times))).toBeLessThan(6.5);
    });

    it('loses in bursts by the Markov chain', { timeout: TEST_MS }, async () => {
      const chances = { p13: 10, p31: 25, p32: 0, p23: 100, p14: 0 };
      const { times } = await during('network-loss', { model: 'markov', ...chances }, ({ app }) =>
        echo(app, PEER, 800, 8),
      );
      expectShare(lossOf(times), 10 / 35, (800 * 0.35) / 1.65);
      expect(mean(runsOf(times))).toBeGreaterThan(2.5);
    });
  });

  it('sends some packets twice', { timeout: TEST_MS }, async () => {
    const { times, copies } = await during('network-duplicate', { percent: 30 }, ({ app }) => echo(app, PEER, 500, 8));
    expect(lossOf(times)).toBe(0);
    expectShare(copies / 500, 0.3, 500);
  });

  it('damages some packets, which checksums find', { timeout: TEST_MS }, async () => {
    const found = async () =>
      Number(await guest.sh("ip netns exec outside awk '/^Udp: [0-9]/ { print $4 }' /proc/net/snmp"));
    const foundBefore = await found();
    const { times } = await during('network-corrupt', { percent: 30 }, ({ app }) => echo(app, PEER, 500, 8));
    // One bit of the 106 bytes of the frame. That of the sender's link address, 6 bytes, nobody looks at.
    expectShare(lossOf(times), (0.3 * 100) / 106, 500);
    expect((await found()) - foundBefore).toBeGreaterThan(60);
  });

  it('lets some packets overtake others', { timeout: TEST_MS }, async () => {
    const { times, order } = await during('network-reorder', { delayMs: 200, percent: 20 }, ({ app }) =>
      echo(app, PEER, 500, 10),
    );
    expect(lossOf(times)).toBe(0);
    expectShare(times.filter((time) => (time ?? 0) < 150).length / 500, 0.2, 500);
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
  });

  it.each([
    { rateKbit: 1000, direction: 'egress', bytes: 500_000 },
    { rateKbit: 5000, direction: 'egress', bytes: 2_000_000 },
    { rateKbit: 3000, direction: 'ingress', bytes: 1_500_000 },
  ] as const)('narrows $direction to $rateKbit kbit/s', { timeout: TEST_MS }, async ({ bytes, ...parameters }) => {
    const up = parameters.direction === 'egress';
    const seen = await during('network-rate', parameters, ({ app }) =>
      meter.throughput({ pid: app.pid }, up ? 'up' : 'down', { bytes, timeoutMs: 60_000 }),
    );
    // Of each frame of 1514 bytes, 1448 are what the transfer counts. The first burst of 16 KB comes at once.
    const expected = ((parameters.rateKbit * 1000) / 8) * (1448 / 1514);
    expect(seen / expected).toBeGreaterThan(0.95);
    expect(seen / expected).toBeLessThan(1.05);
  });

  it('does several at once', { timeout: TEST_MS }, async () => {
    const { times, copies } = await during(
      'network-combine',
      { delayMs: 100, lossPercent: 20, duplicatePercent: 20 },
      ({ app }) => echo(app, PEER, 400, 10),
    );
    expect(quick(times)).toBeGreaterThan(95);
    expect(quick(times)).toBeLessThan(105 + NOISE_MS);
    // netem draws for both before it sends: 4 in 100 are lost and sent twice, which leaves one.
    expectShare(lossOf(times), 0.2 * 0.8, 400);
    expectShare(copies / 400, 0.2 * 0.8, 400);
  });

  describe.concurrent('hits only what it names:', () => {
    // Far above what emulation adds when two of these go on at a time.
    const SLOW = 800;
    /** Which of the ways to peers are slow: echo by UDP at port 7, HTTP by TCP at port 80, ping; then the container's own server. */
    async function slowWays(ground: Ground) {
      const { app } = ground;
      const ms = async (host: string) => (await meter.http({ pid: app.pid }, host, { timeoutMs: 10_000 })).ms;
      const ping = async (host: string) => quick(await meter.ping({ pid: app.pid }, host, { count: 4 }));
      const ways = {
        udp: roundTrip(ground, PEER),
        udpOther: roundTrip(ground, OTHER),
        udp6: roundTrip(ground, PEER6),
        udp6Other: roundTrip(ground, OTHER6),
        tcp: ms(PEER as string),
        tcpOther: ms(OTHER as string),
        tcp6: ms(PEER6 as string),
        icmp: ping(PEER as string),
        icmp6: ping(PEER6 as string),
        own: meter.http('outside', app.address, { timeoutMs: 10_000 }).then(({ ms: took }) => took),
      };
      const times = await Promise.all(
        Object.entries(ways).map(async ([name, time]) => ((await time) >= SLOW * 0.95 ? name : '')),
      );
      return times.filter(Boolean).join(' ');
    }

    it.each([
      [{ addresses: [PEER] }, 'udp tcp icmp'],
      [{ addresses: ['10.99.0.12/31', 'fd99::10/124'] }, 'udpOther udp6 udp6Other tcpOther tcp6 icmp6'],
      [{ addresses: [PEER6], direction: 'ingress' }, 'udp6 tcp6 icmp6'],
      [{ ports: ['80'] }, 'tcp tcpOther tcp6'],
      [{ ports: ['5-12'], protocol: 'udp', direction: 'both' }, 'udp udpOther udp6 udp6Other'],
      [{ ports: ['70-90'], portSide: 'local' }, 'own'],
      [{ ports: [7, 80], addresses: [OTHER, PEER6], protocol: 'tcp', direction: 'ingress' }, 'tcpOther tcp6'],
      [{ protocol: 'icmp' }, 'icmp icmp6'],
      [{ protocol: 'tcp', addresses: ['10.99.0.0/24'] }, 'tcp tcpOther own'],
      [{ peers: ['shop.example'] }, 'udp udp6 tcp tcp6 icmp icmp6'],
      [{ services: ['shop/db'] }, 'udpOther udp6Other tcpOther'],
    ])('%o', { timeout: TEST_MS }, async (filters, slow) => {
      expect(await during('network-latency', { delayMs: SLOW, ...filters }, slowWays)).toBe(slow);
    });
  });

  it('leaves the ways of metadata and credentials alone', { timeout: TEST_MS }, async () => {
    await guest.sh(
      'ip netns exec outside ip address add 169.254.170.2/32 dev world; ip route add 169.254.170.2 via 10.99.0.1',
    );
    try {
      const pings = await during('network-loss', { percent: 100, direction: 'both' }, async ({ app }) => [
        lossOf(await meter.ping({ pid: app.pid }, '169.254.170.2', { count: 5 })),
        lossOf(await meter.ping({ pid: app.pid }, PEER as string, { count: 3, timeoutS: 1 })),
      ]);
      expect(pings).toEqual([0, 1]);
    } finally {
      await guest.sh(
        'ip netns exec outside ip address del 169.254.170.2/32 dev world; ip route del 169.254.170.2 via 10.99.0.1',
      );
    }
  });

  it('refuses an interface that another hand has filtered, or that is the host’s, and changes nothing', {
    timeout: TEST_MS,
  }, async () => {
    const { task, app } = await grounds.use((ground) => Promise.resolve(ground));
    const within = (words: string) => guest.sh(`nsenter -t ${app.pid} -n ${words}`);
    await within('tc qdisc add dev eth0 clsact');
    const foreign = await snapshot(guest);
    expect(await host.attempt('network-latency', task.arn, {})).toMatchObject({ code: 'foreign-qdisc' });
    expect(diff(foreign, await snapshot(guest))).toBe('');
    await within('tc qdisc del dev eth0 clsact');
    await within('tc qdisc add dev eth0 root netem delay 1ms');
    expect(await host.attempt('network-latency', task.arn, {})).toMatchObject({ code: 'foreign-qdisc' });
    await within('tc qdisc del dev eth0 root');
    const shared = await startTask(guest, 'in-host', { network: 'host' });
    expect(await host.attempt('network-latency', shared.arn, {})).toMatchObject({ code: 'host-network' });
    expect(await host.attempt('network-latency', task.arn, { interfaces: ['eth9'] })).toMatchObject({
      code: 'no-interface',
    });
  });

  it('leaves an interface’s own disciplines alone, however many queues it has', { timeout: TEST_MS }, async () => {
    const { task, app } = await grounds.use((ground) => Promise.resolve(ground));
    const within = (words: string) => guest.sh(`nsenter -t ${app.pid} -n ${words}`);
    await within('ip link add many numtxqueues 4 numrxqueues 4 type dummy');
    await within('ip link set many up');
    await within('tc qdisc add dev eth0 root handle 8: fq_codel limit 77');
    const qdiscs = await within('tc -d qdisc show');
    const trial = await host.apply('network-latency', task.arn, { interfaces: ['eth0', 'many'], direction: 'both' });
    expect(await within('tc -d qdisc show dev many')).toContain('clsact');
    await host.undo(trial);
    expect(await within('tc -d qdisc show')).toBe(qdiscs);
    await within('ip link del many');
    await within('tc qdisc del dev eth0 root');
  });
});
