import { json, type Output, table } from '../output.ts';
import { ANSWERS, ask, openSession, type SessionOptions } from '../session.ts';

/** Lists who has opted in, and whose tags cannot be read. */
export async function groups(output: Output, options: SessionOptions & { json?: boolean | undefined }): Promise<void> {
  const session = await openSession(options);
  const request = { version: 1, command: 'groups', actor: 'capuchin groups', reason: 'list the groups' };
  const answer = await ask(session, session.deployment.CommandFunction, request, ANSWERS.groups);
  if (options.json) return json(output, answer);
  const prefix = session.deployment.TagPrefix;
  if (answer.groups.length === 0) {
    output.talk(
      `No group has opted in. Tag a service with ${prefix}opt-in=true and let it propagate its tags to its tasks.`,
    );
  } else {
    const rows = answer.groups.map(({ name, members, settings }) => [
      name,
      String(members.length),
      settings.faults.join(' '),
      `${settings.meanDays} (at least ${settings.minDays})`,
      String(settings.minRemaining),
      settings.profile,
    ]);
    output.out(table(['group', 'services', 'faults', 'mean days', 'min remaining', 'profile'], rows));
  }
  for (const { group, tag, value, problem } of answer.problems) {
    output.talk(`${output.style('yellow', 'out')}  ${group}: the tag ${tag}=${value}: ${problem}`);
  }
}
