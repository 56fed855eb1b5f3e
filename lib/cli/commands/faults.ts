import * as z from 'zod';
import { FAULTS } from '../../faults/catalogue.ts';
import { json, type Output } from '../output.ts';

/** One parameter of a fault, as its schema says. */
interface FaultParameter {
  readonly name: string;
  readonly type: string;
  readonly range: string;
  readonly default: unknown;
  readonly description: string;
}

/** Lists what Capuchin can do to a target, with parameters, units, ranges and defaults. */
export function faults(output: Output, options: { readonly json?: boolean | undefined }): void {
  const all = [...FAULTS.values()].map(({ name, summary, kind, scope, reach, prerequisites, parameters }) => {
    return { name, summary, kind, scope, reach, prerequisites, parameters: parametersOf(parameters) };
  });
  if (options.json) {
    json(output, { faults: all });
    return;
  }
  for (const [index, { name, summary, kind, scope, reach, prerequisites, parameters }] of all.entries()) {
    if (index > 0) output.out('');
    output.out(`${output.style('bold', name)}  ${kind}, acts on a ${scope}, on ${reach.join(', ')}`);
    output.out(`  ${summary}`);
    for (const one of prerequisites) output.out(`  needs: ${one}`);
    for (const one of parameters) {
      const facts = [one.type, one.range, one.default === undefined ? '' : `default ${String(one.default)}`].filter(
        Boolean,
      );
      output.out(`  --parameter ${one.name}=…  ${one.description} (${facts.join(', ')})`);
    }
  }
}

const propertySchema = z.looseObject({
  type: z.string().default('text'),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  default: z.unknown().optional(),
  description: z.string().default(''),
});

function parametersOf(schema: z.ZodType): FaultParameter[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const { type, minimum, maximum, default: otherwise, description } = propertySchema.parse(property);
    const range = minimum === undefined || maximum === undefined ? '' : `${minimum} to ${maximum}`;
    return { name, type, range, default: otherwise, description };
  });
}
