import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { type Template, TemplateError } from './template.ts';

/** A synthesized stack: its template, and the folders that `cdk deploy` would upload. */
export interface SynthesizedStack {
  readonly name: string;
  readonly template: Template;
  /** Folder of each asset, by the object key that the template refers to (`<hash>.zip`). */
  readonly assetFolders: ReadonlyMap<string, string>;
}

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      properties: z.object({ templateFile: z.string(), stackName: z.string() }).partial().optional(),
    }),
  ),
});

const assetsSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string().optional(), packaging: z.string().optional() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

/**
 * Reads one stack from a cloud assembly, the folder that `cdk synth` writes (`cdk.out`).
 *
 * @param directory The assembly's folder.
 * @param stackName The stack's artifact or stack name; may be left out when the assembly holds exactly one.
 */
export async function readStack(directory: string, stackName?: string): Promise<SynthesizedStack> {
  const manifest = await readJson(join(directory, 'manifest.json'), manifestSchema);
  const stacks = Object.entries(manifest.artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const names = stacks.map(([id]) => id).join(', ');
  const candidates = stackName
    ? stacks.filter(([id, { properties }]) => id === stackName || properties?.stackName === stackName)
    : stacks;
  const [chosen] = candidates;
  if (!chosen || candidates.length > 1) {
    const wanted = stackName ? `the stack ${stackName}` : 'exactly one stack';
    throw new TemplateError(`${directory} should hold ${wanted}, but it holds: ${names || 'none'}`);
  }
  const [id, { properties }] = chosen;
  const template = await readJson(
    join(directory, properties?.templateFile ?? `${id}.template.json`),
    z.custom<Template>((value) => typeof value === 'object' && value !== null),
  );
  const assets = await readJson(join(directory, `${id}.assets.json`), assetsSchema);
  const assetFolders = new Map<string, string>();
  for (const { source, destinations } of Object.values(assets.files)) {
    if (source.packaging !== 'zip' || source.path === undefined) continue;
    for (const { objectKey } of Object.values(destinations)) {
      assetFolders.set(objectKey, resolve(directory, source.path));
    }
  }
  return { name: properties?.stackName ?? id, template, assetFolders };
}

async function readJson<Schema extends z.ZodType>(file: string, schema: Schema): Promise<z.output<Schema>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new TemplateError(`${file} cannot be read; synthesize the stack first (cdk synth)`, { cause });
  }
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new TemplateError(`${file} is not what cdk synth writes: ${z.prettifyError(parsed.error)}`);
}
