import { describe, wordOf } from '../../audit/describe.ts';
import { follow } from '../../audit/follow.ts';
import type { AuditRecord } from '../../audit/record.ts';
import { EXIT } from '../exit.ts';
import { json, moment, type Output, verdictStyle } from '../output.ts';
import { ANSWERS, ask, openSession, type SessionOptions } from '../session.ts';

export interface RunOptions extends SessionOptions {
  readonly reason: string;
  readonly fault?: string | undefined;
  readonly targets?: number | undefined;
  readonly skip?: readonly string[] | undefined;
  readonly leashed?: boolean | undefined;
  readonly wait: boolean;
  readonly json?: boolean | undefined;
}

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
  const final = await follow(
    session.audit,
    answer.experiment,
    (record) => {
      records.push(record);
      if (!options.json) output.out(recordLine(output, record));
      output.progress('… waiting for the next step');
    },
    { signal },
  );
  output.progress('');
  if (final === undefined) {
    const what = signal.aborted ? 'Not watched any more' : 'Nothing new for an hour';
    output.talk(
      `${what}: ${answer.fault} cannot be undone, and the experiment goes on. capuchin show ${answer.experiment}`,
    );
    return signal.aborted ? EXIT.interrupted : EXIT.failure;
  }
  const verdict = wordOf(final);
  if (options.json) json(output, { ...answer, verdict, records });
  return EXIT_OF[verdict] ?? EXIT.failure;
}

/** One record on one line, as `run`, `show` and `rehearse` print it. */
export function recordLine(output: Output, record: AuditRecord): string {
  const kind = wordOf(record);
  const style = ['held', 'broken', 'failed', 'refused', 'aborted', 'inconclusive'].includes(kind)
    ? verdictStyle(kind)
    : 'bold';
  return `${moment(record.at)}  ${output.style(style, kind.padEnd(12))}  ${describe(record)}`;
}
