import { lastPlaced } from '../host-news.ts';
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
  const { services, tasks, hosts } = result.fleet;
  const length = Number.isFinite(seconds) ? ` for ${duration(seconds)}` : '';
  const things = [`${counted(services, 'service')} with ${counted(tasks, 'task')}`];
  if (hosts > 0) things.push(counted(hosts, 'container host'));
  const fleet = `Capuchin rehearsed a fleet of ${listed(things)}${length}.`;
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

/** Every host that was lost: what it took with it, and what came in its place. */
function losses(facts: RehearsalFacts): Markup {
  const all = facts.hostGroups.flatMap((hosts) => hosts.losses.map((loss) => ({ ...loss, name: hosts.name })));
  const told = all.slice(0, NAMED_AT_MOST).map((loss) => {
    const { name, instanceId, tasks, placed, replacement } = loss;
    const last = lastPlaced(loss);
    const those = placed.length === tasks.length ? 'they' : `${placed.length} of them`;
    const anew = last === undefined ? '' : `; ${those} ran on other hosts after ${duration(last.afterSeconds)}`;
    const taken = tasks.length === 0 ? 'no task' : counted(tasks.length, 'task');
    const after =
      replacement === null
        ? 'the host was not replaced'
        : `the host was replaced after ${duration(replacement.afterSeconds)}`;
    return html` <strong>${name}</strong> lost ${instanceId}, which took ${taken} with it${anew}; ${after}.`;
  });
  return html`${told}${more(all.length)}`;
}

function untouched(facts: RehearsalFacts): Markup {
  const judged = [
    ...facts.services.map((service) => ({ outcome: service.outcome, name: serviceName(facts, service) })),
    ...facts.hostGroups.map(({ outcome, name }) => ({ outcome, name })),
  ];
  const told = (['host lost', 'untouched', 'not drawn'] as const).map((outcome) => {
    const all = judged.filter((one) => one.outcome === outcome);
    if (all.length === 0) return html``;
    const was = all.length === 1 ? 'was' : 'were';
    const what = {
      'host lost': `did not opt in ${all.length === 1 ? 'itself' : 'themselves'} and lost tasks with a host`,
      untouched: `did not opt in and ${was} not touched`,
      'not drawn': `opted in and ${was} not drawn`,
    }[outcome];
    return html` <strong>${names(all.map(({ name }) => name))}</strong> ${what}.`;
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
  return html`<p class="summary">${opening(facts)}${told}${losses(facts)}${refusals(facts)}${untouched(facts)} ${auditSentence(facts)}</p>`;
}
