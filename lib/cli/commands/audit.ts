import { readFile, writeFile } from 'node:fs/promises';
import { type Finding, verifyChains } from '../../audit/chain.ts';
import { exportRecords, verifyExport } from '../../audit/export.ts';
import type { AuditRecord } from '../../audit/record.ts';
import type { RecordQueries, RecordStore } from '../../audit/trail.ts';
import { CommandFailed, EXIT } from '../exit.ts';
import { json, type Output } from '../output.ts';
import { recentRecords } from '../recent.ts';
import { openSession, type SessionOptions } from '../session.ts';

export interface AuditOptions extends SessionOptions {
  readonly days: number;
  readonly json?: boolean | undefined;
}

/** Verifies an exported file, or the records of the last days in the table. */
export async function verify(
  output: Output,
  file: string | undefined,
  options: AuditOptions & { readonly seal?: string | undefined },
): Promise<number> {
  const found = file === undefined ? await verifyTable(options) : await verifyFile(file, options.seal);
  const verified = found.findings.length === 0;
  if (options.json) json(output, { ...found, verified });
  else {
    for (const { chain, sequence, problem } of found.findings) output.out(`${chain} #${sequence}: ${problem}`);
    output.out(
      verified
        ? `${output.style('green', 'All')} ${found.records} records hold.`
        : `${output.style('red', 'Not all hold')}: ${found.findings.length} findings in ${found.records} records.`,
    );
  }
  return verified ? EXIT.ok : EXIT.failure;
}

async function verifyTable(options: AuditOptions): Promise<{ records: number; findings: readonly Finding[] }> {
  const { audit } = await openSession(options);
  const records = await wholeChains(audit, options.days);
  return { records: records.length, findings: verifyChains(records) };
}

async function verifyFile(
  file: string,
  seal: string | undefined,
): Promise<{ records: number; findings: readonly Finding[] }> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new CommandFailed(`cannot read ${file}: ${cause.message}`, EXIT.usage, { cause });
  });
  const { records, findings, seal: sealFound } = verifyExport(text);
  if (seal === undefined || seal === sealFound) return { records, findings };
  const problem = `its seal is ${sealFound ?? 'missing'}, not the one that was asked for: it is another file`;
  return { records, findings: [...findings, { chain: 'the file', sequence: records, problem }] };
}

/** Every record of every chain that has one in the last days, so that no chain is seen from its middle. */
async function wholeChains(
  audit: RecordQueries & Pick<RecordStore, 'readChain'>,
  days: number,
): Promise<AuditRecord[]> {
  const recent = await recentRecords(audit, days, Date.now());
  const chains = [...new Set(recent.map(({ chain }) => chain))];
  return (await Promise.all(chains.map((chain) => audit.readChain(chain)))).flat();
}

/** Writes the records of the last days as JSON lines with a seal. */
export async function exportAudit(
  output: Output,
  options: AuditOptions & { readonly out?: string | undefined },
): Promise<void> {
  const { audit } = await openSession(options);
  const records = await wholeChains(audit, options.days);
  const { text, seal } = exportRecords(records);
  if (options.out === undefined) output.out(text.trimEnd());
  else await writeFile(options.out, text);
  output.talk(`${records.length} records${options.out === undefined ? '' : ` in ${options.out}`}, sealed ${seal}`);
}
