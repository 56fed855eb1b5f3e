import * as z from 'zod';
import type { Fault, FaultPermission } from '../contract.ts';
import type { HostScript } from '../hosts/host-fault.ts';

/** One parameter of a fault, as its schema says. */
export interface ParameterFacts {
  readonly name: string;
  readonly type: string;
  /** What it may be: a range, words, a pattern; empty when anything of its type will do. */
  readonly range: string;
  readonly default: unknown;
  readonly isNeeded: boolean;
  readonly description: string;
}

/** What people and scripts are told of a fault, all of it derived from its declaration. */
export interface FaultFacts {
  readonly name: string;
  readonly summary: string;
  readonly kind: 'one-shot' | 'reversible' | 'as its part';
  readonly scopes: readonly string[];
  readonly reach: readonly string[];
  readonly prerequisites: readonly string[];
  readonly parameters: readonly ParameterFacts[];
  readonly permissions: readonly FaultPermission[];
  /** How it is taken away again, or that it is not. */
  readonly undo: string;
  /** What a person runs on the host, as root, when the undo of a fault there cannot be confirmed. */
  readonly byHand?: string;
}

const propertySchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  anyOf: z.array(z.looseObject({ type: z.string().optional() })).optional(),
  pattern: z.string().optional(),
  items: z.looseObject({ pattern: z.string().optional(), enum: z.array(z.unknown()).optional() }).optional(),
  maxItems: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  default: z.unknown().optional(),
  description: z.string().default(''),
});
const objectSchema = z.looseObject({
  properties: z.record(z.string(), propertySchema).default({}),
  required: z.array(z.string()).default([]),
});

/** Whether its act is a script on a container host. */
const isHostFault = <Port>(fault: Fault<Port>): fault is Fault<Port> & { readonly script: HostScript } =>
  'script' in fault;

/** The facts of a fault. */
export function factsOf<Port>(fault: Fault<Port>): FaultFacts {
  const { name, summary, scopes, reach, prerequisites, permissions } = fault;
  const isMade = 'parts' in fault;
  return {
    ...{
      name,
      summary,
      kind: isMade ? ('as its part' as const) : fault.kind,
      scopes,
      reach,
      prerequisites,
      permissions,
    },
    parameters: parametersOf(fault.parameters),
    undo: undoText(fault),
    ...(isHostFault(fault) && fault.kind === 'reversible' ? { byHand: fault.script.byHand('TASK_ARN') } : {}),
  };
}

function undoText<Port>(fault: Fault<Port>): string {
  if ('parts' in fault) return 'as its part is, on each target';
  return fault.kind === 'one-shot' ? 'nothing: what it hits is replaced, not revived' : fault.undoing;
}

function parametersOf(schema: z.ZodType): ParameterFacts[] {
  const { properties, required } = objectSchema.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  // What a schema makes of several forms of input is described by what comes out of it.
  const parsed = objectSchema.parse(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }));
  return Object.entries(properties).map(([name, input]) => {
    const property =
      input.type === undefined && parsed.properties[name] !== undefined ? parsed.properties[name] : input;
    return {
      name,
      type: typeOf(property),
      range: rangeOf(property),
      default: input.default ?? property.default,
      isNeeded: required.includes(name) && input.default === undefined && property.default === undefined,
      description: input.description || property.description,
    };
  });
}

function typeOf({ type, enum: words, anyOf }: z.output<typeof propertySchema>): string {
  if (words !== undefined) return 'word';
  if (type === undefined) return anyOf?.flatMap((one) => one.type ?? []).join(' or ') || 'text';
  const [first = 'text'] = typeof type === 'string' ? [type] : type;
  return { string: 'text', integer: 'whole number', array: 'words', boolean: 'true or false' }[first] ?? first;
}

function rangeOf(property: z.output<typeof propertySchema>): string {
  const { enum: words, items, maxItems, minimum, maximum } = property;
  if (words !== undefined) return words.join(', ');
  if (items !== undefined) {
    const most = maxItems === undefined ? '' : `at most ${maxItems}`;
    return items.enum === undefined ? most : [most, `of ${items.enum.join(', ')}`].filter(Boolean).join(', ');
  }
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${minimum} or more`;
  return '';
}
