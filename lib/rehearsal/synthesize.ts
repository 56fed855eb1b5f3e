import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ConfigInput } from '../core/config.ts';
import { readStack, type SynthesizedStack } from './cloud/assembly.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');

/**
 * Synthesizes the real stack with a config, in a process of its own: the CDK app is run as the CDK's command line runs it, with the
 * feature flags of `cdk.json`.
 *
 * @param directory an empty folder for the config and the cloud assembly.
 */
export async function synthesize(
  config: ConfigInput,
  directory: string,
  signal: AbortSignal,
): Promise<SynthesizedStack> {
  const configFile = path.join(directory, 'config.json');
  const out = path.join(directory, 'cdk.out');
  await writeFile(configFile, JSON.stringify(config, null, 2));
  const { context } = JSON.parse(await readFile(path.join(ROOT, 'cdk.json'), 'utf8')) as {
    context: Record<string, unknown>;
  };
  const environment = {
    ...process.env,
    // The functions' bundler is found by npx, which is quicker and quieter when it asks nobody for updates.
    npm_config_update_notifier: 'false',
    npm_config_loglevel: 'error',
    CDK_OUTDIR: out,
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, config: configFile }),
  };
  const app = spawn(process.execPath, [path.join(ROOT, 'bin', 'app.ts')], {
    cwd: ROOT,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let said = '';
  for (const stream of [app.stdout, app.stderr]) {
    stream.on('data', (data: Buffer) => {
      said = (said + data.toString()).slice(-8000);
    });
  }
  const [code] = (await once(app, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the stack could not be synthesized (exit code ${code}): ${said.trim()}`);
  return readStack(out);
}
