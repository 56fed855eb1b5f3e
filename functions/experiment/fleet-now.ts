import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { LiveService } from '../../lib/core/guards/guard.ts';
import type { ServiceEvent } from '../../lib/core/health.ts';
import type { Tagged } from '../../lib/core/tagged.ts';
import type { Candidate } from '../../lib/core/target.ts';
import type { ExperimentWorld } from './world.ts';

/** A member of the group as AWS describes it now: a service, or hosts. */
export interface MemberNow {
  readonly tagged: Tagged;
  readonly live: LiveService;
  readonly events: readonly ServiceEvent[];
}

/** The group of an order as it is now. Both come side by side, and each may fail for itself. */
export interface FleetNow {
  readonly members: Promise<MemberNow[]>;
  readonly candidates: Promise<Candidate[]>;
}

/** What is to be told besides what can be a target. */
export interface FleetQuestion {
  /** Tasks that have stopped, and the hosts of these ids although they may have left their group. */
  readonly stoppedToo: readonly string[] | false;
  readonly withTags: boolean;
}

/** Reads the members of an order and their tasks, or its hosts. */
export function fleetNow(
  { ecs, hostGroups }: Pick<ExperimentWorld, 'ecs' | 'hostGroups'>,
  order: Pick<ExperimentOrder, 'services' | 'hosts'>,
  { stoppedToo, withTags }: FleetQuestion,
): FleetNow {
  if (order.hosts.length === 0) {
    return {
      members: ecs.services(order.services, { withTags }),
      candidates: ecs.tasks(order.services, { stoppedToo: stoppedToo !== false }),
    };
  }
  const read = hostGroups.read(order.hosts, stoppedToo === false ? [] : stoppedToo);
  return {
    members: read.then(({ members }) => members.map((one) => ({ ...one, events: [] }))),
    candidates: read.then((found) => [...found.hosts]),
  };
}
