import type { HostPark } from '../../../lib/rehearsal/fleet/host-park.ts';
import type { FleetState } from '../../../lib/rehearsal/fleet/model.ts';

/** A fleet of which there are only its machines. */
export function fleetOf(park: HostPark): FleetState {
  return {
    clusters: [],
    machines: park,
    get hosts() {
      return park.hosts;
    },
    get autoScalingGroups() {
      return [park.group];
    },
    services: () => [],
    tasks: () => [],
    stopTask: () => {
      throw new Error('no tasks here');
    },
  };
}
