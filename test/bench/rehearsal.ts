import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMetricStore } from '../../lib/rehearsal/cloud/metric-store.ts';
import { DEFAULT_FLEET_FILE } from '../../lib/rehearsal/fleet/default-fleet.ts';
import { startFleet } from '../../lib/rehearsal/fleet/fleet.ts';
import { type FleetDefinition, readFleetFile } from '../../lib/rehearsal/fleet/fleet-file.ts';
import type { RehearsalFacts } from '../../lib/rehearsal/result.ts';
import { isRunning, newFolder, processTree, start } from '../cli/command-line.ts';

/** `npm run bench`: figures of one rehearsal of the example fleet, and of the load that its load balancers carry. */

/** Peak resident memory of a process in MB, or 0 when it is gone. Linux only. */
function peakMb(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

async function rehearsal(): Promise<void> {
  const folder = newFolder();
  const startedMs = Date.now();
  const running = start(['rehearse', '--seed', 'bench', '--json', '--out', folder]);
  const main = running.process.pid ?? 0;
  const peaks = new Map<number, number>();
  while (isRunning(main)) {
    for (const pid of processTree(main)) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peakMb(pid)));
    await sleep(250);
  }
  const { code, talk } = await running.ended;
  if (code !== 0) throw new Error(`the rehearsal failed: ${talk}`);
  const facts = JSON.parse(readFileSync(path.join(folder, 'report.json'), 'utf8')) as RehearsalFacts;
  const verdict = facts.steps.find(({ kind }) => kind === 'ended')?.at ?? facts.endedAt;
  const seconds = (from: number, to: string): string => ((Date.parse(to) - from) / 1000).toFixed(1);
  console.log(`start to first verdict   ${seconds(startedMs, verdict)} s`);
  console.log(`start to end             ${seconds(startedMs, facts.endedAt)} s`);
  console.log(`peak memory              ${Math.round(peaks.get(main) ?? 0)} MB (the rehearsal itself)`);
  console.log(
    `peak of one other        ${Math.round(Math.max(...[...peaks].filter(([pid]) => pid !== main).map(([, mb]) => mb)))} MB (the stack's synthesis, a function or a task)`,
  );
  console.log('API calls of each experiment by operation (Lambda.* are the checkpoints of the durable execution):');
  for (const [experiment, calls] of Object.entries(facts.callsByExperiment ?? {})) {
    const verdictOf = facts.result.experiments.find((one) => one.experiment === experiment)?.verdict ?? 'refused';
    console.log(`  ${experiment} (${verdictOf}): ${Object.values(calls).reduce((sum, count) => sum + count, 0)} calls`);
    for (const [operation, count] of Object.entries(calls).sort()) console.log(`    ${operation.padEnd(36)} ${count}`);
  }
}

/** Offers more and more traffic to three tasks for five seconds each, and says what came back. */
async function carried(): Promise<void> {
  const reading = await readFleetFile(DEFAULT_FLEET_FILE);
  if (!reading.ok) throw new Error(reading.message);
  const catalog = reading.fleet.services.filter(({ name }) => name === 'catalog');
  console.log('requests carried by one load balancer with three tasks:');
  for (const requestsPerSecond of [100, 400, 1000]) {
    const services = catalog.map((service) => ({ ...service, traffic: { path: '/products/7', requestsPerSecond } }));
    const definition: FleetDefinition = { ...reading.fleet, services };
    const fleet = await startFleet({
      definition,
      seed: 'bench',
      accountId: '000000000000',
      region: 'us-east-1',
      metrics: createMetricStore(),
    });
    await fleet.ready;
    fleet.startTraffic();
    await sleep(6_500);
    const samples = fleet
      .samples(fleet.clusters[0]?.arn ?? '', 'catalog')
      .filter(({ requests }) => requests > 0)
      .slice(1, 6);
    await fleet.close();
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
    const perSecond = mean(samples.map(({ requests }) => requests));
    const failed = samples.reduce((sum, sample) => sum + sample.failed, 0);
    const p99 = Math.max(...samples.map(({ p99Ms }) => p99Ms ?? 0));
    console.log(
      `  offered ${String(requestsPerSecond).padStart(4)}/s  carried ${perSecond.toFixed(0).padStart(4)}/s (${(perSecond / requestsPerSecond).toFixed(2)})  failed ${failed}  worst p99 ${p99.toFixed(0)} ms`,
    );
  }
}

await rehearsal();
await carried();
