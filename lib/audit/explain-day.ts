import { NOT_PLANNED } from '../core/plan.ts';
import { describe, wordOf } from './describe.ts';
import { planDrawnSchema, planPartSchema } from './facts.ts';
import { type AuditRecord, finalOf } from './record.ts';

/** What a plan says of a group on its date. */
export interface PlanSays {
  readonly plan: string;
  readonly drawnAt: string;
  /** `planned`, a reason of the closed list, `tag-unparsable`, or `not-in-plan`. */
  readonly because: string;
  readonly detail: string;
  readonly experiment: string | null;
}

/** One experiment of the day, planned or on demand. */
export interface DayExperiment {
  readonly experiment: string;
  readonly verdict: string;
  readonly because: string;
}

/** What happened to a group on a date, or why nothing did. */
export interface DayExplained {
  readonly group: string;
  readonly date: string;
  readonly plans: readonly PlanSays[];
  readonly experiments: readonly DayExperiment[];
  /** One sentence. */
  readonly summary: string;
}

/**
 * Explains a group's day by the records of that date and of the days around it: a plan may be drawn on the day before, and the dates of
 * the zones are not those of UTC.
 */
export function explainDay(group: string, date: string, records: readonly AuditRecord[]): DayExplained {
  const chains = Map.groupBy(records, ({ chain }) => chain);
  const plans = [...chains].flatMap(([chain, ofPlan]) => planSays(chain, ofPlan, group, date));
  const named = new Set(plans.flatMap(({ experiment }) => experiment ?? []));
  const experiments = [...chains].flatMap(([chain, ofChain]): DayExperiment[] => {
    const isHere = ofChain.some((one) => one.group === group);
    // Without a plan's word an experiment belongs to the date in UTC.
    if (!isHere || !(named.has(chain) || ofChain.some(({ at, kind }) => kind !== 'planned' && at.startsWith(date))))
      return [];
    const last = finalOf(ofChain) ?? ofChain.at(-1);
    return last ? [{ experiment: chain, verdict: wordOf(last), because: describe(last) }] : [];
  });
  const about = plans.filter(({ because }) => because !== 'not-in-plan');
  return {
    group,
    date,
    plans: about.length > 0 ? about : plans,
    experiments,
    summary: summarize(group, date, plans, experiments),
  };
}

function planSays(chain: string, records: readonly AuditRecord[], group: string, date: string): PlanSays[] {
  const drawn = records.find(({ kind }) => kind === 'plan-drawn');
  const facts = planDrawnSchema.safeParse(drawn?.facts).data;
  if (drawn === undefined || facts?.date !== date) return [];
  const says = { plan: chain.replace(/^plan\//, ''), drawnAt: drawn.at };
  const entries = records.flatMap((one) => (one.kind === 'plan-part' ? planPartSchema.parse(one.facts).groups : []));
  const found = entries.filter((entry) => entry.group === group);
  if (found.length === 0) {
    const unread = facts.unread.map(({ resource, because }) => `${resource} could not be read (${because})`);
    const detail = ['it was not among the groups that had opted in when the plan was drawn', ...unread].join('; ');
    return [{ ...says, because: 'not-in-plan', detail, experiment: null }];
  }
  return found.map((entry) =>
    'experiment' in entry
      ? { ...says, because: 'planned', detail: `${entry.fault} at ${entry.at}`, experiment: entry.experiment }
      : { ...says, because: entry.because, detail: entry.detail, experiment: null },
  );
}

function summarize(
  group: string,
  date: string,
  plans: readonly PlanSays[],
  experiments: readonly DayExperiment[],
): string {
  const [one] = experiments;
  if (one !== undefined) {
    const list = experiments.map(({ experiment, verdict }) => `${experiment} (${verdict})`);
    return `${group} had ${experiments.length === 1 ? 'an experiment' : `${experiments.length} experiments`} on ${date}: ${list.join(', ')}`;
  }
  const about = plans.find(({ because }) => because !== 'not-in-plan') ?? plans[0];
  if (about === undefined) return `nothing is recorded for ${date}: no plan of that date was drawn`;
  if (about.because === 'planned')
    return `${group} was planned on ${date}, ${about.detail}, and nothing more is recorded`;
  if (about.because === 'not-in-plan') return `${group} is in no plan of ${date}: ${about.detail}`;
  const meaning = Object.hasOwn(NOT_PLANNED, about.because)
    ? NOT_PLANNED[about.because as keyof typeof NOT_PLANNED]
    : 'its tags could not be read';
  return `nothing happened to ${group} on ${date} (${about.because}): ${meaning}${about.detail === '' ? '' : `; ${about.detail}`}`;
}
