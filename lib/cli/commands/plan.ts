import type * as z from 'zod';
import { CommandFailed, EXIT } from '../exit.ts';
import { json, moment, type Output, table } from '../output.ts';
import { ANSWERS, ask, openSession, type SessionOptions } from '../session.ts';
import { feedOf } from './plan-feed.ts';

export interface PlanOptions extends SessionOptions {
  readonly date?: string | undefined;
  readonly days?: number | undefined;
  readonly group?: string | undefined;
  readonly within?: number | undefined;
  readonly name?: string | undefined;
  readonly skip?: readonly string[] | undefined;
  readonly reason?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly ics?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** A feed looks further ahead than a glance. */
const FEED_DAYS = 14;

/** Shows the plans of some days, or draws one for the next while. */
export async function plan(output: Output, options: PlanOptions): Promise<void> {
  return options.within === undefined
    ? preview(output, options)
    : within(output, { ...options, within: options.within });
}

/** Draws one experiment for every group within the next seconds. */
async function within(output: Output, options: PlanOptions & { readonly within: number }): Promise<void> {
  const session = await openSession(options);
  const request = {
    version: 1,
    plan: 'within',
    seconds: options.within,
    ...(options.name === undefined ? {} : { name: options.name }),
    skip: options.skip ?? [],
    dryRun: options.dryRun ?? false,
    actor: await session.actor(),
    reason: options.reason ?? `planned within ${options.within} s on demand`,
  };
  const answer = await ask(session, session.deployment.PlanFunction, request, ANSWERS.plan);
  if (options.json) return json(output, answer);
  for (const { name, isNew, experiments, notPlanned } of answer.plans) {
    const rows = experiments.map(({ at, group, fault, experiment }) => [moment(at), group, fault, experiment]);
    if (rows.length > 0) output.out(table(['at (UTC)', 'group', 'fault', 'experiment'], rows));
    else if (Object.keys(notPlanned).length === 0) output.talk('Nothing was drawn: no group has opted in.');
    else output.talk('Nothing was drawn.');
    if (Object.keys(notPlanned).length > 0) output.talk(`Not planned: ${reasonsText(notPlanned)}.`);
    if (options.dryRun) output.talk('Nothing was recorded or scheduled (--dry-run).');
    else if (!isNew) output.talk(`The plan ${name} existed already and stays as it is.`);
  }
  tellOut(output, answer);
}

/** Shows what stands in the plans, or would be drawn. */
async function preview(output: Output, options: PlanOptions): Promise<void> {
  const only = (['name', 'skip', 'reason', 'dryRun'] as const).find((option) => options[option] !== undefined);
  if (only !== undefined) {
    const flag = only === 'dryRun' ? 'dry-run' : only;
    throw new CommandFailed(`--${flag} belongs to --within; a plan of days is only shown`, EXIT.usage);
  }
  const session = await openSession(options);
  const days = options.days ?? (options.ics ? FEED_DAYS : 1);
  const request = {
    version: 1,
    plan: 'preview',
    ...(options.date === undefined ? {} : { date: options.date }),
    days,
    ...(options.group === undefined ? {} : { group: options.group }),
    actor: 'capuchin plan',
    reason: 'show the plan',
  };
  const answer = await ask(session, session.deployment.PlanFunction, request, ANSWERS.preview);
  if (options.ics) {
    // Its last line ends as all its lines do, with the line break that the output adds.
    return output.out((await feedOf(session, answer, options)).replace(/\n$/, ''));
  }
  if (options.json) return json(output, answer);
  const isEmpty = answer.plans.every(
    ({ experiments, notPlanned }) => experiments.length + Object.keys(notPlanned).length === 0,
  );
  if (answer.plans.length === 0)
    output.talk('No plan was kept for a date that is past; "capuchin history" shows what happened.');
  else if (isEmpty) output.talk('No group has opted in, so there is nothing to plan.');
  for (const one of answer.plans) showPlan(output, one, answer.plans.length, options.group);
  tellOut(output, answer);
}

type Previewed = z.output<typeof ANSWERS.preview>['plans'][number];

function showPlan(output: Output, plan: Previewed, plans: number, group: string | undefined): void {
  const { date, zone, isKept, experiments, notPlanned, cancelled, why } = plan;
  const isQuiet = experiments.length === 0 && why === undefined;
  // Of many days, those on which nothing happens are one line each at most.
  const title = `${date} ${zone}`;
  // Asked for one group, the numbers of all the others say nothing.
  const counts = group === undefined ? reasonsText(notPlanned) : '';
  const state = isKept ? 'drawn' : 'preview';
  if (isQuiet && plans > 1 && counts === '' && !isKept) return;
  output.out(
    `${output.style('bold', title)}  ${output.style('dim', `${state}; ${experiments.length} planned${counts === '' ? '' : `, not planned: ${counts}`}`)}`,
  );
  if (experiments.length > 0) {
    const rows = experiments.map(({ at, zone: ofGroup, group, fault, experiment }) => [
      `  ${moment(at)}`,
      localTime(at, ofGroup),
      group,
      fault,
      cancelled.includes(experiment) ? `${experiment} (cancelled)` : experiment,
    ]);
    output.out(table(['  at (UTC)', 'local', 'group', 'fault', 'experiment'], rows));
  }
  if (group !== undefined && isKept && experiments.length === 0) {
    output.out(`  not in it; "capuchin explain ${group} --date ${date}" says why`);
  }
  if (why !== undefined) output.out(`  ${why.group}: ${why.because}${why.detail === '' ? '' : `, ${why.detail}`}`);
}

const localTime = (at: string, timeZone: string): string =>
  new Date(at).toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });

function reasonsText(reasons: Readonly<Record<string, number>>): string {
  return Object.entries(reasons)
    .map(([because, count]) => `${count} ${because}`)
    .join(', ');
}

function tellOut(
  output: Output,
  { problems, unread }: Pick<z.output<typeof ANSWERS.plan>, 'problems' | 'unread'>,
): void {
  for (const { group, tag, value, problem } of problems) {
    output.talk(`${output.style('yellow', 'out')}  ${group}: the tag ${tag}=${value}: ${problem}`);
  }
  for (const { resource, because } of unread) {
    output.talk(`${output.style('yellow', 'not read')}  ${resource}: ${because}; what lies in it is in no plan`);
  }
}

/** Lists the plans that are kept, and where each experiment stands. */
export async function listPlans(
  output: Output,
  options: SessionOptions & { readonly days: number; readonly json?: boolean | undefined },
): Promise<void> {
  const session = await openSession(options);
  const { days } = options;
  const request = { version: 1, plan: 'list', days, actor: 'capuchin plan list', reason: 'list the plans' };
  const answer = await ask(session, session.deployment.PlanFunction, request, ANSWERS.planList);
  if (options.json) return json(output, answer);
  const rows = answer.plans
    .flatMap(({ name, experiments }) => experiments.map((one) => ({ name, ...one })))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ name, experiment, group, fault, at, status }) => [moment(at), status, group, fault, experiment, name]);
  if (rows.length === 0) return output.talk(`${answer.plans.length} plans are kept, and no experiment is in them.`);
  output.out(table(['at (UTC)', 'status', 'group', 'fault', 'experiment', 'plan'], rows));
  if (rows.some(([, status]) => status === 'schedule-lost')) {
    output.talk(
      'Some have lost their schedule and will not start; "capuchin plan restore --reason …" makes them again.',
    );
  }
}

export interface CancelOptions extends SessionOptions {
  readonly reason: string;
  readonly json?: boolean | undefined;
}

/** Takes one experiment out of its plan. */
export async function cancelPlanned(output: Output, experiment: string, options: CancelOptions): Promise<number> {
  const session = await openSession(options);
  const request = { version: 1, plan: 'cancel', experiment, actor: await session.actor(), reason: options.reason };
  const answer = await ask(session, session.deployment.PlanFunction, request, ANSWERS.planCancel);
  if (options.json) json(output, answer);
  if (answer.cancelled === false) {
    if (!options.json) output.talk(`${output.style('yellow', 'not cancelled')}  ${experiment}: ${answer.because}`);
    return EXIT.refused;
  }
  if (!options.json) output.out(`cancelled  ${experiment}: ${answer.group}, due at ${moment(answer.at)} UTC`);
  if (!answer.recorded) output.talk('It is cancelled, but that could not be recorded in the audit.');
  return answer.recorded ? EXIT.ok : EXIT.failure;
}

/** Makes lost schedules again. */
export async function restorePlanned(output: Output, options: CancelOptions): Promise<void> {
  const session = await openSession(options);
  const request = { version: 1, plan: 'restore', actor: await session.actor(), reason: options.reason };
  const answer = await ask(session, session.deployment.PlanFunction, request, ANSWERS.planRestore);
  if (options.json) return json(output, answer);
  for (const { experiment, group, at } of answer.restored)
    output.out(`restored  ${moment(at)}  ${group}  ${experiment}`);
  output.talk(`${answer.restored.length} restored, ${answer.waiting} had their schedule.`);
}
