import { provision } from '../../lib/rehearsal/cloud/provision.ts';
import { startTables } from '../../lib/rehearsal/cloud/tables.ts';
import { ACCOUNT, REGION } from '../rehearsal/cloud/fake-fleet.ts';
import { synthesizeTemplate } from '../stack/synthesize-template.ts';

/** The stack's two tables on this machine, made from the synthesized template with all keys and indexes. */
export interface StackTables {
  readonly endpoint: string;
  readonly audit: string;
  readonly state: string;
  close(): Promise<void>;
}

/** Synthesizes the stack and makes its tables. */
export async function startStackTables(): Promise<StackTables> {
  const { assembly, remove } = await synthesizeTemplate();
  const made = provision(assembly, { accountId: ACCOUNT, region: REGION }).tables;
  await remove();
  const tables = await startTables(REGION);
  await Promise.all(made.map((table) => tables.create(table)));
  const nameOf = (id: string): string => {
    const found = made.find(({ logicalId }) => logicalId.startsWith(id));
    if (found === undefined) throw new Error(`the stack has no table ${id}`);
    return found.name;
  };
  return {
    endpoint: tables.endpoint,
    audit: nameOf('TablesAudit'),
    state: nameOf('TablesState'),
    close: () => tables.close(),
  };
}

/** Lets the adapters of this process, which take everything from the environment, talk to an endpoint. */
export function pointClientsAt(endpoint: string): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
}
