import type { RehearsalFacts } from '../result.ts';
import { secondsSince, type TimeSpan } from './episodes.ts';
import { clock, count, counted, factLine, moment, sinceStart } from './format.ts';
import { type Hole, html, type Markup } from './markup.ts';
import { groupName } from './names.ts';
import { auditSentence } from './summary.ts';
import { drawTable, NONE } from './table.ts';

/** Every step of every experiment, in the order of time. */
export function drawSteps(facts: RehearsalFacts, time: TimeSpan): Markup {
  if (facts.steps.length === 0) return html`<p>There were no steps.</p>`;
  const steps = facts.steps.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return drawTable({
    caption: `Times since the start (${moment(facts.startedAt)}), and by the clock in UTC.`,
    columns: [
      { heading: 'Since start', numeric: true },
      { heading: 'Clock', numeric: true },
      { heading: 'Group' },
      { heading: 'Step' },
      { heading: 'What happened', long: true },
      { heading: 'Experiment', long: true },
    ],
    rows: steps.map(({ at, group, kind, text, experiment }) => [
      sinceStart(secondsSince(time, at)),
      html`<time datetime="${at}">${clock(at)}</time>`,
      groupName(facts, group),
      kind,
      text,
      html`<code>${experiment}</code>`,
    ]),
    narrow: 'lines',
  });
}

function targetCell(targets: readonly string[]): Hole {
  if (targets.length === 0) return NONE;
  return html`${targets.map((target) => html`<code>${target}</code> `)}`;
}

/** The plan with its draws: when each experiment was drawn to happen, and which of its candidates it drew. */
export function drawPlan(facts: RehearsalFacts): Markup {
  const { plan, experiments } = facts.result;
  if (plan.length === 0) return html`<p>Nothing was planned.</p>`;
  return drawTable({
    caption:
      'Offsets count from the start of the plan’s window; positions from 0 in the sorted list of candidates. Both are equal in every rehearsal with the same seed.',
    columns: [
      { heading: 'Experiment', names: true },
      { heading: 'Group' },
      { heading: 'Fault' },
      { heading: 'Drawn for', numeric: true },
      { heading: 'Offset', numeric: true },
      { heading: 'Positions', numeric: true },
      { heading: 'Targets' },
    ],
    rows: plan.map(({ experiment, group, fault, at, offsetSeconds }) => {
      const result = experiments.find((candidate) => candidate.experiment === experiment);
      return [
        html`<code>${experiment}</code>`,
        groupName(facts, group),
        fault,
        html`<time datetime="${at}">${clock(at)}</time>`,
        sinceStart(offsetSeconds),
        result === undefined || result.positions.length === 0 ? NONE : result.positions.join(', '),
        targetCell(result?.targets ?? []),
      ];
    }),
    narrow: 'cards',
  });
}

/** What the guards declined, with the codes and the facts behind them. */
export function drawRefusals(facts: RehearsalFacts): Markup {
  if (facts.result.refused.length === 0) return html`<p>Nothing was refused.</p>`;
  return drawTable({
    caption: 'A refusal is an outcome: a guard said no, or could not say yes.',
    columns: [{ heading: 'Group' }, { heading: 'Code' }, { heading: 'Facts' }],
    rows: facts.result.refused.map(({ group, code, facts: behind }) => [
      groupName(facts, group),
      html`<code>${code}</code>`,
      factLine(behind) || NONE,
    ]),
    narrow: 'cards',
  });
}

/** The audit's state, its findings, and where its records are. */
export function drawAudit(facts: RehearsalFacts): Markup {
  const findings = facts.auditFindings.map((finding) => html`<li>${finding}</li>\n`);
  return html`<p>${auditSentence(facts)} Records: <code>${facts.result.audit.file}</code></p>
${findings.length === 0 ? null : html`<ul class="findings">\n${findings}</ul>`}`;
}

/** How often each AWS operation was called. */
export function drawCalls(facts: RehearsalFacts): Markup {
  const calls = Object.entries(facts.calls).toSorted(([a, m], [b, n]) => n - m || a.localeCompare(b, 'en'));
  if (calls.length === 0) return html`<p>No AWS operation was called.</p>`;
  const total = calls.reduce((sum, [, times]) => sum + times, 0);
  return drawTable({
    caption: `${counted(total, 'call')} of ${counted(calls.length, 'operation')}, counted by the local cloud.`,
    columns: [{ heading: 'Operation' }, { heading: 'Calls', numeric: true }],
    rows: calls.map(([operation, times]) => [html`<code>${operation}</code>`, count(times)]),
    narrow: 'table',
  });
}

/** A word for a POSIX shell: as it is where that is safe, else in single quotes. */
function shellWord(word: string): string {
  return /^[\w.:/@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The seed, and the command that draws the same again. */
export function drawSeed(facts: RehearsalFacts): Markup {
  const { seed } = facts.result;
  // As one word with its option: a seed that begins with a hyphen would pass for another option.
  const command = `npm start -- --seed=${shellWord(seed)}`;
  return html`<p>Seed: <code>${seed}</code></p>
<p>The same groups, instants and target positions again:</p>
<pre><code>${command}</code></pre>
<p class="quiet">If this was a fleet of your own, add its <code>--fleet</code> file as well.</p>`;
}
