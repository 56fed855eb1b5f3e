import { json, moment, type Output, table } from '../output.ts';
import { ANSWERS, ask, openSession, type SessionOptions } from '../session.ts';

export interface PlanOptions extends SessionOptions {
  readonly within: number;
  readonly name?: string | undefined;
  readonly reason?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Draws one experiment for every group within the next seconds. */
export async function plan(output: Output, options: PlanOptions): Promise<void> {
  const session = await openSession(options);
  const request = {
    version: 1,
    plan: 'within',
    seconds: options.within,
    ...(options.name === undefined ? {} : { name: options.name }),
    dryRun: options.dryRun ?? false,
    actor: await session.actor(),
    reason: options.reason ?? `planned within ${options.within} s on demand`,
  };
  const answer = await ask(session, session.deployment.PlanFunction, request, ANSWERS.plan);
  if (options.json) return json(output, answer);
  for (const { name, isNew, experiments } of answer.plans) {
    const rows = experiments.map(({ at, group, fault, experiment }) => [moment(at), group, fault, experiment]);
    if (rows.length > 0) output.out(table(['at (UTC)', 'group', 'fault', 'experiment'], rows));
    else output.talk('Nothing was drawn: no group has opted in.');
    if (options.dryRun) output.talk('Nothing was recorded or scheduled (--dry-run).');
    else if (!isNew) output.talk(`The plan ${name} existed already and stays as it is.`);
  }
  for (const { group, tag, value, problem } of answer.problems) {
    output.talk(`${output.style('yellow', 'out')}  ${group}: the tag ${tag}=${value}: ${problem}`);
  }
}
