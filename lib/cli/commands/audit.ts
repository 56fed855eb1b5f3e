import { readFile, writeFile } from 'node:fs/promises';
import type { Finding } from '../../audit/chain.ts';
import { exportRecords, verifyExport } from '../../audit/export.ts';
import type { AuditRecord } from '../../audit/record.ts';
import { tenAtOnce } from '../../audit/ten-at-once.ts';
import type { RecordPlaces, RecordStore } from '../../audit/trail.ts';
import { daysBetween } from '../../audit/utc-day.ts';
import { type TableVerification, verifyPin, verifyTable } from '../../audit/verify-table.ts';
import { CommandFailed, EXIT } from '../exit.ts';
import { json, type Output } from '../output.ts';
import { type DayRange, daysAsked } from '../recent.ts';
import { openSession, type SessionOptions } from '../session.ts';

interface AuditOptions extends SessionOptions {
  readonly days: number;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface VerifyOptions extends AuditOptions {
  readonly seal?: string | undefined;
  /** Hash of a digest that was kept elsewhere. */
  readonly digest?: string | undefined;
}

/** Verifies an exported file, or the records of some days in the table. */
export async function verify(output: Output, file: string | undefined, options: VerifyOptions): Promise<number> {
  const found = file === undefined ? await inTable(options) : await inFile(file, options);
  const verified = found.findings.length === 0;
  if (options.json) {
    json(output, { ...found, verified });
    return verified ? EXIT.ok : EXIT.failure;
  }
  for (const { chain, sequence, problem } of found.findings) output.out(`${chain} #${sequence}: ${problem}`);
  const what = 'chains' in found ? tableText(found) : `${found.records} records`;
  output.out(
    verified
      ? `${output.style('green', 'All')} ${what} hold.`
      : `${output.style('red', 'Not all hold')}: ${found.findings.length} findings in ${what}.`,
  );
  if ('chains' in found) tellOfDigests(output, found);
  return verified ? EXIT.ok : EXIT.failure;
}

function tableText({ chains, records, digests, from, to }: TableVerification & DayRange): string {
  return `${records} records of ${chains} chains and ${digests} digests of ${from} to ${to}`;
}

function tellOfDigests(output: Output, { digested, lastDigest, notes }: TableVerification): void {
  for (const note of notes) output.talk(note);
  if (digested === undefined || lastDigest === undefined) {
    output.talk('There is no digest yet: a chain that was removed, or lost its end, would not show.');
    return;
  }
  output.talk(`Digests reach from ${digested.from} to ${digested.to}. Later records are held by their chains alone.`);
  output.talk(`Keep the last one's hash elsewhere: capuchin audit verify --digest ${lastDigest.hash}`);
}

async function inTable(options: VerifyOptions): Promise<TableVerification & DayRange> {
  const nowMs = Date.now();
  const range = daysAsked(options, nowMs);
  const { audit } = await openSession(options);
  return { ...range, ...(await verifyTable(audit, { ...range, nowMs, digest: options.digest })) };
}

async function inFile(
  file: string,
  { seal, digest }: VerifyOptions,
): Promise<{ records: number; findings: readonly Finding[] }> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new CommandFailed(`cannot read ${file}: ${cause.message}`, EXIT.usage, { cause });
  });
  const { records, findings, seal: sealFound } = verifyExport(text);
  const problem = `its seal is ${sealFound ?? 'missing'}, not the one that was asked for: it is another file`;
  return {
    records,
    findings: [
      ...findings,
      ...(seal === undefined || seal === sealFound ? [] : [{ chain: 'the file', sequence: records, problem }]),
      ...(digest === undefined ? [] : verifyPin(recordsIn(text), digest)),
    ],
  };
}

/** What of a file's lines is JSON; the rest is a finding already. */
function recordsIn(text: string): unknown[] {
  return text.split('\n').flatMap((line): unknown[] => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

/** Every record of every chain that has one on some days, so that no chain is seen from its middle. */
async function wholeChains(
  audit: RecordPlaces & Pick<RecordStore, 'readChain'>,
  { from, to }: DayRange,
): Promise<AuditRecord[]> {
  const places = (await tenAtOnce(daysBetween(from, to), (day) => audit.readDayPlaces(day))).flat();
  const chains = [...new Set(places.map(({ chain }) => chain))];
  return (await tenAtOnce(chains, (chain) => audit.readChain(chain))).flat();
}

/** Writes the records of some days as JSON lines with a seal. */
export async function exportAudit(
  output: Output,
  options: AuditOptions & { readonly out?: string | undefined },
): Promise<void> {
  if (options.json && options.out === undefined) {
    throw new CommandFailed(
      'the export is JSON lines already; --json tells of a file, so name one with --out',
      EXIT.usage,
    );
  }
  const range = daysAsked(options, Date.now());
  const { audit } = await openSession(options);
  const records = await wholeChains(audit, range);
  const { text, seal } = exportRecords(records);
  if (options.out === undefined) output.out(text.trimEnd());
  else await writeFile(options.out, text);
  if (options.json) return json(output, { ...range, file: options.out, records: records.length, seal });
  output.talk(`${records.length} records${options.out === undefined ? '' : ` in ${options.out}`}, sealed ${seal}`);
}
