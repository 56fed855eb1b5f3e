import { setTimeout as sleep } from 'node:timers/promises';
import { describe, wordOf } from '../../audit/describe.ts';
import { type AuditRecord, finalOf } from '../../audit/record.ts';
import { EXIT } from '../exit.ts';
import { json, moment, type Output } from '../output.ts';
import { ANSWERS, ask, openSession, type Session, type SessionOptions } from '../session.ts';
import { recordLine } from './run.ts';
import { engageDirectly } from './switches.ts';

export interface HaltOptions extends SessionOptions {
  readonly reason: string;
  readonly wait: boolean;
  /** How long to wait for every undo to be confirmed. */
  readonly within: number;
  readonly json?: boolean | undefined;
}

/** An experiment that is being ended, and what its chain says about that so far. */
interface Ended {
  readonly experiment: string;
  readonly group: string;
  readonly targets: readonly string[];
  readonly reversible: boolean;
  readonly records: readonly AuditRecord[];
}

/** Between two looks at what is being ended. */
const LOOK_MS = 500;

/**
 * Engages the lever and ends what runs, or ends one experiment; then waits until each undo is confirmed by a record, and nothing is in
 * flight any more. Leaves with 1 when that could not be seen.
 */
export async function halt(
  output: Output,
  experiment: string | undefined,
  options: HaltOptions,
  signal: AbortSignal,
): Promise<number> {
  const session = await openSession(options);
  const by = { actor: await session.actor(), reason: options.reason };
  const request = { version: 1, command: 'halt', ...by, ...(experiment === undefined ? {} : { experiment }) };
  let answer: Awaited<ReturnType<typeof askHalt>>;
  try {
    answer = await askHalt(session, request);
  } catch (error) {
    if (experiment !== undefined) throw error;
    // The command function does not answer: the lever is a parameter, and what runs looks at it.
    await engageDirectly(session, 'halt', by);
    const problem = error instanceof Error ? error.message : String(error);
    answer = { accepted: true, lever: true, recorded: false, halting: [], problem };
  }
  if (answer.accepted === false) {
    if (options.json) json(output, answer);
    for (const { code, because } of answer.refusals) output.talk(`${code}: ${because}`);
    return EXIT.refused;
  }
  const { lever, recorded, halting, problem } = answer;
  if (!options.json) sayBegun(output, answer);
  if (!options.wait) {
    if (options.json) json(output, { lever, recorded, ...by, halting, ...(problem === undefined ? {} : { problem }) });
    return problem === undefined ? EXIT.ok : EXIT.failure;
  }
  const limitMs = Date.now() + options.within * 1000;
  const proof = await waitForProof(session, output, {
    halting,
    one: experiment,
    limitMs,
    signal,
    quiet: options.json === true,
  });
  return sayProof(output, { lever, recorded, ...by, ...proof, ...(problem === undefined ? {} : { problem }) }, options);
}

function askHalt(session: Session, request: object) {
  return ask(session, session.deployment.CommandFunction, request, ANSWERS.halt);
}

function sayBegun(
  output: Output,
  {
    lever,
    recorded,
    halting,
    problem,
  }: { lever: boolean; recorded: boolean; halting: readonly unknown[]; problem?: string | undefined },
): void {
  if (lever) output.out(`${output.style('bold', 'lever'.padEnd(8))}  engaged: nothing starts any more`);
  if (!recorded) output.talk('It could not be recorded in the audit; the parameter holds who and why.');
  if (problem !== undefined)
    output.talk(`The undo could not be called for at once: ${problem}. What runs ends at its next look.`);
  const count = halting.length === 1 ? '1 experiment is' : `${halting.length} experiments are`;
  output.talk(`${count} being ended.`);
}

interface Proof {
  readonly experiments: readonly Ended[];
  /** Ids of what is in flight still; undefined when that could not be asked. */
  readonly inFlight: readonly string[] | undefined;
}

async function waitForProof(
  session: Session,
  output: Output,
  how: {
    readonly halting: readonly Omit<Ended, 'records'>[];
    readonly one: string | undefined;
    readonly limitMs: number;
    readonly signal: AbortSignal;
    readonly quiet: boolean;
  },
): Promise<Proof> {
  const seen = new Map<string, Ended>(how.halting.map((one) => [one.experiment, { ...one, records: [] }]));
  const since = new Map<string, number>();
  for (;;) {
    const inFlight = await listInFlight(session);
    // One that was just beginning when the lever was engaged shows up now.
    for (const one of inFlight ?? []) {
      if (!seen.has(one.experiment) && (how.one === undefined || how.one === one.experiment))
        seen.set(one.experiment, { ...one, records: [] });
    }
    for (const one of seen.values()) {
      const records = await session.audit.readChain(one.experiment);
      const told = since.get(one.experiment) ?? one.records.length;
      if (!how.quiet)
        for (const record of records.slice(told)) if (isNews(record)) output.out(recordLine(output, record));
      since.set(one.experiment, records.length);
      seen.set(one.experiment, { ...one, records });
    }
    const left = (inFlight ?? [])
      .map(({ experiment }) => experiment)
      .filter((id) => how.one === undefined || id === how.one);
    const proof = { experiments: [...seen.values()], inFlight: inFlight === undefined ? undefined : left };
    if (isProven(proof) || Date.now() >= how.limitMs || how.signal.aborted) return proof;
    output.progress(`… waiting until ${left.length || seen.size} ended and every undo is confirmed`);
    await sleep(LOOK_MS, undefined, { signal: how.signal }).catch(() => undefined);
  }
}

async function listInFlight(session: Session): Promise<Omit<Ended, 'records'>[] | undefined> {
  const request = {
    version: 1,
    command: 'running',
    actor: 'capuchin halt',
    reason: 'look whether anything is in flight',
  };
  try {
    return (await ask(session, session.deployment.CommandFunction, request, ANSWERS.running)).running;
  } catch {
    return undefined;
  }
}

const NEWS: readonly AuditRecord['kind'][] = ['stopping', 'undone', 'undo-failed', 'swept', 'ended', 'failed'];
const isNews = ({ kind }: AuditRecord): boolean => NEWS.includes(kind);

/** Targets whose undo is not on record. A one-shot fault leaves nothing to undo. */
function notUndone({ targets, reversible, records }: Ended): string[] {
  if (!reversible) return [];
  const refused = records.filter(({ kind, facts }) => kind === 'injected' && facts.outcome === 'failed');
  const confirmed = [...records.filter(({ kind }) => kind === 'undone'), ...refused].map(({ resource }) => resource);
  return targets.filter((target) => !confirmed.includes(target));
}

function isProven({ experiments, inFlight }: Proof): boolean {
  return (
    inFlight?.length === 0 &&
    experiments.every((one) => finalOf(one.records) !== undefined && notUndone(one).length === 0)
  );
}

function sayProof(
  output: Output,
  facts: Proof & {
    readonly actor: string;
    readonly reason: string;
    readonly lever: boolean;
    readonly recorded: boolean;
  },
  { json: asJson, within }: HaltOptions,
): number {
  output.progress('');
  const { experiments, inFlight, ...said } = facts;
  const proven = isProven(facts);
  if (asJson) {
    json(output, { ...said, proven, inFlight: inFlight ?? null, experiments: experiments.map(proofOf) });
    return proven ? EXIT.ok : EXIT.failure;
  }
  for (const one of experiments) for (const line of proofLines(output, one)) output.out(line);
  if (proven) {
    output.out(
      `${output.style('green', 'proof'.padEnd(8))}  nothing is in flight, and every undo is confirmed (${moment(new Date().toISOString())} UTC)`,
    );
    return EXIT.ok;
  }
  const open =
    inFlight === undefined ? 'what is in flight could not be asked' : `in flight: ${inFlight.join(', ') || 'nothing'}`;
  output.talk(
    `Not confirmed within ${within} s; ${open}. The sweep goes on every minute: ask again, or follow docs/runbook.md.`,
  );
  for (const one of experiments)
    for (const record of one.records) if (record.kind === 'undo-failed') output.talk(describe(record));
  return EXIT.failure;
}

function proofLines(output: Output, one: Ended): string[] {
  const final = finalOf(one.records);
  const undone = one.records.filter(({ kind }) => kind === 'undone');
  const lines = undone.map(
    (record) =>
      `${output.style('bold', 'undone'.padEnd(8))}  ${describe(record)}; record ${record.sequence} of ${record.chain}, ${record.hash.slice(0, 16)}…`,
  );
  const nothing = one.reversible
    ? []
    : [`${output.style('bold', 'one-shot'.padEnd(8))}  ${one.experiment}: there is nothing to undo`];
  const end = final === undefined ? 'has not ended yet' : `ended: ${wordOf(final)}`;
  return [...lines, ...nothing, `${output.style('bold', 'ended'.padEnd(8))}  ${one.experiment} ${end}`];
}

function proofOf(one: Ended): object {
  const final = finalOf(one.records);
  const undone = one.records
    .filter(({ kind }) => kind === 'undone')
    .map(({ resource, at, sequence, hash, facts }) => ({
      resource,
      at,
      seconds: facts.seconds,
      record: { sequence, hash },
    }));
  return {
    experiment: one.experiment,
    group: one.group,
    ended: final === undefined ? null : wordOf(final),
    reversible: one.reversible,
    undone,
    notUndone: notUndone(one),
  };
}
