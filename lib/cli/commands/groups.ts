import { describeWindow } from '../../core/window.ts';
import { json, type Output, table } from '../output.ts';
import { ANSWERS, askGroups, openSession, type SessionOptions } from '../session.ts';

/** Lists who has opted in, and whose tags cannot be read. */
export async function groups(output: Output, options: SessionOptions & { json?: boolean | undefined }): Promise<void> {
  const session = await openSession(options);
  const answer = await askGroups(session, ANSWERS.groups, 'capuchin groups');
  if (options.json) return json(output, answer);
  const prefix = session.deployment.TagPrefix;
  if (answer.groups.length === 0) {
    output.talk(
      `No group has opted in. Tag a service with ${prefix}opt-in=true and let it propagate its tags to its tasks.`,
    );
  } else {
    const rows = answer.groups.map(({ name, members, hosts, settings }) => [
      name,
      hosts.length > 0 ? 'hosts' : members.length === 1 ? '1 service' : `${members.length} services`,
      settings.faults.map((fault) => (fault.weight === 1 ? fault.name : `${fault.name}=${fault.weight}`)).join(' '),
      `${settings.meanDays} (at least ${settings.minDays})`,
      String(settings.minRemaining),
      describeWindow(settings.window),
      settings.profile,
    ]);
    output.out(table(['group', 'of', 'faults', 'mean days', 'min remaining', 'window', 'profile'], rows));
  }
  for (const { group, tag, value, problem } of answer.problems) {
    output.talk(`${output.style('yellow', 'out')}  ${group}: the tag ${tag}=${value}: ${problem}`);
  }
  for (const { group, because } of answer.excluded)
    output.talk(`${output.style('yellow', 'left out')}  ${group}: ${because}`);
  for (const { resource, because } of answer.unread)
    output.talk(`${output.style('yellow', 'not read')}  ${resource}: ${because}`);
}
