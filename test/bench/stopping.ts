import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { describe } from '../../lib/audit/describe.ts';
import { finalOf } from '../../lib/audit/record.ts';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { type Deployment, readDeployment } from '../../lib/aws/deployment.ts';
import { Functions } from '../../lib/aws/functions.ts';
import { SwitchBoard } from '../../lib/aws/switches.ts';
import type { LoggedCall } from '../../lib/rehearsal/cloud/call-log.ts';
import { createMetricStore } from '../../lib/rehearsal/cloud/metric-store.ts';
import { startContainerHosts } from '../../lib/rehearsal/fleet/container-host.ts';
import { startFleet } from '../../lib/rehearsal/fleet/fleet.ts';
import { type FleetDefinition, readFleetFile } from '../../lib/rehearsal/fleet/fleet-file.ts';
import { ACCOUNT_ID, REGION, startLocalCloud } from '../../lib/rehearsal/local-cloud.ts';
import { rehearsalConfig } from '../../lib/rehearsal/rehearsal-config.ts';

/**
 * `npm run bench:stopping`: how many rounds of calls lie between an experiment's due instant and its act, and how long a frozen task stays
 * frozen after the lever was engaged or a stop alarm went off, with the deployed default of 10 s between two looks. Each call to the local
 * cloud takes 20 ms.
 */

const CALL_DELAY_MS = 20;
/** While rounds are counted each call takes so long that the machine's own slowness cannot be taken for a round. */
const COUNTING_DELAY_MS = 500;
/** DESIGN 11. */
const MOST_ROUNDS = 6;
const MOST_SECONDS = 20;
const ALARM = 'too-many-errors';
const BY = { version: 1, actor: 'bench', reason: 'bench' } as const;

interface Bench {
  readonly deployment: Deployment;
  readonly functions: Functions;
  readonly audit: AuditTable;
  readonly calls: LoggedCall[];
  callDelayMs: number;
}

/** Starts an experiment that freezes a task for minutes, and answers its id once the task was seen frozen. */
async function freeze({ deployment, functions, audit }: Bench): Promise<string> {
  const request = {
    ...BY,
    command: 'run',
    group: 'shop/catalog',
    fault: 'pause-container',
    parameters: { durationSeconds: 300 },
    skip: ['spacing'],
  };
  const answer = (await functions.ask(deployment.CommandFunction, request)) as { experiment: string };
  await until(`${answer.experiment} froze its task`, async () => {
    const chain = await audit.readChain(answer.experiment);
    const final = finalOf(chain);
    if (final !== undefined) throw new Error(`${answer.experiment} ended before: ${chain.map(describe).join('; ')}`);
    return chain.some(({ kind }) => kind === 'took-effect');
  });
  return answer.experiment;
}

async function until(what: string, isSo: () => Promise<boolean>, limitMs = 120_000): Promise<number> {
  const startedMs = Date.now();
  while (!(await isSo())) {
    if (Date.now() - startedMs > limitMs) throw new Error(`waited ${limitMs / 1000} s in vain until ${what}`);
    await sleep(50);
  }
  return (Date.now() - startedMs) / 1000;
}

/** Seconds until the undo is on record. Waits for the end of the experiment besides, so that the next one finds peace. */
async function secondsToUndone(bench: Bench, experiment: string, stop: () => Promise<unknown>): Promise<number> {
  const has = (kind: string) => async () =>
    (await bench.audit.readChain(experiment)).some((record) => record.kind === kind);
  // Right after a look, so that the next one is as far away as it can be.
  const startedMs = Date.now();
  await stop();
  await until(`${experiment} was undone`, has('undone'));
  const seconds = (Date.now() - startedMs) / 1000;
  await until(`${experiment} ended`, async () => finalOf(await bench.audit.readChain(experiment)) !== undefined);
  await bench.functions.ask(bench.deployment.CommandFunction, { ...BY, command: 'resume' });
  return seconds;
}

/**
 * Rounds of calls by one process, out of the moments at which its calls came: one that comes before the answer to the first of a round can
 * have come belongs to that round.
 */
function roundsOf(calls: readonly LoggedCall[]): string[][] {
  const rounds: { readonly startedMs: number; readonly names: string[] }[] = [];
  for (const { at, service, operation } of calls) {
    const last = rounds.at(-1);
    const name = `${service}.${operation}`;
    if (last !== undefined && at.getTime() < last.startedMs + COUNTING_DELAY_MS) last.names.push(name);
    else rounds.push({ startedMs: at.getTime(), names: [name] });
  }
  return rounds.map(({ names }) => names);
}

/** Durable checkpoints are counted apart (DESIGN 11). */
const isCheckpoint = ({ service }: LoggedCall): boolean => service === 'Lambda';

/** From the first call of the process that acts to its act. */
function millisecondsToAct(calls: readonly LoggedCall[]): number {
  const act = calls.find(({ operation }) => operation === 'SendCommand');
  const first = calls.find(({ accessKeyId }) => accessKeyId === act?.accessKeyId);
  return (act?.at.getTime() ?? 0) - (first?.at.getTime() ?? 0);
}

function reportRounds(calls: readonly LoggedCall[]): boolean {
  const send = calls.findIndex(({ operation, service }) => service === 'SSM' && operation === 'SendCommand');
  const key = calls[send]?.accessKeyId;
  const before = calls.slice(0, send + 1).filter((call) => call.accessKeyId === key);
  const rounds = roundsOf(before.filter((call) => !isCheckpoint(call)));
  console.log(`due to act: ${rounds.length} rounds of calls (bound ${MOST_ROUNDS})`);
  console.log(`  besides ${before.filter(isCheckpoint).length} durable checkpoints`);
  for (const [index, names] of rounds.entries()) console.log(`  ${index + 1}. ${names.join(', ')}`);
  return rounds.length <= MOST_ROUNDS;
}

async function fleetDefinition(): Promise<FleetDefinition> {
  const read = await readFleetFile(path.join(import.meta.dirname, '..', '..', 'examples', 'hosts.yaml'));
  if (!read.ok) throw new Error(read.message);
  const services = read.fleet.services.map((service) => ({
    ...service,
    tags: { ...service.tags, 'chaos:alarms': ALARM },
    // Nothing but the monkey's own undo is to thaw a task: a frozen one is not replaced meanwhile.
    traffic: { ...service.traffic, requestsPerSecond: 0 },
  }));
  return { ...read.fleet, services };
}

async function measure(bench: Bench, switches: SwitchBoard): Promise<boolean> {
  const cloudWatch = new CloudWatchClient({});
  const alarm = { AlarmName: ALARM, StateReason: 'bench' };
  const quiet = () => cloudWatch.send(new SetAlarmStateCommand({ ...alarm, StateValue: 'OK' }));
  await cloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: ALARM,
      Namespace: 'Bench',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'ignore',
    }),
  );
  await quiet();
  bench.callDelayMs = COUNTING_DELAY_MS;
  bench.calls.length = 0;
  const counted = await freeze(bench);
  const isFew = reportRounds(bench.calls);
  bench.callDelayMs = CALL_DELAY_MS;
  await secondsToUndone(bench, counted, () =>
    bench.functions.ask(bench.deployment.CommandFunction, { ...BY, command: 'halt' }),
  );
  bench.calls.length = 0;
  const first = await freeze(bench);
  console.log(`due to act: ${millisecondsToAct(bench.calls)} ms with ${CALL_DELAY_MS} ms a call`);
  const command = bench.deployment.CommandFunction;
  const ways: [string, () => Promise<unknown>][] = [
    [
      'lever, by "capuchin halt" (the halt function undoes)',
      () => bench.functions.ask(command, { ...BY, command: 'halt' }),
    ],
    [
      'lever, by its parameter alone (the next look undoes)',
      () => switches.set('lever', true, { ...BY, at: new Date().toISOString() }),
    ],
    [
      'stop alarm (its event calls the halt function)',
      () => cloudWatch.send(new SetAlarmStateCommand({ ...alarm, StateValue: 'ALARM' })),
    ],
  ];
  let isQuick = true;
  let experiment = first;
  for (const [index, [name, stop]] of ways.entries()) {
    if (index > 0) experiment = await freeze(bench);
    const seconds = await secondsToUndone(bench, experiment, stop);
    await quiet();
    isQuick &&= seconds < MOST_SECONDS;
    console.log(`${name.padEnd(56)} ${seconds.toFixed(1).padStart(5)} s to undone (bound ${MOST_SECONDS} s)`);
  }
  return isFew && isQuick;
}

const directory = await mkdtemp(path.join(tmpdir(), 'capuchin-bench-'));
const metrics = createMetricStore();
const definition = await fleetDefinition();
const place = { accountId: ACCOUNT_ID, region: REGION, seed: 'bench', cluster: definition.cluster };
const fleet = await startFleet({ definition, seed: 'bench', accountId: ACCOUNT_ID, region: REGION, metrics });
const commandHost = await startContainerHosts({ fleet, directory, region: REGION });
const bench: Pick<Bench, 'calls' | 'callDelayMs'> = { calls: [], callDelayMs: 0 };
const cloud = await startLocalCloud({
  config: { ...rehearsalConfig(definition, place), profiles: { default: { intervalSeconds: 10 } } },
  fleet,
  metrics,
  commandHost,
  directory,
  port: 0,
  signal: new AbortController().signal,
  callDelayMs: () => bench.callDelayMs,
  onCall: (call) => bench.calls.push(call),
  onDefect: (sentence) => console.error(sentence),
  onLog: () => undefined,
});
try {
  Object.assign(process.env, cloud.environment);
  await fleet.ready;
  const deployment = await readDeployment('Capuchin');
  if (deployment === undefined) throw new Error('the stack was not provided');
  const functions = new Functions();
  await functions.ask(deployment.CommandFunction, { ...BY, command: 'unleash' });
  await sleep(3_000);
  const switches = new SwitchBoard({ lever: deployment.LeverParameter, leash: deployment.LeashParameter });
  const audit = new AuditTable(deployment.AuditTable);
  if (!(await measure(Object.assign(bench, { deployment, functions, audit }), switches))) process.exitCode = 1;
} finally {
  await cloud.close();
  await commandHost.close();
  await fleet.close();
  await rm(directory, { recursive: true, force: true });
}
