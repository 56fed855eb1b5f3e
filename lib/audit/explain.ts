import { drawDistinct } from '../core/draw.ts';
import { faultAt } from '../core/fault-choice.ts';
import { nthSecondMs } from '../core/plan.ts';
import { describe } from './describe.ts';
import { explainZone } from './explain-zone.ts';
import {
  type PlannedFacts,
  plannedFactsSchema,
  planPartSchema,
  type RecordedDraw,
  requestedFactsSchema,
  startFactsSchema,
} from './facts.ts';
import { type AuditRecord, finalOf } from './record.ts';
import { again } from './redraw.ts';

/** One choice: what was asked, what came out, what else there was, and whether drawing again gives the same. */
export interface ExplainedChoice {
  readonly question: string;
  readonly answer: string;
  /** What else there was, and why it was not chosen. */
  readonly others: readonly string[];
  /** Labels under which seed and draw give the answer again. */
  readonly labels: readonly string[];
  /** True when drawing again from the record gave what the record says; null when nothing was drawn. */
  readonly replays: boolean | null;
}

/** Why an experiment was what it was, from its record alone. */
export interface Explanation {
  readonly experiment: string;
  readonly group: string;
  readonly plan: string | null;
  readonly seed: string | null;
  readonly actor: string;
  readonly reason: string;
  readonly choices: readonly ExplainedChoice[];
  /** How it ended, if it has. */
  readonly ending: { readonly kind: string; readonly because: string } | null;
}

/**
 * Explains an experiment by its chain. Every draw is made again from the recorded seed, label and candidates.
 *
 * @param planChain the records of its plan, which say why other groups are not in it.
 */
export function explain(
  chain: readonly AuditRecord[],
  planChain: readonly AuditRecord[] = [],
): Explanation | undefined {
  const first = chain[0];
  if (first === undefined) return undefined;
  const planned = plannedFactsSchema.safeParse(chain.find(({ kind }) => kind === 'planned')?.facts).data;
  const asked = chain.find(({ kind }) => kind === 'requested');
  const started = chain.find(({ kind, facts }) => (kind === 'started' || kind === 'leashed') && 'candidates' in facts);
  const choices = [
    ...(planned ? explainPlanned(planned, first.group ?? '', planChain) : []),
    ...(asked ? explainRequested(asked) : []),
    ...(started ? explainTargets(started) : []),
  ];
  const final = finalOf(chain);
  const seeds = [
    planned?.seed,
    requestedFactsSchema.safeParse(asked?.facts).data?.seed,
    startFactsSchema.safeParse(started?.facts).data?.seed,
  ];
  return {
    experiment: first.chain,
    group: first.group ?? '',
    plan: planned?.plan ?? null,
    seed: seeds.find((seed) => seed !== undefined) ?? null,
    actor: first.actor,
    reason: first.reason,
    choices,
    ending: final ? { kind: final.kind, because: describe(final) } : null,
  };
}

const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;

function explainPlanned(facts: PlannedFacts, group: string, planChain: readonly AuditRecord[]): ExplainedChoice[] {
  const { plan, seed, draws, chance, faults, fault, open, at } = facts;
  const drawOf = (what: string): RecordedDraw | undefined =>
    draws.find(({ label }) => label.startsWith(`${plan}/${what}/`));
  const [tossed, instant, choice] = [drawOf('chance'), drawOf('instant'), drawOf('fault')];
  const choices: ExplainedChoice[] = [];
  const why =
    chance >= 1
      ? 'it was certain'
      : `its chance of the day was ${percent(chance)}, and the draw came to ${percent((tossed?.picked ?? 0) / (tossed?.of ?? 1))}, which is below`;
  choices.push({
    question: 'why this group',
    answer: `${group} was drawn: ${why}`,
    others: otherGroups(planChain, group),
    labels: tossed ? [tossed.label] : [],
    replays: tossed ? again(seed, tossed) && tossed.picked < chance * tossed.of : null,
  });
  if (instant !== undefined) {
    const spans = open.map(({ from, to }) => ({ fromMs: Date.parse(from), toMs: Date.parse(to) }));
    choices.push({
      question: 'why this instant',
      answer: `${at} is number ${instant.picked + 1} of the ${instant.of} seconds that were open: ${open.map(({ from, to }) => `${from} to ${to}`).join(', ')}`,
      others: [`each of the other ${instant.of - 1} seconds was as likely`],
      labels: [instant.label],
      replays: again(seed, instant) && secondAt(spans, instant.picked) === Date.parse(at),
    });
  }
  if (choice !== undefined) choices.push(explainFault(seed, fault, faults, choice));
  return choices;
}

/** The other groups of the plan: in it or not, and why. */
function otherGroups(planChain: readonly AuditRecord[], group: string): string[] {
  const entries = planChain.flatMap(({ kind, facts }) =>
    kind === 'plan-part' ? planPartSchema.parse(facts).groups : [],
  );
  return entries
    .filter((entry) => entry.group !== group)
    .map((entry) =>
      'experiment' in entry
        ? `${entry.group}: drawn too, ${entry.fault} at ${entry.at}`
        : `${entry.group}: ${entry.because}${entry.detail === '' ? '' : `, ${entry.detail}`}`,
    );
}

function secondAt(spans: readonly { fromMs: number; toMs: number }[], picked: number): number | undefined {
  try {
    return nthSecondMs(spans, picked);
  } catch (error) {
    // A record whose numbers do not fit each other replays to nothing.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function explainFault(
  seed: string,
  fault: string,
  faults: readonly { name: string; weight: number }[],
  choice: RecordedDraw,
): ExplainedChoice {
  const total = faults.reduce((sum, { weight }) => sum + weight, 0);
  const others = faults
    .filter(({ name }) => name !== fault)
    .map(({ name, weight }) => `${name}, as likely as ${weight} of ${total}, was not drawn`);
  const isSame = again(seed, choice) && choice.of === total && faultAt(faults, choice.picked) === fault;
  const answer =
    faults.length === 1
      ? `${fault} is the only fault that the group allows and that applies to it`
      : `${fault} was drawn among ${faults.length} that the group allows and that apply to it`;
  return { question: 'why this fault', answer, others, labels: [choice.label], replays: isSame };
}

function explainRequested({ facts, actor, reason, group }: AuditRecord): ExplainedChoice[] {
  const asked = requestedFactsSchema.parse(facts);
  const choices: ExplainedChoice[] = [
    {
      question: 'why this group, and now',
      answer: `${actor} asked for ${group ?? 'it'}: ${reason}${asked.skip.length > 0 ? `; asked to skip ${asked.skip.join(' and ')}` : ''}`,
      others: [],
      labels: [],
      replays: null,
    },
  ];
  const [choice] = asked.draws;
  if (asked.fault !== undefined) {
    choices.push({
      question: 'why this fault',
      answer: `${asked.fault} was asked for`,
      others: [],
      labels: [],
      replays: null,
    });
  } else if (choice !== undefined && asked.seed !== undefined && asked.drawn !== undefined) {
    choices.push(explainFault(asked.seed, asked.drawn, asked.faults, choice));
  }
  return choices;
}

function explainTargets({ facts, kind }: AuditRecord): ExplainedChoice[] {
  const parsed = startFactsSchema.safeParse(facts);
  if (!parsed.success) return [];
  if (parsed.data.zone !== undefined) return [explainZone(parsed.data, parsed.data.zone, kind)];
  const { seed, candidates, ineligible, positions, targets, draws } = parsed.data;
  const label = draws[0]?.label.replace(/\/\d+$/, '');
  const hit = targets.map(({ resource }) => resource);
  const redrawn = label === undefined ? [] : drawDistinct(seed, label, candidates.length, positions.length).picked;
  const isSame =
    label !== undefined &&
    JSON.stringify(redrawn) === JSON.stringify(positions) &&
    positions.every((position, index) => candidates[position] === hit[index]);
  const verb = kind === 'leashed' ? 'would have been hit' : 'drawn';
  const places = positions.map((position) => `number ${position + 1}`).join(', ');
  return [
    {
      question: hit.length === 1 ? 'why this target' : 'why these targets',
      answer: `${hit.join(', ')} ${verb}: ${places} of ${candidates.length} eligible, in the order of their ARNs`,
      others: [
        ...candidates.filter((one) => !hit.includes(one)).map((one) => `${one}: eligible, not drawn`),
        ...ineligible.map(({ target, because }) => `${target}: not eligible, ${because}`),
      ],
      labels: draws.map((one) => one.label),
      replays: isSame,
    },
  ];
}
