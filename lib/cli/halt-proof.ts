import { describe, undoneText, wordOf } from '../audit/describe.ts';
import { type AuditRecord, finalOf } from '../audit/record.ts';
import { moment, type Output, verdictStyle } from './output.ts';

/** An experiment that is being ended, and what its chain says about that so far. */
export interface Ended {
  readonly experiment: string;
  readonly group: string;
  readonly targets: readonly string[];
  readonly reversible: boolean;
  readonly records: readonly AuditRecord[];
}

/** What is known about the end of some experiments. */
export interface Proof {
  /** The one that was to be ended; undefined when all were. */
  readonly one: string | undefined;
  readonly experiments: readonly Ended[];
  /** Ids of what is in flight still, of those that were to be ended; undefined when that could not be asked. */
  readonly inFlight: readonly string[] | undefined;
}

/** Targets whose undo is not on record. A one-shot fault leaves nothing to undo, and neither does an experiment that never acted. */
export function notUndone({ targets, reversible, records }: Ended): string[] {
  const final = finalOf(records);
  if (!reversible || final?.facts.acted === false || final?.kind === 'refused' || final?.kind === 'leashed') return [];
  const refused = records.filter(({ kind, facts }) => kind === 'injected' && facts.outcome === 'failed');
  const confirmed = [...undoneIn(records), ...refused].map(({ resource }) => resource);
  return targets.filter((target) => !confirmed.includes(target));
}

/** Whether each is over and undone on record, and nothing is in flight any more. */
export function isProven({ experiments, inFlight }: Proof): boolean {
  return (
    inFlight?.length === 0 &&
    experiments.every((one) => finalOf(one.records) !== undefined && notUndone(one).length === 0)
  );
}

/** The proof as far as it goes, for people: targets and records by their whole names, to be looked up. */
export function proofLines(output: Output, proof: Proof): string[] {
  const line = (word: string, text: string): string => `${word}  ${text}`;
  const more = (text: string): string => `${' '.repeat(10)}${text}`;
  const lines = proof.experiments.flatMap((ended) => {
    const { experiment, records } = ended;
    const final = finalOf(records);
    const word = final === undefined ? 'open' : wordOf(final);
    const nothing =
      notUndone(ended).length === 0 && undoneIn(records).length === 0 ? ': there was nothing to undo' : '';
    return [
      '',
      ...undoneIn(records).flatMap(({ resource = '', facts, chain, sequence, hash }) => [
        line(output.style('bold', 'undone'.padEnd(8)), resource),
        more(undoneText(facts)),
        more(`record ${sequence} of ${chain}, ${hash}`),
      ]),
      ...notUndone(ended).map((target) => line(output.style('red', 'not yet'.padEnd(8)), target)),
      line(
        output.style(final === undefined ? 'red' : verdictStyle(word), word.padEnd(8)),
        `${experiment}${final === undefined ? ': it has not ended yet' : nothing}`,
      ),
    ];
  });
  if (!isProven(proof)) return lines;
  const what = proof.one === undefined ? 'nothing is in flight' : `${proof.one} is over`;
  const when = moment(new Date().toISOString());
  return [
    ...lines,
    line(output.style('green', 'proof'.padEnd(8)), `${what}, and every undo is confirmed (${when} UTC)`),
  ];
}

/** What is missing, in sentences; with what a person must do by hand. */
export function gaps({ experiments, inFlight }: Proof): string[] {
  const open =
    inFlight === undefined ? 'what is in flight could not be asked' : `in flight: ${inFlight.join(', ') || 'nothing'}`;
  const byHand = experiments.flatMap((one) => {
    const left = notUndone(one);
    return one.records.filter(
      ({ kind, resource }) => kind === 'undo-failed' && resource !== undefined && left.includes(resource),
    );
  });
  return [open, ...byHand.map(describe)];
}

/** The same for programs. */
export function proofDocument(proof: Proof): object {
  return {
    proven: isProven(proof),
    inFlight: proof.inFlight ?? null,
    experiments: proof.experiments.map((ended) => {
      const { experiment, group, reversible, records } = ended;
      const final = finalOf(records);
      const undone = undoneIn(records).map(({ resource, at, sequence, hash, facts }) => {
        return { resource, at, seconds: facts.seconds, record: { sequence, hash } };
      });
      const ending = final === undefined ? null : wordOf(final);
      return { experiment, group, ended: ending, reversible, undone, notUndone: notUndone(ended) };
    }),
  };
}

function undoneIn(records: readonly AuditRecord[]): readonly AuditRecord[] {
  return records.filter(({ kind }) => kind === 'undone');
}
