import { startStackTables } from './start-stack-tables.ts';

/** The stack's tables in a process of their own: says in one line of JSON where they are, and ends when its standard input does. */
const tables = await startStackTables();
process.stdout.write(`${JSON.stringify({ endpoint: tables.endpoint, audit: tables.audit, state: tables.state })}\n`);
process.stdin.resume();
process.stdin.once('end', () => void tables.close().then(() => process.exit()));
