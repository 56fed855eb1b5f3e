import type { RehearsalFacts, VerdictName } from '../result.ts';
import { counted, duration, factLine, listed } from './format.ts';
import { html, type Markup } from './markup.ts';
import { groupName, sentence, serviceName } from './names.ts';

/** More of a kind than this are counted instead of named: a summary that lists everything is none. */
const NAMED_AT_MOST = 5;

const VERDICT_WORDS: Readonly<Record<VerdictName, string>> = {
  broken: 'broke its hypothesis',
  aborted: 'was aborted',
  inconclusive: 'stayed inconclusive',
  leashed: 'was only acted out, because Capuchin was leashed',
  refused: 'was refused',
  held: 'held its hypothesis',
};

function more(total: number): string {
  return total > NAMED_AT_MOST ? ` ${total - NAMED_AT_MOST} more did likewise; see the table.` : '';
}

function names(all: readonly string[]): string {
  const rest = all.length - NAMED_AT_MOST;
  return listed(rest > 0 ? [...all.slice(0, NAMED_AT_MOST), `${rest} more`] : all);
}

function opening({ result, ...facts }: RehearsalFacts): string {
  const seconds = (Date.parse(facts.endedAt) - Date.parse(facts.startedAt)) / 1000;
  const { services, tasks } = result.fleet;
  const length = Number.isFinite(seconds) ? ` for ${duration(seconds)}` : '';
  const fleet = `Capuchin rehearsed a fleet of ${counted(services, 'service')} with ${counted(tasks, 'task')}${length}.`;
  const [planned, done] = [result.plan.length, result.experiments.length];
  if (planned === 0 && done === 0) return `${fleet} No experiment was planned.`;
  const faults = names([...new Set([...result.plan, ...result.experiments].map(({ fault }) => fault))]);
  return `${fleet} It planned ${counted(planned, 'experiment')}${faults === '' ? '' : ` (${faults})`}, and ${done} came to a verdict.`;
}

function verdicts(facts: RehearsalFacts, verdict: VerdictName): Markup | null {
  const all = facts.result.experiments.filter((experiment) => experiment.verdict === verdict);
  if (all.length === 0) return null;
  if (verdict === 'held') {
    const held = [...new Set(all.map(({ group }) => groupName(facts, group)))];
    return html` <strong>${names(held)}</strong> held ${held.length === 1 ? 'its' : 'their'} hypothesis.`;
  }
  const told = all
    .slice(0, NAMED_AT_MOST)
    .map(
      ({ group, because }) =>
        html` <strong>${groupName(facts, group)}</strong> ${VERDICT_WORDS[verdict]}: ${sentence(because)}`,
    );
  return html`${told}${more(all.length)}`;
}

function refusals(facts: RehearsalFacts): Markup {
  const groups = [...new Set(facts.result.refused.map(({ group }) => group))];
  const told = groups.slice(0, NAMED_AT_MOST).map((group) => {
    const reasons = facts.result.refused
      .filter((refusal) => refusal.group === group)
      .map((refusal) => {
        const line = factLine(refusal.facts);
        return line === '' ? refusal.code : `${refusal.code} (${line})`;
      });
    return html` <strong>${groupName(facts, group)}</strong> was refused: ${sentence(listed(reasons))}`;
  });
  return html`${told}${more(groups.length)}`;
}

function untouched(facts: RehearsalFacts): Markup {
  const told = (['untouched', 'not drawn'] as const).map((outcome) => {
    const all = facts.services.filter((service) => service.outcome === outcome);
    if (all.length === 0) return html``;
    const was = all.length === 1 ? 'was' : 'were';
    const what = outcome === 'untouched' ? `did not opt in and ${was} not touched` : `opted in and ${was} not drawn`;
    return html` <strong>${names(all.map((service) => serviceName(facts, service)))}</strong> ${what}.`;
  });
  return html`${told}`;
}

/** The audit's state in one sentence. */
export function auditSentence({ result, auditFindings }: RehearsalFacts): string {
  const { records, verified } = result.audit;
  if (records === 0) return 'The audit has no records.';
  if (verified) return `The audit is verified: ${counted(records, 'record holds', 'records hold')}.`;
  const found = auditFindings.length === 0 ? '' : `: ${counted(auditFindings.length, 'finding')}`;
  return `The audit of ${counted(records, 'record')} does NOT verify${found}.`;
}

/** The whole rehearsal in one paragraph, the bad news before the good. */
export function drawSummary(facts: RehearsalFacts): Markup {
  const told = (['broken', 'aborted', 'inconclusive', 'held', 'leashed'] as const).map(
    (verdict) => verdicts(facts, verdict) ?? html``,
  );
  return html`<p class="summary">${opening(facts)}${told}${refusals(facts)}${untouched(facts)} ${auditSentence(facts)}</p>`;
}
