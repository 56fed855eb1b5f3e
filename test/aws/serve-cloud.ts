import { onTestFinished } from 'vitest';
import { type EcsOptions, ecsOperations } from '../../lib/rehearsal/cloud/ecs.ts';
import type { ServedService } from '../../lib/rehearsal/cloud/operation.ts';
import type { ServerOptions } from '../../lib/rehearsal/cloud/server.ts';
import { taggingOperations } from '../../lib/rehearsal/cloud/tagging.ts';
import { FakeFleet } from '../rehearsal/cloud/fake-fleet.ts';
import { startCloud } from '../rehearsal/cloud/local-cloud.ts';
import { pointClientsAt } from './start-stack-tables.ts';

/** A fleet behind the local cloud, with the adapters of this process pointed at it. Adapters must be made after this. */
export async function serveFleet(options: EcsOptions = {}, wrap: (ecs: ServedService) => ServedService = (ecs) => ecs) {
  const fleet = new FakeFleet();
  const services = { ECS: wrap(ecsOperations(fleet, options)), Tagging: taggingOperations(fleet) };
  return { fleet, ...(await serveCloud({ services })) };
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
