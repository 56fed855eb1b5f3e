import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMetricStore } from './cloud/metric-store.ts';
import { startContainerHosts } from './fleet/container-host.ts';
import { type Fleet, startFleet } from './fleet/fleet.ts';
import type { FleetDefinition } from './fleet/fleet-file.ts';
import type { HostNews } from './host-news.ts';
import { HostWatch } from './host-watch.ts';
import { ACCOUNT_ID, type LocalCloud, REGION, startLocalCloud } from './local-cloud.ts';
import { rehearsalConfig } from './rehearsal-config.ts';

/** How long normal traffic flows before the first act may come: enough for whole periods of every probe. */
const BASELINE_MS = 10_000;

/** Programs may fail while they warm up. After the last failed request, so long must pass before it is out of every probe's sight. */
const CLEAN_MS = 16_000;

/** A service that fails all the time gets no longer than this; its guard will say so. */
const PATIENCE_MS = 45_000;

export interface RehearsalOptions {
  readonly definition: FleetDefinition;
  readonly seed: string;
  /** Port of the local cloud; 0 takes a free one. */
  readonly port: number;
  readonly signal: AbortSignal;
  /** What is going on, a short clause. */
  readonly onStage: (stage: string) => void;
  readonly onLog: (line: string) => void;
  /** What becomes of container hosts that go away. */
  readonly onHostNews: (news: HostNews) => void;
}

/** A fleet under traffic, and the real stack beside it. */
export interface Rehearsal {
  readonly fleet: Fleet;
  readonly cloud: LocalCloud;
  /** What was seen of the container hosts since traffic flows. */
  readonly hosts: Pick<HostWatch, 'samples' | 'losses'>;
  /** What the local cloud met that it could not do as AWS does; a rehearsal with any has failed. */
  readonly defects: readonly string[];
  /** Ends every process and frees every port; safe to call again. */
  close(): Promise<void>;
}

/** The fleet, or a part of the rehearsal, could not start or died. */
export class RehearsalFailed extends Error {
  override readonly name = 'RehearsalFailed';
  /** Whether the fleet file is to blame: it names a command that cannot be started. */
  readonly isUsage: boolean;

  constructor(message: string, isUsage = false) {
    super(message);
    this.isUsage = isUsage;
  }
}

/**
 * Starts fleet and stack, waits until every service runs what it desires, lets traffic flow, and measures what is normal.
 *
 * @throws RehearsalFailed with one sentence when a program cannot start. Nothing is left behind then.
 */
export async function startRehearsal(options: RehearsalOptions): Promise<Rehearsal> {
  const { definition, seed, signal, onStage } = options;
  const directory = await mkdtemp(path.join(tmpdir(), 'capuchin-rehearsal-'));
  const closers: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      for (const closer of closers.splice(0).reverse()) await closer();
    })();
    return closing;
  };
  const defects: string[] = [];
  try {
    const metrics = createMetricStore();
    const place = { accountId: ACCOUNT_ID, region: REGION, seed, cluster: definition.cluster };
    onStage('starting the services and synthesizing the stack');
    const fleet = await startFleet({ definition, seed, accountId: ACCOUNT_ID, region: REGION, metrics });
    closers.push(() => fleet.close());
    const commandHost = await startContainerHosts({ fleet, directory, region: REGION });
    closers.push(() => commandHost.close());
    const failed = fleet.failure.then(({ message, blame }) => {
      throw new RehearsalFailed(message, blame === 'command');
    });
    // Nobody may be listening at the moment it fails.
    failed.catch(() => undefined);
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new RehearsalFailed('interrupted')), { once: true });
    });
    aborted.catch(() => undefined);
    const orFail = <T>(work: Promise<T>): Promise<T> => Promise.race([work, failed, aborted]);

    const starting = startLocalCloud({
      config: rehearsalConfig(definition, place),
      fleet,
      metrics,
      commandHost,
      directory,
      port: options.port,
      signal,
      onDefect: (sentence, cause) => defects.push(cause instanceof Error ? `${sentence} (${cause.message})` : sentence),
      onLog: options.onLog,
    });
    closers.push(async () => (await starting.catch(() => undefined))?.close());
    const cloud = await orFail(starting);
    onStage('waiting until every service runs what it desires');
    await orFail(fleet.ready);
    onStage('traffic flows; measuring what is normal');
    fleet.startTraffic();
    const hosts = new HostWatch(fleet, options.onHostNews);
    closers.push(async () => hosts.stop());
    hosts.start();
    await orFail(warmUp(fleet, definition, signal));
    return { fleet, cloud, hosts, defects, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits until traffic has flowed for a while, and whatever failed at first is over. */
async function warmUp(fleet: Fleet, { services }: FleetDefinition, signal: AbortSignal): Promise<void> {
  const startedMs = Date.now();
  const watched = services.filter(({ hypothesis }) => hypothesis !== undefined);
  const [cluster] = fleet.clusters;
  for (let isReady = false; !isReady; ) {
    await sleep(500, undefined, { signal });
    const samples = cluster === undefined ? [] : watched.flatMap(({ name }) => fleet.samples(cluster.arn, name));
    const lastFailedMs = Math.max(0, ...samples.filter(({ failed }) => failed > 0).map(({ at }) => Date.parse(at)));
    const forMs = Date.now() - startedMs;
    isReady = forMs >= PATIENCE_MS || (forMs >= BASELINE_MS && Date.now() - lastFailedMs >= CLEAN_MS);
  }
}
