import { onTestFinished } from 'vitest';
import { autoScalingOperations } from '../../lib/rehearsal/cloud/auto-scaling.ts';
import { type EcsOptions, ecsOperations } from '../../lib/rehearsal/cloud/ecs.ts';
import type { ServedService } from '../../lib/rehearsal/cloud/operation.ts';
import type { ServerOptions } from '../../lib/rehearsal/cloud/server.ts';
import { taggingOperations } from '../../lib/rehearsal/cloud/tagging.ts';
import type { FleetState } from '../../lib/rehearsal/fleet/model.ts';
import { FakeFleet } from '../rehearsal/cloud/fake-fleet.ts';
import { startCloud } from '../rehearsal/cloud/local-cloud.ts';
import { pointClientsAt } from './start-stack-tables.ts';

/** How a served fleet differs from a well one: each takes a service and gives what is served in its place. */
export interface FleetChanges {
  readonly tagging?: (tagging: ServedService) => ServedService;
  readonly autoScaling?: (autoScaling: ServedService) => ServedService;
}

/** A fleet behind the local cloud, with the adapters of this process pointed at it. Adapters must be made after this. */
export async function serveFleet(
  options: EcsOptions = {},
  wrap: (ecs: ServedService) => ServedService = (ecs) => ecs,
  changes: FleetChanges = {},
) {
  const fleet = new FakeFleet();
  return { fleet, ...(await serveFleetState(fleet, { options, ecs: wrap, ...changes })) };
}

/** Any fleet behind the local cloud. */
export function serveFleetState(
  fleet: FleetState,
  {
    options = {},
    ecs = (served) => served,
    tagging = (served) => served,
    autoScaling = (served) => served,
  }: FleetChanges & { readonly options?: EcsOptions; readonly ecs?: (ecs: ServedService) => ServedService } = {},
) {
  return serveCloud({
    services: {
      ECS: ecs(ecsOperations(fleet, options)),
      Tagging: tagging(taggingOperations(fleet)),
      AutoScaling: autoScaling(autoScalingOperations(fleet)),
    },
  });
}

/** The local cloud with some services. Whatever it could not do as AWS does fails the test that asked for it. */
export async function serveCloud(options: Partial<ServerOptions> & Pick<ServerOptions, 'services'>) {
  const cloud = await startCloud(options);
  pointClientsAt(cloud.server.url);
  onTestFinished(() => {
    if (cloud.defects.length > 0) throw new Error(`the local cloud met what it cannot do: ${cloud.defects.join('; ')}`);
  });
  return cloud;
}
