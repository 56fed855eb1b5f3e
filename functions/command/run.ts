import { randomBytes } from 'node:crypto';
import type { AuditRecord, Entry } from '../../lib/audit/record.ts';
import { Trail } from '../../lib/audit/trail.ts';
import { draw } from '../../lib/core/draw.ts';
import { type ExperimentOrder, experimentId } from '../../lib/core/experiment.ts';
import { tagRefusal } from '../../lib/core/group.ts';
import { optedIn } from './groups.ts';
import type { CommandAnswer, RunRequest } from './request.ts';
import type { CommandWorld } from './world.ts';

/**
 * Starts an experiment on demand. It takes the same path as a planned one: here only its group is looked up, everything else is for
 * the guards to say. A random mark makes its id, so that two requests are two experiments.
 */
export async function run(world: CommandWorld, request: RunRequest): Promise<CommandAnswer> {
  const nowMs = world.now();
  const name = `${new Date(nowMs).toISOString().slice(0, 19)}-${randomBytes(3).toString('hex')}`;
  const experiment = experimentId(world.config.seed, name, request.group);
  const trail = new Trail(world.audit, experiment, world.now);
  const say = async (kind: Entry['kind'], facts: Entry['facts']): Promise<AuditRecord> =>
    trail.append({ key: kind, kind, actor: request.actor, reason: request.reason, group: request.group, facts });

  const { groups, problems } = await optedIn(world);
  const group = groups.find((one) => one.name === request.group);
  const { version: _, command: __, actor: ___, reason: ____, ...asked } = request;
  const requested = await say('requested', asked);
  if (group === undefined) {
    const refusals = problems.filter((one) => one.group === request.group).map(tagRefusal);
    if (refusals.length === 0) {
      const known = groups.map((one) => one.name);
      const because = `no group "${request.group}" has opted in; ${known.length > 0 ? `these have: ${known.join(', ')}` : 'none has'}`;
      refusals.push({ code: 'not-opted-in', because, facts: { group: request.group } });
    }
    await world.bus.tell([requested, await say('refused', { refusals })]);
    return { accepted: false, experiment, refusals };
  }
  const faults = group.settings.faults;
  const fault =
    request.fault ?? faults[draw(world.config.seed, `${name}/fault/${group.name}`, faults.length).picked] ?? '';
  const order: ExperimentOrder = {
    version: 1,
    experiment,
    group: group.name,
    services: group.members.map(({ cluster, service }) => ({ cluster, service })),
    fault,
    parameters: request.parameters,
    at: new Date(nowMs).toISOString(),
    label: `${name}/targets/${group.name}`,
    ...(request.targets === undefined ? {} : { targets: request.targets }),
    skip: request.skip,
    leashed: request.leashed,
    actor: request.actor,
    reason: request.reason,
  };
  await world.functions.startExperiment(world.experimentFunction, order);
  await world.bus.tell([requested]);
  return { accepted: true, experiment, group: group.name, fault };
}
