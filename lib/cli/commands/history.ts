import { describe, wordOf } from '../../audit/describe.ts';
import { type AuditRecord, finalOf } from '../../audit/record.ts';
import { json, moment, type Output, verdictStyle, wrap } from '../output.ts';
import { recentRecords } from '../recent.ts';
import { openSession, type SessionOptions } from '../session.ts';

/** One experiment of the past, or one that is still under way. */
interface PastExperiment {
  readonly at: string;
  readonly experiment: string;
  readonly group: string;
  readonly verdict: string;
  readonly recoverySeconds: number | null;
  readonly because: string;
}

export interface HistoryOptions extends SessionOptions {
  readonly days: number;
  readonly group?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Lists the experiments of the last days with their verdicts, refusals included. */
export async function history(output: Output, options: HistoryOptions): Promise<void> {
  const { audit } = await openSession(options);
  const records = (await recentRecords(audit, options.days, Date.now())).filter(({ group }) => group !== undefined);
  const experiments = experimentsOf(records).filter(
    ({ group }) => options.group === undefined || group === options.group,
  );
  if (options.json) return json(output, { days: options.days, experiments });
  if (experiments.length === 0) return output.talk(`No experiment in the last ${options.days} days.`);
  for (const { at, verdict, recoverySeconds, experiment, because } of experiments) {
    const recovery = recoverySeconds === null ? '' : `recovered after ${recoverySeconds.toFixed(1)} s`;
    output.out(`${moment(at)}  ${output.style(verdictStyle(verdict), verdict.padEnd(12))}  ${experiment}`);
    for (const line of wrap([recovery, because].filter(Boolean).join('; '), output.width - 21))
      output.out(`${' '.repeat(21)}${line}`);
  }
}

/** Experiments in the order of their last record. */
function experimentsOf(records: readonly AuditRecord[]): PastExperiment[] {
  const chains = Map.groupBy(records, ({ chain }) => chain);
  const experiments = [...chains].map(([experiment, chain]) => {
    const final = finalOf(chain);
    const last = final ?? chain.at(-1);
    const recovery = last?.facts.recoverySeconds;
    return {
      at: last?.at ?? '',
      experiment,
      group: last?.group ?? '',
      verdict: final ? wordOf(final) : `${last?.kind} …`,
      recoverySeconds: typeof recovery === 'number' ? recovery : null,
      because: last ? describe(last) : '',
    };
  });
  return experiments.sort((a, b) => (a.at < b.at ? -1 : 1));
}
