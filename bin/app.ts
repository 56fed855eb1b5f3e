import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { readConfig } from '../lib/core/config.ts';
import { FAULT_NAMES } from '../lib/faults/catalogue.ts';
import { CapuchinStack } from '../lib/stack/capuchin-stack.ts';

/**
 * The CDK app: one stack from one config file. `-c config=FILE` takes another than `capuchin.config.ts`,
 * `-c stackName=NAME` another name than `Capuchin`.
 */
const app = new App();
const file = path.resolve(
  String(app.node.tryGetContext('config') ?? path.join(import.meta.dirname, '..', 'capuchin.config.ts')),
);
const imported = (await import(
  pathToFileURL(file).href,
  file.endsWith('.json') ? { with: { type: 'json' } } : undefined
)) as { default: unknown };
const config = readConfig(imported.default, FAULT_NAMES);
if (!config.ok) {
  process.stderr.write(`${path.basename(file)} is not a valid config; mend:\n${config.problem.replace(/^/gm, '  ')}\n`);
  process.exit(2);
}
const env = { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION };
new CapuchinStack(app, String(app.node.tryGetContext('stackName') ?? 'Capuchin'), { env, config: config.value });
app.synth();
