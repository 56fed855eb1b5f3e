import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Finding, verifyChains } from './chain.ts';
import { type AuditRecord, auditRecordSchema } from './record.ts';

/** The last line of an export: it covers every line before it, so that a cut tail or a missing experiment shows. */
const sealSchema = z.strictObject({
  seal: z.literal(1),
  records: z.int().min(0),
  /** SHA-256 over the lines before, each with its line feed. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const order = (record: AuditRecord): string =>
  `${record.at} ${record.chain} ${String(record.sequence).padStart(9, '0')}`;

/** JSON lines in the order of time, chain and sequence, closed by a seal. */
export function exportRecords(records: readonly AuditRecord[]): { text: string; seal: string } {
  const sorted = [...records].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  const body = sorted.map((record) => `${JSON.stringify(record)}\n`).join('');
  const seal = createHash('sha256').update(body).digest('hex');
  return { text: `${body}${JSON.stringify({ seal: 1, records: sorted.length, sha256: seal })}\n`, seal };
}

/** What a verification says: how many records there are, and everything that is wrong with them. */
export interface Verification {
  readonly records: number;
  readonly seal: string | undefined;
  readonly findings: readonly Finding[];
}

/** Verifies an exported file: every chain, the order of the lines, and the seal. */
export function verifyExport(text: string): Verification {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const findings: Finding[] = [];
  const parsed = lines.map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch {
      findings.push({ chain: `line ${index + 1}`, sequence: index, problem: 'it is not JSON' });
      return undefined;
    }
  });
  const seal = sealSchema.safeParse(parsed.at(-1));
  const above = seal.success ? parsed.slice(0, -1) : parsed;
  const records = above.filter((one) => one !== undefined);
  findings.push(...verifyChains(records), ...verifyOrder(above));
  const body = lines
    .slice(0, -1)
    .map((line) => `${line}\n`)
    .join('');
  if (!seal.success) {
    findings.push({ chain: 'the file', sequence: lines.length, problem: 'its seal is missing: the end was cut off' });
  } else if (lines.at(-1) !== JSON.stringify(seal.data)) {
    findings.push({
      chain: 'the file',
      sequence: lines.length,
      problem: 'its seal is not written as one: it was changed',
    });
  } else if (seal.data.records !== lines.length - 1) {
    const problem = `its seal covers ${seal.data.records} records, it has ${lines.length - 1}`;
    findings.push({ chain: 'the file', sequence: lines.length, problem });
  } else if (seal.data.sha256 !== createHash('sha256').update(body).digest('hex')) {
    findings.push({
      chain: 'the file',
      sequence: lines.length,
      problem: 'its lines do not fit its seal: it was changed',
    });
  }
  return { records: records.length, seal: seal.success ? seal.data.sha256 : undefined, findings };
}

/** @param parsed each line's content; what is not a record is somebody else's finding. */
function verifyOrder(parsed: readonly unknown[]): Finding[] {
  const findings: Finding[] = [];
  let before: AuditRecord | undefined;
  for (const [index, candidate] of parsed.entries()) {
    const record = auditRecordSchema.safeParse(candidate).data;
    if (record === undefined) continue;
    if (before !== undefined && order(before) >= order(record)) {
      const problem = `it stands out of order, on line ${index + 1}`;
      findings.push({ chain: record.chain, sequence: record.sequence, problem });
    }
    before = record;
  }
  return findings;
}
