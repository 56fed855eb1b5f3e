import type { Guest } from './guest.ts';

/** Where something is measured from: the world outside, the host, or the network namespace of a process. */
export type Vantage = 'outside' | 'host' | { readonly pid: number };

/** Addresses in the world outside that answer: two servers, and one that also answers names. */
export const OUTSIDE = {
  peers: ['10.99.0.11', '10.99.0.12'],
  peers6: ['fd99::11', 'fd99::12'],
  names: '10.99.0.53',
  names6: 'fd99::53',
} as const;

/** One attempt: `error` is a code such as ECONNREFUSED, or `timeout`. */
export interface Attempt {
  readonly ms: number;
  readonly error?: string;
}

const DEFAULT_TIMEOUT_MS = 3_000;

/** 20 pings, 50 ms apart, each waited for 2 s, unless told. */
export interface PingOptions {
  readonly count?: number;
  readonly intervalMs?: number;
  readonly timeoutS?: number;
}

const nameOf = (vantage: Vantage): string => (typeof vantage === 'string' ? vantage : String(vantage.pid));

/** Measures from the outside of a container what a fault does to it. Numbers are of the guest's clock. */
export class Meter {
  readonly #guest: Guest;
  constructor(guest: Guest) {
    this.#guest = guest;
  }

  async #ask<T>(vantage: Vantage, measure: string, asked: Readonly<Record<string, unknown>>): Promise<T> {
    const answer = await this.#guest.wire.ask({ operation: 'measure', namespace: nameOf(vantage), measure, ...asked });
    return answer as unknown as T;
  }

  /** One request by HTTP; `status` is undefined when there was no answer. A frozen process answers none. */
  http(
    from: Vantage,
    host: string,
    { path = '/', timeoutMs = DEFAULT_TIMEOUT_MS } = {},
  ): Promise<Attempt & { readonly status?: number; readonly bytes?: number }> {
    return this.#ask(from, 'http', { url: `http://${bracketed(host)}${path}`, timeoutMs });
  }

  /** Whether a server answers within a time. */
  async answers(from: Vantage, host: string, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<boolean> {
    return (await this.http(from, host, { timeoutMs })).status === 200;
  }

  /** One connection by TCP, opened and closed. */
  connect(from: Vantage, host: string, port: number, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<Attempt> {
    return this.#ask(from, 'connect', { host, port, timeoutMs });
  }

  /** Bytes a second of one transfer of `bytes` to a peer outside, or from it, connection and all. @throws Error when it does not end. */
  async throughput(
    from: Vantage,
    direction: 'up' | 'down',
    { bytes = 2_000_000, peer = OUTSIDE.peers[0] as string, timeoutMs = 30_000 } = {},
  ): Promise<number> {
    const [url, sendBytes] = direction === 'up' ? ['/', bytes] : [`/bytes/${bytes}`, 0];
    const { ms, error } = await this.#ask<Attempt>(from, 'http', {
      url: `http://${bracketed(peer)}${url}`,
      sendBytes,
      timeoutMs,
    });
    if (error !== undefined)
      throw new Error(`the transfer ${direction} did not end: ${error} after ${ms.toFixed()} ms`);
    return (bytes * 1000) / ms;
  }

  /** One question to a name server; `code` 0 is an answer, 3 that there is no such name; undefined without an answer. */
  resolve(
    from: Vantage,
    name: string,
    {
      server = OUTSIDE.names as string,
      type = 'A' as 'A' | 'AAAA',
      overTcp = false,
      timeoutMs = DEFAULT_TIMEOUT_MS,
    } = {},
  ): Promise<Attempt & { readonly code?: number; readonly answers?: number }> {
    return this.#ask(from, 'resolve', { server, name, type, overTcp, timeoutMs });
  }

  /** Numbered datagrams to an echo outside: milliseconds of each, null for what was lost, how many came more than once, and the numbers in the
   *  order in which they came. */
  echo(
    from: Vantage,
    { host = OUTSIDE.peers[0] as string, count = 50, intervalMs = 20, timeoutMs = 1_000 } = {},
  ): Promise<{
    readonly times: readonly (number | null)[];
    readonly copies: number;
    readonly order: readonly number[];
  }> {
    return this.#ask(from, 'echo', { host, count, intervalMs, timeoutMs });
  }

  /**
   * Round trips by ICMP in milliseconds, null for what was lost. The kernels answer, also for frozen processes. At rest about 1 ms with
   * single ones up to 20 ms when the machine is busy: take the median.
   */
  async ping(from: Vantage, host: string, options: PingOptions = {}): Promise<readonly (number | null)[]> {
    return (await this.pings(from, host, options)).times;
  }

  /** The same, and how many answers came once more. */
  async pings(
    from: Vantage,
    host: string,
    { count = 20, intervalMs = 50, timeoutS = 2 }: PingOptions = {},
  ): Promise<{ readonly times: readonly (number | null)[]; readonly copies: number }> {
    const enter =
      typeof from === 'string'
        ? { outside: ['ip', 'netns', 'exec', 'outside'], host: [] }[from]
        : ['nsenter', '-t', String(from.pid), '-n'];
    const words = ['-c', String(count), '-i', String(intervalMs / 1000), '-W', String(timeoutS), host];
    const { stdout } = await this.#guest.exec([...enter, 'busybox', 'ping', ...words]);
    const lines = [...stdout.matchAll(/seq=(\d+) ttl=\d+ time=([\d.]+) ms( \(DUP!\))?/g)];
    const first = lines.filter(([, , , again]) => again === undefined);
    const seen = new Map(first.map(([, number, ms]) => [Number(number), Number(ms)]));
    return {
      times: Array.from({ length: count }, (_, number) => seen.get(number) ?? null),
      copies: lines.length - first.length,
    };
  }

  /** Stops measuring from a namespace, which the program that measures there keeps alive. */
  async leave(vantage: Vantage): Promise<void> {
    await this.#guest.wire.ask({ operation: 'leave', namespace: nameOf(vantage) });
  }

  /** What a container uses, from its cgroup: processor time in microseconds since it began, memory in bytes, processes. */
  async usage(container: { readonly id: string }): Promise<{ cpuUs: number; memoryBytes: number; processes: number }> {
    const folder = `/sys/fs/cgroup/docker/${container.id}`;
    const [cpu, memory, pids] = await this.#guest.read(
      `${folder}/cpu.stat`,
      `${folder}/memory.current`,
      `${folder}/pids.current`,
    );
    return {
      cpuUs: Number(/^usage_usec (\d+)$/m.exec(cpu ?? '')?.[1] ?? Number.NaN),
      memoryBytes: Number(memory ?? Number.NaN),
      processes: Number(pids ?? Number.NaN),
    };
  }

  /** Processors that a container keeps busy over a span: 1 is one whole processor. */
  async processors(container: { readonly id: string }, spanMs = 1_000): Promise<number> {
    const [before, startMs] = [await this.usage(container), await this.#guest.now()];
    await new Promise((resolve) => setTimeout(resolve, spanMs));
    const [after, endMs] = [await this.usage(container), await this.#guest.now()];
    return (after.cpuUs - before.cpuUs) / 1000 / (endMs - startMs);
  }

  /** What a container's own clock says, in milliseconds since the epoch, less the host's: a process is started in it for that. */
  async clockOffsetMs(container: { readonly pid: number }): Promise<number> {
    const argv = ['nsenter', '-t', String(container.pid), '-m', '-T', 'busybox', 'date', '+%s'];
    const before = await this.#guest.now();
    const { stdout } = await this.#guest.exec(argv);
    const middle = (before + (await this.#guest.now())) / 2;
    return Number(stdout) * 1000 - middle;
  }
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** The middle one of what was not lost; NaN when all was lost. */
export function median(times: readonly (number | null)[]): number {
  const kept = times.filter((time) => time !== null).toSorted((a, b) => a - b);
  return kept[Math.floor(kept.length / 2)] ?? Number.NaN;
}

/** Part that was lost, from 0 to 1. */
export function lossOf(times: readonly (number | null)[]): number {
  return times.filter((time) => time === null).length / times.length;
}
