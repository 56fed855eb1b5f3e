import { markdownTable } from '../../core/markdown-table.ts';
import type { FaultPermission } from '../contract.ts';
import type { FaultFacts, ParameterFacts } from './fault-facts.ts';
import { ASPECTS, DESCENT, FALLACIES, type Tested } from './lineage.ts';

/** `docs/faults.md`: every fault with all that its declaration says, and what they test. */
export function faultsPage(faults: readonly FaultFacts[]): string {
  const names = new Set(faults.map(({ name }) => name));
  const listed = [...faults].sort((a, b) => (a.name < b.name ? -1 : 1));
  return `${[
    '# Faults',
    '',
    '<!-- Written by npm run docs out of lib/faults. -->',
    '',
    'What Capuchin can do to a task, a container host, a service or an Auto Scaling group. `capuchin faults NAME` says the same of one. A group',
    'allows faults by its tag `chaos:faults` or its profile; on demand, `capuchin run GROUP --fault NAME --parameter name=value`.',
    '',
    'A fault on a container host is a shell script in a document of Systems Manager: the host arms its own undo before it acts, and takes the fault',
    'away at the deadline by itself. With `--leashed` the host says what it would do, and nothing is done.',
    '',
    table(
      ['fault', 'acts on a', 'kind', 'what it does'],
      listed.map(({ name, scopes, kind, summary }) => [`[\`${name}\`](#${name})`, scopes.join(', '), kind, summary]),
    ),
    '',
    '## The eight fallacies of distributed computing, and what tests them',
    '',
    testedTable('fallacy', FALLACIES, names),
    '',
    '## The aspects of the talk',
    '',
    testedTable('aspect', ASPECTS, names),
    '',
    '## The ancestors’ faults, and ours',
    '',
    table(
      ['ancestor', 'theirs', 'ours', 'what differs'],
      DESCENT.map(({ ancestor, theirs, ours, note }) => [ancestor, theirs, links(ours, names), note]),
    ),
    '',
    listed.map(section).join('\n\n'),
  ].join('\n')}\n`;
}

function testedTable(head: string, tested: readonly Tested[], names: ReadonlySet<string>): string {
  return table(
    [head, 'faults'],
    tested.map(({ what, faults }) => [what, links(faults, names)]),
  );
}

/** Only what exists is a link. */
const links = (faults: readonly string[], names: ReadonlySet<string>): string =>
  faults
    .filter((name) => names.has(name))
    .map((name) => `[\`${name}\`](#${name})`)
    .join(', ');

function section({
  name,
  summary,
  kind,
  scopes,
  reach,
  parameters,
  prerequisites,
  permissions,
  undo,
  byHand,
}: FaultFacts): string {
  return [
    `## ${name}`,
    '',
    summary,
    '',
    `- acts on a ${scopes.join(' or a ')}, on ${reach.join(', ')}; ${kind}`,
    ...prerequisites.map((one) => `- needs: ${one}`),
    `- undo: ${undo}`,
    ...(byHand === undefined ? [] : [`- by hand, on the host as root: \`${byHand.replaceAll('`', '')}\``]),
    '',
    ...(parameters.length === 0
      ? ['It takes no parameters.']
      : [
          table(
            ['parameter', 'is', 'default', 'meaning'],
            parameters.map((one) => [`\`${one.name}\``, kindText(one), defaultText(one), one.description]),
          ),
        ]),
    '',
    table(
      ['IAM actions', 'on', 'bound by'],
      permissions.map((one) => [one.actions.map((action) => `\`${action}\``).join(', '), one.on, boundText(one)]),
    ),
  ].join('\n');
}

/** Type and range of a parameter. */
export const kindText = ({ type, range }: ParameterFacts): string => [type, range].filter(Boolean).join(', ');

/** The default of a parameter, or that it must be given. */
export function defaultText({ default: otherwise, isNeeded }: ParameterFacts): string {
  if (isNeeded) return 'must be given';
  if (otherwise === undefined) return '';
  if (Array.isArray(otherwise)) return otherwise.length === 0 ? 'none' : otherwise.join(' ');
  if (typeof otherwise === 'object') return JSON.stringify(otherwise) === '{}' ? 'none' : JSON.stringify(otherwise);
  return String(otherwise);
}

/** What binds a permission. */
export function boundText({ use, instead }: FaultPermission): string {
  if (instead !== undefined) return instead.because;
  return {
    looking: 'nothing: it changes nothing',
    acting: 'the opt-in tag',
    undoing: 'the opt-in tag; whoever cleans up gets by without',
  }[use];
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  markdownTable(head, rows).join('\n');
