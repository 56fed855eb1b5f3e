import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { listClosures } from '../lib/calendar/list.ts';
import { importConfig, resolveConfig } from '../lib/calendar/read-config.ts';
import { CapuchinStack } from '../lib/stack/capuchin-stack.ts';

/**
 * The CDK app: one stack from one config file. `-c config=FILE` takes another than `capuchin.config.ts`,
 * `-c stackName=NAME` another name than `Capuchin`. Beside the stack it writes `<stack>.calendar.txt`: every holiday and freeze that the
 * stack will keep, for a reviewer to read.
 */
const app = new App();
const file = path.resolve(
  String(app.node.tryGetContext('config') ?? path.join(import.meta.dirname, '..', 'capuchin.config.ts')),
);
const today = new Date().toISOString().slice(0, 10);
const config = resolveConfig(await importConfig(file), { folder: path.dirname(file), today });
if (!config.ok) {
  process.stderr.write(`${path.basename(file)} is not a valid config; mend:\n${config.problem.replace(/^/gm, '  ')}\n`);
  process.exit(2);
}
const env = { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION };
const stack = new CapuchinStack(app, String(app.node.tryGetContext('stackName') ?? 'Capuchin'), {
  env,
  config: config.value,
});
const list = path.join(app.synth().directory, `${stack.stackName}.calendar.txt`);
writeFileSync(list, listClosures(config.value.calendar));
process.stderr.write(`Capuchin: holidays and freezes are listed in ${path.relative(process.cwd(), list)}\n`);
