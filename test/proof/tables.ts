import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ProvisionedTable } from '../../lib/rehearsal/cloud/provision.ts';
import { startTables } from '../../lib/rehearsal/cloud/tables.ts';
import { REGION } from '../rehearsal/cloud/fake-fleet.ts';
import type { Names } from './world.ts';

/** The stack's two tables, anew for each run. */
export interface RunTables {
  readonly endpoint: string;
  make(run: string): Promise<Names>;
  drop(names: Names): Promise<void>;
  close(): Promise<void>;
}

/** @param declared the stack's tables, from its template. */
export async function startRunTables(declared: readonly ProvisionedTable[]): Promise<RunTables> {
  const tables = await startTables(REGION);
  const credentials = { accessKeyId: 'PROOF', secretAccessKey: 'secret' };
  const client = new DynamoDBClient({ endpoint: tables.endpoint, region: REGION, credentials });
  const table = (id: string): ProvisionedTable => {
    const found = declared.find(({ logicalId }) => logicalId.startsWith(id));
    if (found === undefined) throw new Error(`the stack has no table ${id}`);
    return found;
  };
  return {
    endpoint: tables.endpoint,
    async make(run) {
      const names = { audit: `${run}-audit`, state: `${run}-state` };
      await Promise.all([
        tables.create({ ...table('TablesAudit'), name: names.audit }),
        tables.create({ ...table('TablesState'), name: names.state }),
      ]);
      return names;
    },
    async drop(names) {
      await Promise.all(Object.values(names).map((TableName) => client.send(new DeleteTableCommand({ TableName }))));
    },
    async close() {
      client.destroy();
      await tables.close();
    },
  };
}
