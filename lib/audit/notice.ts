import { shortResource, wordOf } from './describe.ts';
import type { AuditRecord, RecordKind } from './record.ts';

/** What people get: a mail, mostly. Machines read the event bus, which carries every record whole. */
export interface Notice {
  /** ASCII, below 100 characters, in one line: what SNS takes (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html). */
  readonly subject: string;
  readonly message: string;
  /** For the filter policies of subscriptions: `kind`, and where there is one `experiment`, `group`, `fault`, `verdict`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** An act that comes next. */
export interface Announcement {
  readonly experiment: string;
  readonly group: string;
  readonly fault: string;
  /** Resources, as the audit names them. */
  readonly targets: readonly string[];
  readonly actor: string;
  readonly reason: string;
  /** When the fault ends by itself, in milliseconds since the epoch; undefined for what cannot be taken back. */
  readonly untilMs?: number;
}

/**
 * Which kinds people are told of by notice: an act before it begins (an {@link Announcement}) and its verdict after, whatever needs a
 * person, and each turn of a switch, because it changes what Capuchin may do. That is two mails an experiment. Refusals, plans,
 * single steps of an experiment and digests come by the dozen and ask nothing of anybody: who asked on demand sees a refusal at once,
 * and all of them are on the event bus, in the log, in metrics and in `capuchin history`.
 */
export const NOTICED = {
  'plan-drawn': false,
  'plan-part': false,
  planned: false,
  cancelled: false,
  restored: false,
  requested: false,
  refused: false,
  leashed: false,
  started: false,
  injected: false,
  'took-effect': false,
  'no-effect': false,
  violated: false,
  stopping: true,
  undone: false,
  'undo-failed': true,
  recovered: false,
  healthy: false,
  swept: true,
  ended: true,
  failed: true,
  'lever-engaged': true,
  'lever-released': true,
  'leash-on': true,
  'leash-off': true,
  'claim-released': false,
  digest: false,
} as const satisfies Record<RecordKind, boolean>;

type NoticedKind = { [Kind in RecordKind]: (typeof NOTICED)[Kind] extends true ? Kind : never }[RecordKind];

/** The experiment that a chain tells of; undefined for plans, switches and digests. */
export function experimentOf(chain: string): string | undefined {
  return /^(plan\/.*|lever|leash|digest)$/s.test(chain) ? undefined : chain;
}

/** The notice before an act. */
export function announcementNotice(announcement: Announcement): Notice {
  const { experiment, group, fault, targets, actor, reason, untilMs } = announcement;
  const ends =
    untilMs === undefined ? 'it cannot be taken back' : `by itself at ${instant(untilMs)}, whoever is still there`;
  return made(`Capuchin: ${fault} in ${group} starts now`, { kind: 'announced', experiment, group, fault }, [
    `Capuchin is about to act on ${group}: every guard said yes.`,
    '',
    ...rows({ fault, targets, ends, who: actor, why: reason, experiment }),
    '',
    ...howToLook(experiment),
    ...howToStop(experiment),
  ]);
}

/** The notice that belongs to a record, or undefined for a kind of which people are not told. */
export function noticeOf(record: AuditRecord): Notice | undefined {
  if (!NOTICED[record.kind]) return undefined;
  const { kind, chain, group, facts } = record;
  const fault = typeof facts.fault === 'string' ? facts.fault : undefined;
  const verdict = kind === 'ended' ? wordOf(record) : undefined;
  const attributes = { kind, experiment: experimentOf(chain), group, fault, verdict };
  const { subject, lines } = TOLD[kind as NoticedKind](record);
  return made(`Capuchin: ${subject}`, attributes, lines);
}

interface Told {
  readonly subject: string;
  readonly lines: readonly string[];
}

const TOLD: Readonly<Record<NoticedKind, (record: AuditRecord) => Told>> = {
  stopping: (record) => ({
    subject: `stopping the experiment in ${where(record)}`,
    lines: [
      'The experiment is ended before its time, and what was done is undone now.',
      '',
      ...about(record),
      '',
      ...howToLook(record.chain),
    ],
  }),
  'undo-failed': (record) => ({
    subject: `ACTION NEEDED: a fault may still be on in ${where(record)}`,
    lines: [
      `The undo could not be confirmed after ${said(record.facts.attempts)} tries. Capuchin goes on trying; do not wait for it.`,
      '',
      'BY HAND:',
      `  ${said(record.facts.byHand)}`,
      '',
      ...about(record),
      '',
      'More: docs/runbook.md#undo-failed',
      ...howToLook(record.chain),
      ...howToStop(),
    ],
  }),
  swept: (record) => ({
    subject: `the sweep took over the experiment in ${where(record)}`,
    lines: [
      'Nothing was heard of the experiment any more; whatever it left behind is undone and settled now.',
      '',
      ...about(record),
      '',
      ...howToLook(record.chain),
    ],
  }),
  ended: (record) => ({
    subject: `${wordOf(record).toUpperCase()}: ${said(record.facts.fault)} in ${where(record)}`,
    lines: [`The verdict is ${wordOf(record)}.`, '', ...about(record), '', ...howToLook(record.chain)],
  }),
  failed: (record) => ({
    subject: `an error of its own ended the experiment in ${where(record)}`,
    lines: [
      'Capuchin itself failed. The sweep looks for anything that this left behind.',
      '',
      ...about(record),
      '',
      ...howToLook(record.chain),
    ],
  }),
  'lever-engaged': (record) =>
    turned(record, 'the lever is engaged', 'Nothing starts, and all that runs is undone.', 'resume'),
  'lever-released': (record) => turned(record, 'the lever is released', 'Experiments may start again.', 'halt'),
  'leash-on': (record) => turned(record, 'the leash is on', 'Everything happens but the act.', 'unleash'),
  'leash-off': (record) => turned(record, 'the leash is off', 'Capuchin may act.', 'leash'),
};

function turned({ actor, reason }: AuditRecord, subject: string, meaning: string, back: string): Told {
  const lines = [
    meaning,
    '',
    ...rows({ who: actor, why: reason }),
    '',
    `Turn it back: capuchin ${back} --reason "..."`,
  ];
  return { subject, lines };
}

/** What the record says of its experiment, as far as it says so. */
function about({ chain, group, resource, actor, reason, facts }: AuditRecord): string[] {
  const { fault, because, recoverySeconds } = facts;
  const listed = Array.isArray(facts.targets) ? facts.targets.map((one: unknown) => said(resourceOf(one))) : [];
  const targets = resource === undefined ? listed : [resource];
  const recovery = typeof recoverySeconds === 'number' ? `${recoverySeconds} s` : undefined;
  return rows({ group, fault, targets, because, recovery, who: actor, why: reason, experiment: chain });
}

const resourceOf = (target: unknown): unknown =>
  typeof target === 'object' && target !== null && 'resource' in target ? target.resource : target;

const where = ({ group, resource, chain }: AuditRecord): string =>
  group ?? (resource === undefined ? chain : shortResource(resource));

const howToLook = (experiment: string): string[] => [`Look: capuchin show ${experiment}`];

function howToStop(experiment?: string): string[] {
  const one = experiment === undefined ? [] : [`Stop this one: capuchin halt ${experiment} --reason "..."`];
  return [...one, 'Stop everything: capuchin halt --reason "..."'];
}

/** Named facts below each other; a list takes a line for each. What is not said is left out. */
function rows(facts: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(facts).flatMap(([name, value]) => {
    const values = (Array.isArray(value) ? value : [value]).filter((one) => one !== undefined && one !== null);
    return values.map((one, index) => `${(index === 0 ? `${name}:` : '').padEnd(12)} ${said(one)}`);
  });
}

function said(value: unknown): string {
  if (value === undefined) return 'unknown';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function instant(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? 'an unknown instant' : date.toISOString();
}

/** SNS takes 256 KB; a mail of more than this is read by nobody. */
const MOST_CHARACTERS = 20_000;

function made(
  subject: string,
  attributes: Readonly<Record<string, string | undefined>>,
  lines: readonly string[],
): Notice {
  const text = clean(lines.join('\n'));
  const cut = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS).toWellFormed()}\n(cut)` : text;
  const named = Object.entries(attributes).map(([name, value = '']) => [
    name,
    clean(value).slice(0, 256).toWellFormed(),
  ]);
  return {
    subject: oneAsciiLine(subject),
    message: `${cut}\n`,
    attributes: Object.fromEntries(named.filter(([, value]) => value !== '')),
  };
}

/** Reasons are whatever somebody typed: SNS and its XML take no control characters, and a URL no half characters. */
function clean(text: string): string {
  return [...text.toWellFormed()]
    .filter((character) => character === '\n' || !/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(character))
    .join('');
}

/** Letters lose their accents; whatever else is not ASCII becomes a question mark. */
function oneAsciiLine(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '');
  return [...plain]
    .map((character) => (/^[\x20-\x7e]$/.test(character) ? character : '?'))
    .join('')
    .slice(0, 99);
}
