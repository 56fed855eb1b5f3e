import * as z from 'zod';
import { describe, isEcho, wordOf } from '../../audit/describe.ts';
import { follow } from '../../audit/follow.ts';
import type { AuditRecord } from '../../audit/record.ts';
import { EXIT } from '../exit.ts';
import { json, moment, type Output, verdictStyle } from '../output.ts';
import { ANSWERS, ask, openSession, type Session, type SessionOptions } from '../session.ts';

export interface RunOptions extends SessionOptions {
  readonly reason: string;
  readonly fault?: string | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly targets?: number | undefined;
  readonly skip?: readonly string[] | undefined;
  readonly leashed?: boolean | undefined;
  readonly wait: boolean;
  readonly json?: boolean | undefined;
}

/** How long the end is waited for after Ctrl-C, when nothing new is heard; and how long one is that has not begun yet. */
const AFTER_INTERRUPT_MS = 60_000;
/** Between two tries to end one that has not begun yet. */
const TRY_AGAIN_MS = 1_000;

const EXIT_OF: Readonly<Record<string, number>> = {
  held: EXIT.ok,
  leashed: EXIT.ok,
  refused: EXIT.refused,
  broken: EXIT.broken,
};

/** Runs one experiment on a group now, shows it live, and leaves with the code of its verdict. */
export async function run(output: Output, group: string, options: RunOptions, signal: AbortSignal): Promise<number> {
  const session = await openSession(options);
  const request = {
    version: 1,
    command: 'run',
    group,
    ...(options.fault === undefined ? {} : { fault: options.fault }),
    parameters: options.parameters ?? {},
    ...(options.targets === undefined ? {} : { targets: options.targets }),
    skip: options.skip ?? [],
    leashed: options.leashed ?? false,
    actor: await session.actor(),
    reason: options.reason,
  };
  const answer = await ask(session, session.deployment.CommandFunction, request, ANSWERS.run);
  if (answer.accepted === false) {
    if (options.json) json(output, { ...answer, verdict: 'refused' });
    for (const refusal of answer.refusals) output.talk(refusedLine(output, refusal));
    return EXIT.refused;
  }
  if (!options.wait) {
    if (options.json) json(output, answer);
    else output.out(answer.experiment);
    return EXIT.ok;
  }
  output.talk(`experiment ${answer.experiment}: ${answer.fault} on ${answer.group}`);
  const records: AuditRecord[] = [];
  const heard = (record: AuditRecord): void => {
    if (records.some(({ sequence }) => sequence === record.sequence)) return;
    if (!options.json && !isEcho(record, records)) {
      output.out(recordLine(output, record));
      for (const line of wouldLines(record)) output.out(`  would  ${line}`);
    }
    records.push(record);
    output.progress('… waiting for the next step');
  };
  const final = await follow(session.audit, answer.experiment, heard, { signal });
  output.progress('');
  if (final === undefined && signal.aborted) {
    const end = await interrupted(session, output, answer.experiment, heard);
    if (options.json) json(output, { ...answer, verdict: end ? wordOf(end) : null, records });
    return EXIT.interrupted;
  }
  if (final === undefined) {
    output.talk(`Nothing new for an hour. capuchin show ${answer.experiment}`);
    return EXIT.failure;
  }
  const verdict = wordOf(final);
  if (options.json) json(output, { ...answer, verdict, records });
  return EXIT_OF[verdict] ?? EXIT.failure;
}

/**
 * After Ctrl-C a reversible fault must not stay: the experiment is ended, and its end is waited for a while. One that has not begun yet
 * cannot be ended, so that is asked again until it has.
 *
 * @returns its last record, if that came.
 */
async function interrupted(
  session: Session,
  output: Output,
  experiment: string,
  heard: (record: AuditRecord) => void,
): Promise<AuditRecord | undefined> {
  output.talk(`Interrupted: ending ${experiment}, and waiting until its fault is undone. Ctrl-C again leaves at once.`);
  const request = {
    version: 1,
    command: 'halt',
    experiment,
    actor: await session.actor(),
    reason: 'interrupted at the command line',
  };
  const untilMs = Date.now() + AFTER_INTERRUPT_MS;
  let final: AuditRecord | undefined;
  let problem: string | undefined;
  for (let isEnding = false; !isEnding && final === undefined && Date.now() < untilMs; ) {
    try {
      const answer = await ask(session, session.deployment.CommandFunction, request, ANSWERS.halt);
      isEnding = answer.accepted;
      problem = answer.accepted ? answer.problem : answer.refusals.map(({ because }) => because).join('; ');
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    final = await follow(session.audit, experiment, heard, { limitMs: isEnding ? AFTER_INTERRUPT_MS : TRY_AGAIN_MS });
  }
  output.progress('');
  if (final !== undefined) return final;
  if (problem !== undefined) output.talk(`It could not be ended: ${problem}`);
  output.talk(
    `It has not ended yet; watch it with "capuchin show ${experiment}", or end everything with "capuchin halt".`,
  );
  return undefined;
}

/** One refusal on one line. */
export function refusedLine(
  output: Output,
  { code, because }: { readonly code: string; readonly because: string },
): string {
  return `${output.style('yellow', 'refused')}  ${code}: ${because}`;
}

/** One record on one line, as `run`, `show` and `rehearse` print it. */
export function recordLine(output: Output, record: AuditRecord): string {
  const kind = wordOf(record);
  const style = ['held', 'broken', 'failed', 'refused', 'aborted', 'inconclusive'].includes(kind)
    ? verdictStyle(kind)
    : 'bold';
  return `${moment(record.at)}  ${output.style(style, kind.padEnd(12))}  ${describe(record)}`;
}

const wouldSchema = z.array(z.object({ lines: z.array(z.string()) }));

/** What the act that the leash held back would have done. */
function wouldLines({ kind, facts }: AuditRecord): string[] {
  if (kind !== 'leashed') return [];
  return (wouldSchema.safeParse(facts.would).data ?? []).flatMap(({ lines }) => lines);
}
