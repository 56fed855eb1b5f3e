import type { ExplainedChoice, Explanation } from '../../audit/explain.ts';
import { explain } from '../../audit/explain.ts';
import { explainDay } from '../../audit/explain-day.ts';
import { daysAfter } from '../../core/calendar.ts';
import { CommandFailed, EXIT } from '../exit.ts';
import { json, type Output, wrap } from '../output.ts';
import { openSession, type Session, type SessionOptions } from '../session.ts';

export interface ExplainOptions extends SessionOptions {
  readonly date?: string | undefined;
  readonly all?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** How many of the others are listed unless all are asked for. */
const LISTED = 10;

/** Explains an experiment by its id, or a group's day by group and date. Leaves with 1 when a draw does not replay. */
export async function explainCommand(output: Output, what: string, options: ExplainOptions): Promise<number> {
  const session = await openSession(options);
  if (options.date !== undefined) return explainGroupDay(output, session, what, options.date, options);
  const chain = await session.audit.readChain(what);
  if (chain.length === 0) {
    throw new CommandFailed(
      `no record of an experiment "${what}"; "capuchin history" lists those there are, and with --date DATE the name of a group asks why nothing happened to it`,
    );
  }
  const plan = chain.find(({ kind }) => kind === 'planned')?.facts.plan;
  const planChain = typeof plan === 'string' ? await session.audit.readChain(`plan/${plan}`) : [];
  const explained = explain(chain, planChain);
  if (explained === undefined) throw new CommandFailed(`no record of an experiment "${what}"`);
  if (options.json) json(output, explained);
  else show(output, explained, options.all ?? false);
  return explained.choices.every(({ replays }) => replays !== false) ? EXIT.ok : EXIT.failure;
}

function show(output: Output, explained: Explanation, all: boolean): void {
  const { experiment, group, plan, seed, actor, reason, choices, ending } = explained;
  output.out(output.style('bold', experiment));
  output.out(`group   ${group}\n${plan === null ? '' : `plan    ${plan}\n`}actor   ${actor}\nreason  ${reason}`);
  if (seed !== null) output.out(`seed    ${seed}`);
  for (const choice of choices) showChoice(output, choice, all);
  if (ending !== null) {
    output.out(`\n${output.style('bold', 'what came of it')}`);
    for (const line of wrap(`${ending.kind}: ${ending.because}`, output.width - 2)) output.out(`  ${line}`);
  }
}

function showChoice(
  output: Output,
  { question, answer, others, labels, replays }: ExplainedChoice,
  all: boolean,
): void {
  const mark =
    replays === null
      ? ''
      : replays
        ? output.style('green', '  drawn again: the same')
        : output.style('red', '  drawn again: NOT the same; record, seed or candidates were changed');
  output.out(`\n${output.style('bold', question)}${mark}`);
  for (const line of wrap(answer, output.width - 2)) output.out(`  ${line}`);
  for (const label of labels) output.out(output.style('dim', `  label ${label}`));
  const listed = all ? others : others.slice(0, LISTED);
  if (others.length > 0) output.out('  the others:');
  for (const other of listed) output.out(`    ${other}`);
  if (listed.length < others.length) output.out(`    … and ${others.length - listed.length} more (--all lists them)`);
}

async function explainGroupDay(
  output: Output,
  { audit }: Session,
  group: string,
  date: string,
  options: ExplainOptions,
): Promise<number> {
  const days = await Promise.all([-1, 0, 1].map((days) => audit.readDay(daysAfter(date, days))));
  const explained = explainDay(group, date, days.flat());
  if (options.json) {
    json(output, explained);
    return EXIT.ok;
  }
  for (const line of wrap(explained.summary, output.width)) output.out(line);
  for (const { plan, drawnAt, because, detail } of explained.plans) {
    output.out(`\nplan ${plan}, drawn at ${drawnAt}\n  ${because}${detail === '' ? '' : `: ${detail}`}`);
  }
  for (const { experiment, verdict, because } of explained.experiments) {
    output.out(`\n${experiment}\n  ${verdict}: ${because}`);
  }
  return EXIT.ok;
}
