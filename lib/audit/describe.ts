import type { AuditRecord } from './record.ts';

type Facts = Readonly<Record<string, unknown>>;

const text = (facts: Facts, key: string): string => String(facts[key] ?? 'unknown');
const list = (value: unknown): readonly Facts[] => (Array.isArray(value) ? (value as Facts[]) : []);

/** A resource as people call it: what follows the last slash, shortened when it is a long id. */
export function shortResource(resource: string): string {
  const last = resource.slice(resource.lastIndexOf('/') + 1);
  return /^[0-9a-f]{32}$/.test(last) ? `task ${last.slice(0, 8)}` : last;
}

/** What a record is called beside its sentence: its kind, or the verdict that it gives. */
export function wordOf({ kind, facts }: AuditRecord): string {
  return kind === 'ended' ? text(facts, 'verdict') : kind;
}

/**
 * Whether a record says what was said before it, in other words: that an experiment is ended from outside is put on record by whoever
 * ends it, and by the experiment itself as soon as it sees that. The records keep both; a person who follows it hears one.
 */
export function isEcho(record: AuditRecord, before: readonly AuditRecord[]): boolean {
  if (record.kind !== 'stopping') return false;
  return before.some((one) => {
    if (one.kind !== 'stopping' || one.sequence === record.sequence) return false;
    const [halted, seen] = one.facts.cause === 'halted' ? [one, record] : [record, one];
    return halted.facts.cause === 'halted' && text(seen.facts, 'because').endsWith(halted.reason);
  });
}

/** What confirmed an undo, and when; the word `undone` itself is left to {@link wordOf}. */
export function undoneText(facts: Facts): string {
  return `${text(facts, 'because').replace(/^undone: /, '')} (${text(facts, 'seconds')} s after the undo was called for)`;
}

/** One record in one sentence, for a person who follows an experiment; the verdict's word itself is left to {@link wordOf}. */
export function describe(record: AuditRecord): string {
  const { kind, facts, resource, actor, reason } = record;
  const target = resource === undefined ? '' : shortResource(resource);
  switch (kind) {
    case 'plan-drawn':
      return planText(facts);
    case 'plan-part':
      return `part ${text(facts, 'part')} of ${text(facts, 'of')}: ${list(facts.groups).length} groups`;
    case 'planned':
      return `${text(facts, 'fault')} drawn for ${text(facts, 'at')}`;
    case 'cancelled':
      return `cancelled by ${actor}: ${reason}`;
    case 'restored':
      return `its schedule was lost; ${actor} made it again for ${text(facts, 'at')}: ${reason}`;
    case 'requested':
      return `asked for by ${actor}: ${reason}`;
    case 'refused':
      return (
        list(facts.refusals)
          .map((refusal) => `${text(refusal, 'code')}: ${text(refusal, 'because')}`)
          .join('; ') || 'for reasons that the record does not give'
      );
    case 'leashed':
      return `${text(facts, 'because')}; would have hit ${list(facts.targets)
        .map((one) => shortResource(text(one, 'resource')))
        .join(', ')}`;
    case 'started':
      return startedText(facts, target);
    case 'injected':
      return `${text(facts, 'fault')} on ${target}: ${text(facts, 'outcome')}${facts.message === undefined ? '' : ` (${text(facts, 'message')})`}`;
    case 'took-effect':
    case 'no-effect':
      return `${target}: ${text(facts, 'because')}`;
    case 'violated':
      return `${text(facts, 'probe')} (${text(facts, 'phase')}): ${text(facts, 'because')}`;
    case 'stopping':
      return facts.cause === 'halted' ? `ended by ${text(facts, 'because')}` : text(facts, 'because');
    case 'undone':
      return `${target}: ${undoneText(facts)}`;
    case 'undo-failed':
      return `${target}: not undone after ${text(facts, 'attempts')} tries: ${text(facts, 'because')}. By hand: ${text(facts, 'byHand')}`;
    case 'recovered':
      return `running = desired again after ${text(facts, 'recoverySeconds')} s`;
    case 'healthy':
      return `all is healthy again after ${text(facts, 'healthySeconds')} s`;
    case 'swept':
      return `taken over by the sweep: ${text(facts, 'because')}`;
    case 'claim-released':
      return `a claim of ${text(facts, 'experiment')} was given back: ${text(facts, 'because')}`;
    case 'digest':
      return `${text(facts, 'chains')} chains of ${text(facts, 'day')}`;
    case 'ended':
      return text(facts, 'because');
    case 'failed':
      return `Capuchin itself failed: ${text(facts, 'because')}`;
    case 'lever-engaged':
    case 'lever-released':
    case 'leash-on':
    case 'leash-off':
      return `by ${actor}: ${reason}`;
  }
}

function planText({ planned, notPlanned, refused, unread }: Facts): string {
  const reasons = Object.entries((notPlanned ?? {}) as Record<string, number>).map(([why, count]) => `${count} ${why}`);
  const groups = [
    `${Number(planned)} planned`,
    ...reasons,
    ...(Number(refused) > 0 ? [`${Number(refused)} refused`] : []),
  ];
  const broken = list(unread).map((one) => text(one, 'resource'));
  return `${groups.join(', ')}${broken.length > 0 ? `; could not be read: ${broken.join(', ')}` : ''}`;
}

function startedText(facts: Facts, target: string): string {
  if (!Array.isArray(facts.guards)) return `${target} too`;
  const candidates = Array.isArray(facts.candidates) ? facts.candidates.length : 0;
  const positions = Array.isArray(facts.positions)
    ? facts.positions.map((position) => Number(position) + 1).join(', ')
    : '?';
  const zone = (facts.zone as Facts | undefined)?.name;
  if (typeof zone === 'string')
    return `${facts.guards.length} guards passed, claim granted; all ${list(facts.targets).length} eligible in ${zone}: ${target}`;
  return `${facts.guards.length} guards passed, claim granted; drew number ${positions} of ${candidates}: ${target}`;
}
