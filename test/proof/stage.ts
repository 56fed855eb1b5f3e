import { provision } from '../../lib/rehearsal/cloud/provision.ts';
import { ACCOUNT, REGION } from '../rehearsal/cloud/fake-fleet.ts';
import { synthesizeTemplate } from '../stack/synthesize-template.ts';
import { Clients, leaveOutRetryPauses, waitOnVirtualTime } from './clients.ts';
import { startFront } from './front.ts';
import type { Stage } from './run.ts';
import { startRunTables } from './tables.ts';

/** Tables and functions as the stack's own template declares them, and a front for all runs of this process. */
export async function openStage(): Promise<{ readonly stage: Stage; close(): Promise<void> }> {
  const { assembly, remove } = await synthesizeTemplate();
  const provisioned = provision(assembly, { accountId: ACCOUNT, region: REGION });
  await remove();
  const durable = provisioned.functions.flatMap((one) => one.durable ?? []);
  const executionTimeoutSeconds = Math.max(0, ...durable.map((one) => one.executionTimeoutSeconds));
  if (executionTimeoutSeconds === 0) throw new Error('the stack has no durable function any more');
  const tables = await startRunTables(provisioned.tables);
  const front = await startFront(tables.endpoint);
  const clients = new Clients(front, process.env.PROOF_DOOR === 'http' ? 'http' : 'direct');
  await leaveOutRetryPauses();
  waitOnVirtualTime();
  return {
    stage: { front, clients, tables, executionTimeoutSeconds },
    async close() {
      await front.close();
      clients.close();
      await tables.close();
    },
  };
}
