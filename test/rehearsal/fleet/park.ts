import { type HostEvent, HostPark, type HostParkOptions } from '../../../lib/rehearsal/fleet/host-park.ts';
import type { AutoScalingGroupState } from '../../../lib/rehearsal/fleet/model.ts';
import { zonesOf } from '../../../lib/rehearsal/fleet/names.ts';

const PLACE = { accountId: '123456789012', region: 'eu-west-1', seed: 'park', cluster: 'shop' };
export const GROUP = 'shop-hosts';

const GROUP_STATE: AutoScalingGroupState = {
  name: GROUP,
  arn: `arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:00000000-0000-4000-8000-000000000000:autoScalingGroupName/${GROUP}`,
  tags: [
    { key: 'chaos:opt-in', value: 'true', propagateAtLaunch: true },
    { key: 'note', value: 'only the group', propagateAtLaunch: false },
  ],
  min: 0,
  max: 10,
  desired: 3,
  zones: zonesOf(PLACE),
};

/** Container hosts without processes, on a clock that only the test moves. */
export function aPark({
  desired = 3,
  min = 0,
  startMs = Date.parse('2026-03-02T08:00:00Z'),
  ...options
}: Partial<HostParkOptions> & {
  readonly desired?: number;
  readonly min?: number;
  readonly startMs?: number;
} = {}) {
  const events: HostEvent[] = [];
  const clock = { ms: startMs };
  const park = new HostPark({
    ...{ place: PLACE, group: { ...GROUP_STATE, desired, min }, hosts: desired },
    ...{ now: () => new Date(clock.ms), onEvent: (event: HostEvent) => events.push(event) },
    ...options,
  });
  const ids = park.instances.map(({ instanceId }) => instanceId);
  return {
    park,
    events,
    ids,
    id: (index: number): string => ids[index] ?? 'i-none',
    /** Lets time pass, looking twice a second as a fleet does. */
    pass(ms: number): void {
      for (const until = clock.ms + ms; clock.ms < until; ) {
        clock.ms += Math.min(500, until - clock.ms);
        park.look();
      }
    },
    instance(id: string) {
      const found = park.instances.find(({ instanceId }) => instanceId === id);
      if (found === undefined) throw new Error(`no instance ${id}`);
      return found;
    },
    host: (id: string) => park.hosts.find(({ instanceId }) => instanceId === id),
    /** Members of the group that are in service. */
    inService: () =>
      park.hosts.filter(
        ({ lifecycleState, autoScalingGroup }) => autoScalingGroup !== null && lifecycleState === 'InService',
      ),
  };
}
