import { setTimeout as sleep } from 'node:timers/promises';
import { isEcho } from '../../audit/describe.ts';
import type { AuditRecord } from '../../audit/record.ts';
import { EXIT } from '../exit.ts';
import { type Ended, gaps, isProven, type Proof, proofDocument, proofLines } from '../halt-proof.ts';
import { json, type Output } from '../output.ts';
import { ANSWERS, ask, openSession, type Session, type SessionOptions } from '../session.ts';
import { recordLine, refusedLine } from './run.ts';
import { engageDirectly } from './switches.ts';

export interface HaltOptions extends SessionOptions {
  readonly reason: string;
  readonly wait: boolean;
  /** How long to wait for every undo to be confirmed, in seconds. */
  readonly within: number;
  readonly json?: boolean | undefined;
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
  const answer = await begin(session, experiment, by);
  if (answer.accepted === false) {
    if (options.json) json(output, answer);
    for (const refusal of answer.refusals) output.talk(refusedLine(output, refusal));
    return EXIT.refused;
  }
  const { lever, recorded, halting, problem } = answer;
  if (!options.json) sayBegun(output, answer);
  const said = { lever, recorded, ...by, ...(problem === undefined ? {} : { problem }) };
  if (!options.wait) {
    if (options.json) json(output, { ...said, halting });
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
  output.progress('');
  if (options.json) json(output, { ...said, ...proofDocument(proof) });
  else for (const line of proofLines(output, proof)) output.out(line);
  if (isProven(proof)) return EXIT.ok;
  const [open, ...byHand] = gaps(proof);
  const why = signal.aborted ? 'Interrupted before it was confirmed' : `Not confirmed within ${options.within} s`;
  output.talk(`${why}; ${open}. The undo goes on without you, and the sweep comes every minute.`);
  output.talk('Ask again with the same command, or follow docs/runbook.md (halt).');
  for (const sentence of byHand) output.talk(sentence);
  return signal.aborted ? EXIT.interrupted : EXIT.failure;
}

interface By {
  readonly actor: string;
  readonly reason: string;
}

async function begin(session: Session, experiment: string | undefined, by: By): Promise<Answer> {
  const request = { version: 1, command: 'halt', ...by, ...(experiment === undefined ? {} : { experiment }) };
  try {
    const answer = await askHalt(session, request);
    if (answer.accepted === false || answer.lever || experiment !== undefined) return answer;
    // The function could not turn it, and ends what runs all the same.
    await engageDirectly(session, 'halt', by);
    return { ...answer, lever: true };
  } catch (error) {
    if (experiment !== undefined) throw error;
    // The command function does not answer: the lever is a parameter, and what runs looks at it.
    await engageDirectly(session, 'halt', by);
    const problem = error instanceof Error ? error.message : String(error);
    return { accepted: true, lever: true, recorded: false, halting: [], problem };
  }
}

type Answer = Awaited<ReturnType<typeof askHalt>>;

function askHalt(session: Session, request: object) {
  return ask(session, session.deployment.CommandFunction, request, ANSWERS.halt);
}

function sayBegun(
  output: Output,
  { lever, recorded, halting, problem }: Extract<Answer, { readonly accepted: true }>,
): void {
  if (lever)
    output.out(
      `${output.style('bold', 'lever'.padEnd(8))}  engaged: nothing starts until "capuchin resume --reason …"`,
    );
  if (!recorded) output.talk('It could not be recorded in the audit; the parameter holds who and why.');
  if (problem !== undefined)
    output.talk(`The undo could not be called for at once: ${problem}. What runs ends at its next look.`);
  else if (halting.length === 0) output.talk('Nothing was running.');
  for (const { experiment } of halting) output.talk(`Ending ${experiment}.`);
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
  const { one, quiet, signal } = how;
  const isMeant = (experiment: string): boolean => one === undefined || one === experiment;
  const seen = new Map<string, Ended>(how.halting.map((each) => [each.experiment, { ...each, records: [] }]));
  const told = new Map<string, number>();
  for (;;) {
    const inFlight = (await listInFlight(session))?.filter(({ experiment }) => isMeant(experiment));
    // One that was just beginning when the lever was engaged shows up now.
    for (const each of inFlight ?? [])
      if (!seen.has(each.experiment)) seen.set(each.experiment, { ...each, records: [] });
    for (const each of seen.values()) {
      const records = await session.audit.readChain(each.experiment);
      const news = records.slice(told.get(each.experiment) ?? 0);
      for (const record of quiet ? [] : news)
        if (isNews(record) && !isEcho(record, records.slice(0, record.sequence)))
          output.out(recordLine(output, record));
      told.set(each.experiment, records.length);
      seen.set(each.experiment, { ...each, records });
    }
    const left = inFlight?.map(({ experiment }) => experiment);
    const proof = { one, experiments: [...seen.values()], inFlight: left };
    if (isProven(proof) || Date.now() >= how.limitMs || signal.aborted) return proof;
    output.progress(`… waiting until ${left?.length || seen.size} ended and every undo is confirmed`);
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
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
