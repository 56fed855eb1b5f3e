import { describe, wordOf } from '../../audit/describe.ts';
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

/** How long the end is waited for after Ctrl-C, when nothing new is heard. */
const AFTER_INTERRUPT_MS = 60_000;

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
    for (const { code, because } of answer.refusals)
      output.talk(`${output.style('yellow', 'refused')}  ${code}: ${because}`);
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
    records.push(record);
    if (!options.json) output.out(recordLine(output, record));
    output.progress('… waiting for the next step');
  };
  const final = await follow(session.audit, answer.experiment, heard, { signal });
  output.progress('');
  if (final === undefined && signal.aborted) return interrupted(session, output, answer.experiment, heard);
  if (final === undefined) {
    output.talk(`Nothing new for an hour. capuchin show ${answer.experiment}`);
    return EXIT.failure;
  }
  const verdict = wordOf(final);
  if (options.json) json(output, { ...answer, verdict, records });
  return EXIT_OF[verdict] ?? EXIT.failure;
}

/** After Ctrl-C a reversible fault must not stay: the experiment is ended, and its end is waited for a while. */
async function interrupted(
  session: Session,
  output: Output,
  experiment: string,
  heard: (record: AuditRecord) => void,
): Promise<number> {
  output.talk(`Interrupted: ending ${experiment}, and waiting until its fault is undone. Ctrl-C again leaves at once.`);
  const by = { actor: await session.actor(), reason: 'interrupted at the command line' };
  try {
    const request = { version: 1, command: 'halt', experiment, ...by };
    const answer = await ask(session, session.deployment.CommandFunction, request, ANSWERS.halt);
    // Between the request and its start there is nothing to end yet; the guards may still refuse it.
    if (answer.accepted === false) output.talk(answer.refusals.map(({ because }) => because).join('; '));
  } catch (error) {
    output.talk(`It could not be ended: ${error instanceof Error ? error.message : String(error)}`);
  }
  const final = await follow(session.audit, experiment, heard, { limitMs: AFTER_INTERRUPT_MS });
  output.progress('');
  if (final === undefined)
    output.talk(
      `It has not ended yet; watch it with "capuchin show ${experiment}", or end everything with "capuchin halt".`,
    );
  return EXIT.interrupted;
}

/** One record on one line, as `run`, `show` and `rehearse` print it. */
export function recordLine(output: Output, record: AuditRecord): string {
  const kind = wordOf(record);
  const style = ['held', 'broken', 'failed', 'refused', 'aborted', 'inconclusive'].includes(kind)
    ? verdictStyle(kind)
    : 'bold';
  return `${moment(record.at)}  ${output.style(style, kind.padEnd(12))}  ${describe(record)}`;
}
