import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import type { ConfigInput } from '../../lib/core/config.ts';
import { readStack, type SynthesizedStack } from '../../lib/rehearsal/cloud/assembly.ts';
import { CapuchinStack } from '../../lib/stack/capuchin-stack.ts';
import { aConfig } from '../core/examples.ts';

/** A synthesized stack with its construct tree. */
export interface Synthesized {
  readonly stack: CapuchinStack;
  readonly assembly: SynthesizedStack;
  remove(): Promise<void>;
}

/**
 * Synthesizes the stack in this process, with the feature flags of `cdk.json`.
 *
 * @param bundle false leaves the functions without code, which is much quicker.
 */
export async function synthesizeTemplate({
  config = {},
  bundle = false,
}: {
  config?: ConfigInput;
  bundle?: boolean;
} = {}): Promise<Synthesized> {
  const directory = await mkdtemp(path.join(tmpdir(), 'capuchin-stack-'));
  const cdkFile = path.join(import.meta.dirname, '..', '..', 'cdk.json');
  const { context } = JSON.parse(readFileSync(cdkFile, 'utf8')) as { context: Record<string, unknown> };
  const bundling = bundle ? {} : { 'aws:cdk:bundling-stacks': [] };
  const app = new App({ outdir: directory, context: { ...context, ...bundling }, analyticsReporting: false });
  const stack = new CapuchinStack(app, 'Capuchin', { config: aConfig(config) });
  app.synth();
  return { stack, assembly: await readStack(directory), remove: () => rm(directory, { recursive: true, force: true }) };
}
