import middy from '@middy/core';
import * as z from 'zod';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { Ecs } from '../../lib/aws/ecs.ts';
import { StateTable } from '../../lib/aws/state-table.ts';
import { readEnvironment } from '../environment.ts';
import { parseEvent } from '../event.ts';
import { faultPort } from '../fault-port.ts';
import { startTelemetry } from '../telemetry.ts';
import { writeDigests } from './digest.ts';
import { environmentSchema } from './environment.ts';
import { type SweepWorld, type Swept, sweep } from './sweep.ts';

const environment = readEnvironment(environmentSchema);
const { herald, middleware } = startTelemetry('sweep', environment);
const audit = new AuditTable(environment.AUDIT_TABLE);
const world: SweepWorld = {
  now: Date.now,
  port: faultPort(new Ecs(), environment.DOCUMENT_PREFIX),
  audit,
  state: new StateTable(environment.STATE_TABLE),
  herald,
};

const requestSchema = z.strictObject({ version: z.literal(1), sweep: z.literal('all') });

export const handler = middy<z.output<typeof requestSchema>, Swept>()
  .use(middleware)
  .use(parseEvent(requestSchema))
  .handler(async () => {
    // One that cannot be settled must not keep the days from being digested.
    const [swept, digests] = await Promise.allSettled([sweep(world), writeDigests({ audit, now: Date.now })]);
    if (digests.status === 'fulfilled') await herald.tell(digests.value);
    if (swept.status === 'rejected') throw swept.reason;
    if (digests.status === 'rejected') throw digests.reason;
    return swept.value;
  });
