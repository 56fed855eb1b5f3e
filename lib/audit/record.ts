import * as z from 'zod';

/** Every kind of record, with what it says; a closed list. */
export const RECORD_KINDS = {
  'plan-drawn': 'a plan was drawn: seed, date, and how many groups are in it or not and why',
  'plan-part': 'a part of the list of a plan: each group, and why it is in the plan or not',
  planned: 'an experiment was drawn and will be due at an instant',
  cancelled: 'somebody cancelled a planned experiment; it will not start',
  restored: 'the lost schedule of a planned experiment was made again',
  requested: 'somebody asked for an experiment on demand',
  refused: 'guards said no; nothing was touched',
  leashed: 'every guard said yes, and the leash held the act back',
  started: 'every guard said yes and the claim was granted; the act on this target comes next',
  injected: 'what the act on this target answered',
  'took-effect': 'the fault was confirmed on this target',
  'no-effect': 'the fault did not take effect on this target',
  violated: 'a probe of the steady state was violated',
  stopping: 'the experiment is ended before its time: by a probe, a stop alarm, the lever, a person or a failure',
  undone: 'the fault was taken away from this target, and that was confirmed',
  'undo-failed': 'the undo could not be confirmed; it goes on, and a person must look',
  recovered: 'the group runs as many tasks as desired again',
  healthy: 'every task of the group is healthy again',
  swept: 'nothing was heard of the experiment any more; the sweep took it over',
  ended: 'the verdict',
  failed: 'the experiment ended by an error of its own',
  'lever-engaged': 'the stop switch was engaged',
  'lever-released': 'the stop switch was released',
  'leash-on': 'the leash was put on',
  'leash-off': 'the leash was taken off',
  'claim-released': 'a claim that a crash had left behind was given back',
  digest: 'where every chain that grew on a day ended that day',
} as const;
export type RecordKind = keyof typeof RECORD_KINDS;

const kinds = Object.keys(RECORD_KINDS) as [RecordKind, ...RecordKind[]];

/** One append-only entry of the audit. Chains are experiments, plans (`plan/…`), the switches (`lever`, `leash`) and `digest`. */
export const auditRecordSchema = z.strictObject({
  version: z.literal(1).describe('Version of this form. Another form has another number.'),
  chain: z.string().min(1).describe('An experiment’s id, plan/… of a plan, lever, leash, or digest.'),
  sequence: z.int().min(0).describe('Counts up from 0 within the chain.'),
  previous: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Hash of the record before, 64 zeros for the first.'),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('SHA-256 over the canonical JSON of everything else: keys sorted, no spaces.'),
  key: z.string().min(1).describe('Written once for each key in a chain, however often the writer tries.'),
  at: z.iso.datetime().describe('When it was written, in UTC. Never earlier than the record before.'),
  kind: z.enum(kinds).describe('What it says; a closed list.'),
  actor: z.string().min(1).describe('Who: a schedule, an IAM principal, an alarm.'),
  reason: z.string().describe('Why, in the actor’s words.'),
  group: z.string().optional().describe('The group that it is about.'),
  resource: z.string().optional().describe('The one resource that it is about.'),
  facts: z.record(z.string(), z.unknown()).describe('What is known, by kind.'),
});
export type AuditRecord = z.output<typeof auditRecordSchema>;

/** Something in the store stands where a record should be, and is none. */
export class UnreadableRecord extends Error {
  override readonly name = 'UnreadableRecord';
}

/** What a writer says; the chain adds the rest. */
export type Entry = Pick<AuditRecord, 'key' | 'kind' | 'actor' | 'reason' | 'group' | 'resource' | 'facts'>;

/** Kinds after which an experiment's chain needs no more. */
const FINAL_KINDS: readonly RecordKind[] = ['cancelled', 'refused', 'leashed', 'ended', 'failed'];

/** Of these, the ones that end nothing once it has started. */
const UNSTARTED_KINDS: readonly RecordKind[] = ['cancelled', 'refused', 'leashed'];

export function isFinal(record: AuditRecord): boolean {
  return FINAL_KINDS.includes(record.kind);
}

/**
 * The record that ends an experiment, if its chain has one. Once it has started, the refusal of a second execution of the same order,
 * or a cancellation that came too late, stands in the chain as well, but ends nothing.
 */
export function finalOf(chain: readonly AuditRecord[]): AuditRecord | undefined {
  const hasStarted = chain.some(({ kind }) => kind === 'started');
  return chain.find((record) => isFinal(record) && !(hasStarted && UNSTARTED_KINDS.includes(record.kind)));
}
