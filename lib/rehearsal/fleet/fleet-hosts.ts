import { scalingGroupOf, turnsOf } from './declared-states.ts';
import type { FleetDefinition, ServiceDefinition } from './fleet-file.ts';
import { type HostEvent, HostPark } from './host-park.ts';
import type { HostState } from './model.ts';
import type { FleetPlace } from './names.ts';
import type { TaskHost } from './placement.ts';
import type { RunningService } from './running-service.ts';
import type { ServiceLife } from './service-scheduler.ts';

/** What the hosts of a fleet need of it. */
export interface HostedServices {
  readonly definition: FleetDefinition;
  readonly place: FleetPlace;
  readonly services: () => readonly RunningService[];
  /** Kills what runs on a host beside the tasks, and forgets what was done to it. */
  readonly endHost: (host: HostState) => void;
}

/** The container hosts of a running fleet: what happens to a host happens to its tasks. */
export class FleetHosts {
  /** None in a fleet without container hosts. */
  readonly park: HostPark | undefined;
  readonly #fleet: HostedServices;
  readonly #timesDown = new Map<string, number>();

  constructor(fleet: HostedServices) {
    this.#fleet = fleet;
    const { definition, place, services } = fleet;
    const group = scalingGroupOf(definition, place);
    if (group === null) return;
    const { standby, protectedFromScaleIn, dataVolumes } = definition.hostGroup;
    this.park = new HostPark({
      ...{ place, group, hosts: definition.hosts, standby, protectedFromScaleIn, dataVolumes },
      onEvent: (event) => this.#happened(event),
      isDrained: (arn) => services().every(({ life }) => tasksOn(life, arn) === 0),
    });
  }

  get states(): readonly HostState[] {
    return this.park?.hosts ?? [];
  }

  /** How often a host has been down since the beginning. */
  timesDown(instanceId: string): number {
    return this.#timesDown.get(instanceId) ?? 0;
  }

  /** The hosts in the order of a service's turns, with the room that the other services leave it. */
  for(service: ServiceDefinition): readonly TaskHost[] {
    const { definition, services } = this.#fleet;
    const { tasksPerHost } = definition.hostGroup;
    const others = services().filter((one) => one.definition !== service);
    return turnsOf(this.states, service, definition).map((host) => {
      if (tasksPerHost === undefined) return host;
      const taken = others.reduce((sum, { life }) => sum + tasksOn(life, host.containerInstance?.arn), 0);
      return { ...host, room: tasksPerHost - taken };
    });
  }

  #happened({ host, ...event }: HostEvent): void {
    const { instanceId, containerInstance } = host;
    if (event.kind === 'down') {
      this.#timesDown.set(instanceId, this.timesDown(instanceId) + 1);
      this.#fleet.endHost(host);
    }
    if (containerInstance === undefined) return;
    for (const service of this.#fleet.services()) {
      // ECS's words are from memory; for a reboot it has none of its own.
      if (event.kind === 'down') {
        service.hostIsDown(containerInstance.arn, `Host EC2 (instance ${instanceId}) ${event.why}.`);
      } else {
        service.sever(containerInstance.arn, event.isSevered);
      }
    }
  }
}

/** How many tasks of a service are on a container instance. */
function tasksOn({ tasks }: ServiceLife, containerInstanceArn: string | undefined): number {
  return tasks.filter(
    ({ state }) => state.containerInstanceArn === containerInstanceArn && state.lastStatus !== 'STOPPED',
  ).length;
}
