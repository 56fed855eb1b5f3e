import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { calendarDate, wholeNumber } from './arguments.ts';
import { exportAudit, verify } from './commands/audit.ts';
import { AS_JSON, deployed } from './deployed-command.ts';
import type { Surroundings } from './program.ts';

function sha256(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('Write a SHA-256: 64 digits from 0 to f.');
  return text;
}

/** A command that looks at some days of the audit. */
function ofDays(name: string, description: string) {
  return deployed(name, description)
    .option('--days <n>', 'how many days back', wholeNumber(1, 400), 30)
    .addOption(
      new Option('--from <date>', 'the first day in UTC, like 2026-11-22').argParser(calendarDate).conflicts('days'),
    )
    .option('--to <date>', 'the last day in UTC (default: today)', calendarDate);
}

/** What proves the audit, or carries it away. */
export function addAudit(capuchin: Command, { output, leave }: Surroundings): void {
  const audit = new Command('audit').description('Verify or export the audit.');
  audit.addCommand(
    ofDays('verify', 'Verify an exported file, or the records in the table; leaves with 1 when something is wrong.')
      .argument('[file]', 'JSON lines with a seal, as "audit export" and "rehearse" write them')
      .option('--seal <sha256>', 'the seal that the file must have', sha256)
      .option(
        '--digest <sha256>',
        'the hash of a daily digest that must be there, as its event or its notice told it',
        sha256,
      )
      .option(...AS_JSON)
      .addHelpText(
        'after',
        '\nExamples:\n  capuchin audit verify                        the last 30 days\n  capuchin audit verify --from 2026-11-01 --to 2026-11-30\n  capuchin audit verify --digest 5f2c…         nobody changed or cut the digests since it was told\n',
      )
      .action(async (file, options) => leave(await verify(output, file, options))),
  );
  audit.addCommand(
    ofDays('export', 'Write the records of every chain that grew on some days as JSON lines, closed by a seal.')
      .option('--out <file>', 'default: standard output')
      .option('--json', 'with --out: print one JSON document about the file')
      .action((options) => exportAudit(output, options)),
  );
  capuchin.addCommand(audit);
}
