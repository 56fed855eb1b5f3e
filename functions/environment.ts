import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { type Config, configSchema } from '../lib/core/config.ts';
import { telemetryVariables } from './telemetry.ts';

/** What every function is given. The stack writes the same names (`lib/stack/`), so a misspelt one fails at the first start. */
export const commonEnvironment = z.object({
  AUDIT_TABLE: z.string().min(3),
  STATE_TABLE: z.string().min(3),
  ...telemetryVariables,
  LEVER_PARAMETER: z.string().min(1),
  LEASH_PARAMETER: z.string().min(1),
});

/** What a function is given that acts or undoes: the beginning of the names of the documents that run on hosts, too. */
export const actingEnvironment = commonEnvironment.extend({ DOCUMENT_PREFIX: z.string().min(1) });

/** Reads the environment, or says which variable is missing. */
export function readEnvironment<Schema extends z.ZodType>(schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(process.env);
  if (parsed.success) return parsed.data;
  const names = parsed.error.issues.map(({ path: at }) => at.join('.'));
  throw new Error(`the function's environment lacks ${names.join(', ')}: deploy the stack that belongs to this code`);
}

/** The config that the stack put beside the code. */
export function readBundledConfig(): Config {
  const file = path.join(process.env.LAMBDA_TASK_ROOT ?? '.', 'config.json');
  return configSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
