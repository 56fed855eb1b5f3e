import type { AuditRecord } from '../../lib/audit/record.ts';
import type { Switches } from '../../lib/aws/switches.ts';
import type { AlarmNow } from '../../lib/core/alarm.ts';
import { Calendars } from '../../lib/core/calendars.ts';
import { claimedTargets, EMPTY_ACCOUNT } from '../../lib/core/claim.ts';
import { type ExperimentOrder, memberNames } from '../../lib/core/experiment.ts';
import { scopeFor } from '../../lib/core/fault-choice.ts';
import { formGroups, type Group } from '../../lib/core/group.ts';
import type { Cancellation, LiveGroup, Situation } from '../../lib/core/guards/guard.ts';
import type { ProbeAnswer } from '../../lib/core/probe.ts';
import type { Known } from '../../lib/core/refusal.ts';
import { nameOf } from '../../lib/core/tagged.ts';
import { type Candidate, chooseTargets, chooseWholes, type TargetChoice, wholesFor } from '../../lib/core/target.ts';
import { targetCount } from '../../lib/core/target-count.ts';
import { chooseZone } from '../../lib/core/zone-choice.ts';
import { FAULT_NAMES, faultOfOrder } from '../../lib/faults/catalogue.ts';
import { bothKnown, known, mapKnown } from '../known.ts';
import { type ClaimState, readClaims } from './claims.ts';
import { fleetNow, type MemberNow } from './fleet-now.ts';
import { askProbes } from './probes.ts';
import type { ExperimentWorld } from './world.ts';

/** Everything that is read before the guards decide: two rounds of calls side by side, tasks and CloudWatch second. */
export interface Survey {
  readonly situation: Situation;
  readonly switches: Switches;
  readonly group: Group | undefined;
  readonly claims: ClaimState;
  readonly chain: readonly AuditRecord[];
}

/** @param owner the execution that asks: its own claims do not stand in its way. */
export async function survey(world: ExperimentWorld, order: ExperimentOrder, owner: string): Promise<Survey> {
  const fleet = fleetNow(world, order, { stoppedToo: false, withTags: true });
  const candidatesRead = known(fleet.candidates);
  const [switches, members, claims, chain, cancellation, changeCalendars] = await Promise.all([
    world.switches.read(),
    known(fleet.members),
    readClaims(world.state, order.group),
    world.audit.readChain(order.experiment),
    known(world.state.read<Cancellation>('cancelled', order.experiment)),
    known(world.changeCalendars.read(world.config.changeCalendars)),
  ]);
  const group = mapKnown(members, (found) => liveGroup(world, order, found));
  const settings = group.known ? group.value.group : undefined;
  const { outageAlarms } = world.config;
  const stopAlarms = settings?.settings.alarms ?? [];
  const [candidates, alarms, steadyState] = await Promise.all([
    candidatesRead,
    readAlarms(world, [...outageAlarms, ...stopAlarms]),
    settings ? askBefore(world, order, settings, members) : noGroup(group),
  ]);
  const nowMs = world.now();
  const fault = faultOfOrder(order);
  const wanted = mapKnown(members, (found) =>
    targetCount(
      order.targets ?? settings?.settings.targets ?? 1,
      found.reduce((sum, { live }) => sum + live.desired, 0),
    ),
  );
  const rules = {
    optInTag: `${world.config.tagPrefix}opt-in`,
    minimumAgeSeconds: world.config.minimumTaskAgeSeconds,
    nowMs,
    claimed: claimedTargets(claims.account?.body ?? EMPTY_ACCOUNT, owner, nowMs),
    ...(fault === undefined ? {} : { reach: fault.reach }),
  };
  const choice = mapKnown(
    bothKnown(bothKnown(candidates, members), wanted),
    ([[all, found], count]: [[Candidate[], MemberNow[]], number]): TargetChoice => {
      const scope = fault && settings && scopeFor(fault, settings);
      const { seed } = world.config;
      if (scope === 'zone') return chooseZone(all, rules, seed, order.label, fault?.zone);
      const members = found.map(({ tagged }) => tagged);
      const wholes = scope === undefined ? undefined : wholesFor(scope, members);
      return wholes === undefined
        ? chooseTargets(all, rules, seed, order.label, count)
        : chooseWholes(wholes, rules, seed, order.label);
    },
  );
  const situation: Situation = {
    nowMs,
    order,
    lateAfterSeconds: world.config.lateAfterSeconds,
    lever: switches.lever,
    group,
    services: mapKnown(members, (found) => found.map(({ live }) => live)),
    steadyState,
    choice,
    wanted: wantedOf(choice, wanted),
    cancellation: mapKnown(cancellation, (item) => item?.body),
    calendars: new Calendars(world.config.calendar),
    changeCalendars,
    outageAlarms: mapKnown(alarms, (all) => all.filter(({ name }) => outageAlarms.includes(name))),
    stopAlarms: mapKnown(alarms, (all) => all.filter(({ name }) => stopAlarms.includes(name))),
    fault,
  };
  return { situation, switches, group: settings, claims, chain };
}

/** How many targets are wanted: of a zone all that are there. */
function wantedOf(choice: Known<TargetChoice>, wanted: Known<number>): number {
  if (choice.known && choice.value.zone !== undefined) return Math.max(1, choice.value.picked.length);
  if (choice.known && choice.value.isWhole) return 1;
  return wanted.known ? wanted.value : 1;
}

/** The group of the order, formed anew from the tags that its services carry now. */
function liveGroup(world: ExperimentWorld, order: ExperimentOrder, found: readonly MemberNow[]): LiveGroup {
  const { groups, problems, excluded } = formGroups(
    found.map(({ tagged }) => tagged),
    world.config,
    FAULT_NAMES,
  );
  const group = groups.find(({ name }) => name === order.group);
  const present =
    problems.length > 0 ? memberNames(order) : [...(group?.members ?? []), ...(group?.hosts ?? [])].map(nameOf);
  return { group, problems, excluded, present };
}

/** No name, no call. */
function readAlarms({ alarms }: ExperimentWorld, names: readonly string[]): Promise<Known<readonly AlarmNow[]>> {
  return known(names.length === 0 ? Promise.resolve([]) : alarms.read([...new Set(names)]));
}

async function askBefore(
  world: ExperimentWorld,
  order: ExperimentOrder,
  group: Group,
  services: Known<MemberNow[]>,
): Promise<Known<ProbeAnswer[]>> {
  if (!services.known) return services;
  const live = services.value.map((one) => one.live);
  return known(
    askProbes(world, group.settings.steadyState, live, group.members, { phase: 'before', nowMs: world.now(), order }),
  );
}

/** Without a group there is no steady state to ask for, and another guard's refusal says why. */
async function noGroup(group: Known<LiveGroup>): Promise<Known<ProbeAnswer[]>> {
  return group.known ? { known: true, value: [] } : group;
}
