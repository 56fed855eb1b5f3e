#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { EXIT, explain } from '../lib/cli/exit.ts';
import { terminal } from '../lib/cli/output.ts';
import { program } from '../lib/cli/program.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const output = terminal();
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    // Whoever asks twice does not want to wait for what the first time set going.
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort(name);
  });
}

const capuchin = program({
  output,
  version,
  signal: interruption.signal,
  leave: (exitCode) => {
    process.exitCode = exitCode;
  },
});
// Usage errors leave with 2 wherever they are found; help and version are no errors.
for (const command of [capuchin, ...capuchin.commands, ...capuchin.commands.flatMap(({ commands }) => commands)])
  command.exitOverride();
try {
  await capuchin.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else {
    const { message, exitCode } = explain(error);
    output.talk(`${output.style('red', 'error')}: ${message}`);
    if (process.env.CAPUCHIN_DEBUG) output.talk(error instanceof Error ? `${error.stack}` : String(error));
    process.exitCode = exitCode;
  }
}
