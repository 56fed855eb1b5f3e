import { setTimeout as sleep } from 'node:timers/promises';
import middy from '@middy/core';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { Ecs } from '../../lib/aws/ecs.ts';
import { StateTable } from '../../lib/aws/state-table.ts';
import { readEnvironment } from '../environment.ts';
import { parseEvent } from '../event.ts';
import { faultPort } from '../fault-port.ts';
import { startTelemetry } from '../telemetry.ts';
import { environmentSchema } from './environment.ts';
import { type HaltEvent, haltEventSchema } from './event.ts';
import { type Halted, type HaltWorld, halt } from './halt.ts';

const environment = readEnvironment(environmentSchema);
const { herald, middleware } = startTelemetry('halt', environment);
const world: HaltWorld = {
  now: Date.now,
  pause: async (ms) => void (await sleep(ms)),
  port: faultPort(new Ecs(), environment.DOCUMENT_PREFIX),
  audit: new AuditTable(environment.AUDIT_TABLE),
  state: new StateTable(environment.STATE_TABLE),
  herald,
};

export const handler = middy<HaltEvent, Halted[]>()
  .use(middleware)
  .use(parseEvent(haltEventSchema))
  .handler((event) => halt(world, event));
