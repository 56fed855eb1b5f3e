import { describe, wordOf } from '../../audit/describe.ts';
import { type AuditRecord, finalOf } from '../../audit/record.ts';
import { tenAtOnce } from '../../audit/ten-at-once.ts';
import type { RecordQueries, RecordStore } from '../../audit/trail.ts';
import { barsOf, type Recovered, type RecoveryTrend, trendsOf } from '../../audit/trend.ts';
import { json, moment, type Output, verdictStyle, wrap } from '../output.ts';
import { type DayRange, daysAsked, recordsOf } from '../recent.ts';
import { openSession, type SessionOptions } from '../session.ts';

/** One experiment of the past, or one that is still under way. */
interface PastExperiment {
  readonly at: string;
  readonly experiment: string;
  readonly group: string;
  readonly verdict: string;
  readonly fault: string | null;
  readonly recoverySeconds: number | null;
  readonly healthySeconds: number | null;
  readonly because: string;
}

export interface HistoryOptions extends SessionOptions {
  readonly days: number;
  /** One date in UTC in place of the last days. */
  readonly day?: string | undefined;
  readonly group?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Lists the experiments of the last days, or of one day, with their verdicts, refusals included. */
export async function history(output: Output, options: HistoryOptions): Promise<void> {
  const { day, group } = options;
  const range = daysAsked(day === undefined ? options : { days: 1, to: day }, Date.now());
  const { audit } = await openSession(options);
  const experiments = experimentsOf(await chainsOf(audit, range, group));
  const trends = trendsOf(experiments.flatMap(recoveredOf));
  if (options.json) return json(output, { ...range, experiments, trends });
  if (experiments.length === 0)
    return output.talk(`No experiment ${day === undefined ? `in the last ${options.days} days` : `on ${day}`}.`);
  for (const { at, verdict, recoverySeconds, experiment, because } of experiments) {
    const recovery = recoverySeconds === null ? '' : `recovered after ${recoverySeconds.toFixed(1)} s`;
    output.out(`${moment(at)}  ${output.style(verdictStyle(verdict), verdict.padEnd(12))}  ${experiment}`);
    for (const line of wrap([recovery, because].filter(Boolean).join('; '), output.width - 21))
      output.out(`${' '.repeat(21)}${line}`);
  }
  if (trends.length > 0) output.out('');
  for (const trend of trends) output.out(trendLine(output, trend));
}

/** What an experiment adds to its group's trend: nothing unless it recovered. */
function recoveredOf({ at, experiment, group, fault, recoverySeconds, healthySeconds }: PastExperiment): Recovered[] {
  if (recoverySeconds === null || fault === null) return [];
  return [{ at, experiment, group, fault, recoverySeconds, healthySeconds }];
}

const TOLD: Readonly<Record<RecoveryTrend['direction'], string>> = {
  slower: 'slower than before',
  faster: 'faster than before',
  steady: 'as before',
  'too-few': 'too few to tell a trend',
};

function trendLine(
  output: Output,
  { group, fault, points, medianBeforeSeconds, lastSeconds, direction }: RecoveryTrend,
): string {
  const before = medianBeforeSeconds === null ? '' : `, median before ${medianBeforeSeconds.toFixed(1)} s`;
  const told = output.style(direction === 'slower' ? 'red' : 'bold', TOLD[direction]);
  return `recovery  ${group} (${fault})  ${barsOf(points.slice(-40))}  last ${lastSeconds.toFixed(1)} s${before}: ${told}`;
}

/**
 * Records of the experiments that have any on some days. One that did not begin or end within them is read whole: its end may have come
 * after midnight.
 */
async function chainsOf(
  audit: Pick<RecordQueries, 'readDay' | 'readGroup'> & Pick<RecordStore, 'readChain'>,
  range: DayRange,
  group: string | undefined,
): Promise<AuditRecord[][]> {
  const records =
    group === undefined
      ? await recordsOf(audit, range)
      : await audit.readGroup(group, Number.POSITIVE_INFINITY, range.from);
  const about = records.filter((one) => one.group !== undefined && one.at.slice(0, 10) <= range.to);
  return tenAtOnce([...Map.groupBy(about, ({ chain }) => chain)], async ([name, chain]) => {
    const isWhole = chain[0]?.sequence === 0 && finalOf(chain) !== undefined;
    return isWhole ? chain : audit.readChain(name);
  });
}

/** Experiments in the order of their last record. */
function experimentsOf(chains: readonly AuditRecord[][]): PastExperiment[] {
  const experiments = chains.map((chain) => {
    const final = finalOf(chain);
    const last = final ?? chain.at(-1);
    const { recoverySeconds: recovery, healthySeconds: healthy, fault } = last?.facts ?? {};
    return {
      at: last?.at ?? '',
      experiment: last?.chain ?? '',
      group: last?.group ?? '',
      verdict: final ? wordOf(final) : `${last?.kind} …`,
      fault: typeof fault === 'string' ? fault : null,
      recoverySeconds: typeof recovery === 'number' ? recovery : null,
      healthySeconds: typeof healthy === 'number' ? healthy : null,
      because: last ? describe(last) : '',
    };
  });
  return experiments.sort((a, b) => (a.at < b.at ? -1 : 1));
}
