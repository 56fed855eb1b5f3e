import * as z from 'zod';
import { markdownTable } from '../core/markdown-table.ts';
import { digestFactsSchema } from './digest.ts';
import { detailTypeOf, EVENT_SOURCE } from './event-types.ts';
import {
  planDrawnSchema,
  plannedFactsSchema,
  planPartSchema,
  requestedFactsSchema,
  startFactsSchema,
} from './facts.ts';
import { auditRecordSchema, RECORD_KINDS, type RecordKind } from './record.ts';

/** Where the schema of a record lies, from `docs/`. */
export const SCHEMA_FILE = 'events/audit-record.v1.schema.json';

const members = (schema: { readonly shape: object }): readonly string[] => Object.keys(schema.shape);

/** The facts by which each kind of record is explained; others may stand beside them, and those that are not known are left out. */
export const EXPLAINED_BY: Readonly<Record<RecordKind, readonly string[]>> = {
  'plan-drawn': members(planDrawnSchema),
  'plan-part': members(planPartSchema),
  planned: members(plannedFactsSchema),
  cancelled: ['group', 'at', 'fault'],
  restored: ['plan', 'at', 'fault'],
  requested: members(requestedFactsSchema),
  refused: ['refusals'],
  leashed: ['because', 'targets', 'would'],
  started: [...members(startFactsSchema), 'guards'],
  injected: ['fault', 'outcome', 'message'],
  'took-effect': ['fault', 'because'],
  'no-effect': ['fault', 'because'],
  violated: ['probe', 'phase', 'because'],
  stopping: ['cause', 'because', 'seenAt'],
  undone: ['fault', 'because', 'calledForAt', 'seconds'],
  'undo-failed': ['fault', 'because', 'attempts', 'byHand'],
  recovered: ['recoverySeconds', 'recoveredAt'],
  healthy: ['healthySeconds', 'healthyAt'],
  swept: ['because'],
  ended: [
    'verdict',
    'because',
    'fault',
    'acted',
    'injectedAt',
    'recoverySeconds',
    'healthySeconds',
    'targets',
    'remarks',
  ],
  failed: ['because', 'acted'],
  'lever-engaged': ['on'],
  'lever-released': ['on'],
  'leash-on': ['on'],
  'leash-off': ['on'],
  'claim-released': ['experiment', 'because', 'acted'],
  digest: members(digestFactsSchema),
};

const kinds = Object.keys(RECORD_KINDS) as RecordKind[];

/** A rule of EventBridge, as an example. */
const PATTERN = { source: [EVENT_SOURCE], 'detail-type': [detailTypeOf('undo-failed'), detailTypeOf('failed')] };

/** `docs/events.md`: what is told on the bus, kind by kind. */
export function eventsPage(): string {
  const row = (kind: RecordKind): string[] => {
    const facts = EXPLAINED_BY[kind].map((one) => `\`${one}\``).join(' ');
    return [`\`${detailTypeOf(kind)}\``, `\`${kind}\``, RECORD_KINDS[kind], facts];
  };
  return `${[
    '# Events',
    '',
    '<!-- Written by npm run docs out of lib/audit/record.ts and lib/audit/events-page.ts. -->',
    '',
    "Every audit record is an event on Capuchin's own bus (the stack's `Records`): the same record that stands in the audit, told after it",
    `was written. Its source is \`${EVENT_SOURCE}\`, its detail type says what kind of record it is, its resource is the one that the record is`,
    `about, and its detail is the record as [${SCHEMA_FILE}](${SCHEMA_FILE}) describes it.`,
    '',
    '- `detail.version` is 1. Whatever a reader of version 1 could not read gets another number and a schema file of its own, and the',
    '  changelog says so. A new kind or fact keeps the number and is added to this file: let pass what you do not know.',
    '- An event may come twice, or not at all: `detail.chain` and `detail.sequence` name it, and the audit has every record. Telling never',
    '  holds up an experiment, let alone an undo.',
    '- Events come in no order; `detail.sequence` counts within a chain.',
    '- Whoever keeps the `detail.hash` of each `Capuchin Digest` outside of the account can prove later that nobody changed the audit before it:',
    '  `capuchin audit verify --digest HASH`.',
    '',
    'A rule for what somebody must look at at once:',
    '',
    '```json',
    prettyJson(PATTERN),
    '```',
    '',
    ...markdownTable(['detail type', '`detail.kind`', 'what it says', 'facts that explain it'], kinds.map(row)),
  ].join('\n')}\n`;
}

/** `docs/events/audit-record.v1.schema.json`: the form of a record, which is the detail of its event. */
export function recordSchemaText(): string {
  const { $schema, properties, ...rest } = z.toJSONSchema(auditRecordSchema);
  const kind = {
    description: auditRecordSchema.shape.kind.description,
    oneOf: kinds.map((one) => ({ const: one, title: detailTypeOf(one), description: RECORD_KINDS[one] })),
  };
  return `${prettyJson({
    $schema,
    title: 'Audit record of Capuchin, version 1',
    description: 'The detail of every event on the bus, and each line of an export but its seal.',
    ...rest,
    properties: { ...properties, kind },
  })}\n`;
}

const WIDTH = 120;

/** JSON as the formatter of this repository leaves it: a list of plain values on one line where it fits. */
function prettyJson(value: unknown, indent = ''): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const items = Array.isArray(value)
    ? value.map((item) => prettyJson(item, inner))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => `${JSON.stringify(key)}: ${prettyJson(item, inner)}`);
  if (items.length === 0) return open + close;
  const line = `${indent}${open}${items.join(', ')}${close}`;
  if (Array.isArray(value) && !line.includes('{') && line.length < WIDTH) return `[${items.join(', ')}]`;
  return `${open}\n${items.map((item) => inner + item).join(',\n')}\n${indent}${close}`;
}
