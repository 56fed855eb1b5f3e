import { randomBytes } from 'node:crypto';
import type { AuditRecord, Entry } from '../../lib/audit/record.ts';
import { Trail } from '../../lib/audit/trail.ts';
import { type ExperimentOrder, experimentId } from '../../lib/core/experiment.ts';
import { applicableFaults, appliesTo, drawFault } from '../../lib/core/fault-choice.ts';
import { excludedRefusal, type Group, kindOf, tagRefusal } from '../../lib/core/group.ts';
import type { Refusal } from '../../lib/core/refusal.ts';
import { parametersFor } from '../../lib/core/settings.ts';
import { FAULT_KINDS, FAULTS } from '../../lib/faults/catalogue.ts';
import { readGroup, readOptedIn } from '../opted-in.ts';
import type { CommandAnswer, RunRequest } from './request.ts';
import type { CommandWorld } from './world.ts';

/** The group that was asked for and the fault, or why not; with what the record needs to draw the fault again. */
type Lookup =
  | { readonly group: Group; readonly fault: string; readonly facts: Readonly<Record<string, unknown>> }
  | { readonly refusals: readonly Refusal[] };

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

  const found = await lookUp(world, request, name);
  const { version: _, command: __, actor: ___, reason: ____, ...asked } = request;
  const requested = await say('requested', { ...asked, ...('facts' in found ? found.facts : {}) });
  if ('refusals' in found) {
    await world.herald.tell([requested, await say('refused', { refusals: found.refusals })]);
    return { accepted: false, experiment, refusals: found.refusals };
  }
  const { group, fault } = found;
  const order: ExperimentOrder = {
    version: 1,
    experiment,
    group: group.name,
    services: group.members.map(({ cluster, service }) => ({ cluster, service })),
    hosts: group.hosts.map(({ kind, name }) => ({ kind, name })),
    fault,
    parameters: { ...parametersFor(group.settings, fault), ...request.parameters },
    at: new Date(nowMs).toISOString(),
    label: `${name}/targets/${group.name}`,
    ...(request.targets === undefined ? {} : { targets: request.targets }),
    skip: request.skip,
    leashed: request.leashed,
    actor: request.actor,
    reason: request.reason,
  };
  await world.functions.startExperiment(world.experimentFunction, order);
  await world.herald.tell([requested]);
  return { accepted: true, experiment, group: group.name, fault };
}

async function lookUp(world: CommandWorld, request: RunRequest, name: string): Promise<Lookup> {
  const { groups, problems, excluded } = await readGroup(world, request.group);
  const [group] = groups;
  if (group !== undefined) return chooseFault(world, request, name, group);
  const refusals = [...problems.map(tagRefusal), ...excluded.map(excludedRefusal)];
  return { refusals: refusals.length > 0 ? refusals : [await notOptedIn(world, request.group)] };
}

/** Only for whoever misspelt a name the whole account is looked through. */
async function notOptedIn(world: CommandWorld, group: string): Promise<Refusal> {
  const { groups } = await readOptedIn(world);
  const known = groups.map((one) => one.name);
  const listed = known.slice(0, 20).join(', ') + (known.length > 20 ? ` and ${known.length - 20} more` : '');
  const because = `no group "${group}" has opted in; ${known.length > 0 ? `these have: ${listed}` : 'none has'}`;
  return { code: 'not-opted-in', because, facts: { group } };
}

/** The fault that was asked for, or one that is drawn among those that apply. */
function chooseFault({ config }: CommandWorld, { fault: asked }: RunRequest, name: string, group: Group): Lookup {
  if (asked !== undefined) {
    const fault = FAULTS.get(asked);
    // A fault that does not exist is for the experiment to refuse, as it does for everybody.
    if (fault === undefined ? kindOf(group) === 'service' : appliesTo(fault, group))
      return { group, fault: asked, facts: {} };
    return { refusals: [notApplicable(group, [asked])] };
  }
  const faults = applicableFaults(group, FAULT_KINDS);
  if (faults.length === 0)
    return {
      refusals: [
        notApplicable(
          group,
          group.settings.faults.map((one) => one.name),
        ),
      ],
    };
  const { fault, draw } = drawFault(config.seed, `${name}/fault/${group.name}`, faults);
  return { group, fault, facts: { seed: config.seed, faults, draws: [draw], drawn: fault } };
}

function notApplicable(group: Group, faults: readonly string[]): Refusal {
  const kind = kindOf(group) === 'hosts' ? 'hosts' : 'services';
  const because = `${group.name} is a group of ${kind}, and ${faults.join(', ')} ${faults.length === 1 ? 'does' : 'do'} not apply to it`;
  return { code: 'fault-not-applicable', because, facts: { faults, kind } };
}
