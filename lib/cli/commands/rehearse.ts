import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { conduct, type Deployed, sealAudit } from '../../rehearsal/conduct.ts';
import { DEFAULT_FLEET_FILE } from '../../rehearsal/fleet/default-fleet.ts';
import { type FleetDefinition, readFleetFile } from '../../rehearsal/fleet/fleet-file.ts';
import {
  type Conducted,
  callsOf,
  experimentsOf,
  hostGroupsOf,
  refusedOf,
  servicesOf,
  stepsOf,
} from '../../rehearsal/gather.ts';
import { type Rehearsal, RehearsalFailed, startRehearsal } from '../../rehearsal/rehearse.ts';
import { writeReport } from '../../rehearsal/report/write.ts';
import type { RehearsalFacts } from '../../rehearsal/result.ts';
import { CommandFailed, EXIT } from '../exit.ts';
import { json, type Output } from '../output.ts';
import { openSession } from '../session.ts';
import { RehearsalTeller } from './rehearse-teller.ts';

export interface RehearseOptions {
  readonly seed?: string | undefined;
  readonly fleet?: string | undefined;
  readonly out?: string | undefined;
  readonly within: number;
  readonly port?: number | undefined;
  readonly keep?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Rehearses a fleet on this machine, shows it live, and leaves a report. */
export async function rehearse(
  output: Output,
  options: RehearseOptions,
  { signal, version }: { readonly signal: AbortSignal; readonly version: string },
): Promise<number> {
  const startedAt = new Date().toISOString();
  const definition = await readDefinition(options.fleet ?? DEFAULT_FLEET_FILE);
  await checkPort(options.port ?? 0);
  const seed = options.seed ?? randomBytes(4).toString('hex');
  const directory = path.resolve(
    options.out ?? path.join('rehearsals', `${startedAt.slice(0, 19).replaceAll(':', '')}-${seed}`),
  );
  await mkdir(directory, { recursive: true }).catch((cause: Error) => {
    throw new CommandFailed(
      `cannot write to ${directory}: ${cause.message}; name another folder with --out`,
      EXIT.usage,
      { cause },
    );
  });
  const teller = new RehearsalTeller(output, options.json === true);
  const log: string[] = [];
  let rehearsal: Rehearsal | undefined;
  try {
    teller.opening(definition, seed, options.fleet === undefined);
    rehearsal = await startRehearsal({
      definition,
      seed,
      port: options.port ?? 0,
      signal,
      onStage: (stage) => teller.stage(stage),
      onLog: (line) => log.push(line),
      onHostNews: (news) => teller.hostNews(news),
    });
    Object.assign(process.env, rehearsal.cloud.environment);
    const session = await openSession({ stack: 'Capuchin' });
    const facts = await conducted(rehearsal, session, teller, {
      definition,
      seed,
      directory,
      startedAt,
      version,
      options,
      signal,
    });
    if (facts === undefined) return leaveInterrupted(output);
    if (options.json) json(output, facts.result);
    // What somebody else asks of a rehearsal that is kept up is no fault of the rehearsal's.
    const hasPassed = facts.result.audit.verified && rehearsal.defects.length === 0;
    if (options.keep) await stayUp(rehearsal, output, signal);
    return hasPassed ? EXIT.ok : EXIT.failure;
  } catch (error) {
    if (signal.aborted) return leaveInterrupted(output);
    teller.defects(rehearsal?.defects ?? []);
    if (error instanceof RehearsalFailed)
      throw new CommandFailed(error.message, error.isUsage ? EXIT.usage : EXIT.failure, { cause: error });
    throw error;
  } finally {
    await rehearsal?.close();
    if (log.length > 0) await writeFile(path.join(directory, 'functions.log'), `${log.join('\n')}\n`);
  }
}

function leaveInterrupted(output: Output): number {
  output.talk('Interrupted: every process of the rehearsal has been ended; nothing of it is left running.');
  return EXIT.interrupted;
}

async function readDefinition(file: string): Promise<FleetDefinition> {
  const reading = await readFleetFile(file);
  if (reading.ok) return reading.fleet;
  throw new CommandFailed(reading.message, EXIT.usage);
}

/** A port that is taken is better said now than after everything else has been started. */
async function checkPort(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as { code?: string };
    const why = code === 'EADDRINUSE' ? 'is in use' : `cannot be taken (${code})`;
    throw new CommandFailed(
      `port ${port} ${why}; name another with --port, or leave it out for a free one`,
      EXIT.usage,
      { cause },
    );
  }
  server.close();
  await once(server, 'close');
}

interface Circumstances {
  readonly definition: FleetDefinition;
  readonly seed: string;
  readonly directory: string;
  readonly startedAt: string;
  readonly version: string;
  readonly options: RehearseOptions;
  readonly signal: AbortSignal;
}

async function conducted(
  rehearsal: Rehearsal,
  session: Deployed & { actor(): Promise<string> },
  teller: RehearsalTeller,
  { definition, seed, directory, startedAt, version, options, signal }: Circumstances,
): Promise<RehearsalFacts | undefined> {
  const dying = new AbortController();
  const watch = AbortSignal.any([signal, dying.signal]);
  let died: string | undefined;
  void rehearsal.fleet.failure.then(({ message }) => {
    died = message;
    dying.abort();
  });
  const { plan, problems, chains, unfinished } = await conduct(session, {
    withinSeconds: options.within,
    actor: await session.actor(),
    signal: watch,
    onPlan: (drawn) => teller.plan(drawn),
    onRecord: (record) => teller.record(record),
  });
  if (died !== undefined) throw new RehearsalFailed(died);
  if (signal.aborted) return undefined;
  if (unfinished.length > 0)
    throw new RehearsalFailed(`${unfinished.join(', ')} did not come to an end; functions.log may say why`);
  const facts = await gatherFacts(
    rehearsal,
    session,
    { plan, problems, chains },
    { definition, seed, directory, startedAt, version },
  );
  teller.closing(facts, rehearsal.defects);
  return facts;
}

async function gatherFacts(
  rehearsal: Rehearsal,
  session: Deployed,
  conducted: Conducted,
  { definition, seed, directory, startedAt, version }: Omit<Circumstances, 'options' | 'signal'>,
): Promise<RehearsalFacts> {
  const { plan, problems, chains } = conducted;
  const { losses } = rehearsal.hosts;
  const audit = await sealAudit(session, [...chains.keys()]);
  const file = path.join(directory, 'audit.jsonl');
  await writeFile(file, audit.text);
  const facts: RehearsalFacts = {
    result: {
      seed,
      fleet: {
        services: definition.services.length,
        tasks: definition.services.reduce((sum, { desired }) => sum + desired, 0),
        hosts: definition.hosts,
      },
      plan,
      experiments: experimentsOf(plan, chains, rehearsal.fleet),
      refused: refusedOf(plan, problems, chains),
      audit: { records: audit.records, verified: audit.findings.length === 0, file },
      report: path.join(directory, 'report.html'),
    },
    version,
    startedAt,
    endedAt: new Date().toISOString(),
    services: servicesOf(definition, conducted, rehearsal.fleet, losses),
    hostGroups: hostGroupsOf(definition, conducted, { samples: rehearsal.hosts.samples, losses }),
    steps: stepsOf(chains, losses),
    calls: rehearsal.cloud.functionCalls(),
    callsByExperiment: callsOf(chains, (arn) => rehearsal.cloud.callsOfExecution(arn)),
    auditFindings: audit.findings,
  };
  await writeReport(facts, directory);
  return facts;
}

/** Leaves fleet and cloud up for other commands until Ctrl-C. */
async function stayUp({ cloud, fleet }: Rehearsal, output: Output, signal: AbortSignal): Promise<void> {
  const lines = Object.entries(cloud.environment).map(([name, value]) => `export ${name}=${value}`);
  output.talk(`\nStill up, until Ctrl-C. For other commands, in another terminal:\n\n${lines.join('\n')}\n`);
  if (signal.aborted) return;
  const died = fleet.failure.then(({ message }) => output.talk(message));
  await Promise.race([once(signal, 'abort'), died]);
  output.talk('Ending every process of the rehearsal.');
}
