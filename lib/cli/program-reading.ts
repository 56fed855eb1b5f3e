import { type Command, Option } from '@commander-js/extra-typings';
import { calendarDate, wholeNumber } from './arguments.ts';
import { blame } from './commands/blame.ts';
import { explainCommand } from './commands/explain.ts';
import { faults } from './commands/faults.ts';
import { groups } from './commands/groups.ts';
import { history } from './commands/history.ts';
import { show } from './commands/show.ts';
import { AS_JSON, deployed } from './deployed-command.ts';
import type { Surroundings } from './program.ts';

/** What looks, and changes nothing. */
export function addReading(capuchin: Command, { output, leave }: Surroundings): void {
  capuchin
    .command('faults')
    .description(
      'List the faults, or all of one: parameters with units, ranges and defaults, prerequisites, permissions, undo.',
    )
    .argument('[name]', 'one fault, like network-latency')
    .option(...AS_JSON)
    .addHelpText('after', '\nExamples:\n  capuchin faults\n  capuchin faults network-latency\n  capuchin faults --json')
    .action((name, options) => faults(output, name, options));
  capuchin.addCommand(
    deployed('groups', 'List the groups that have opted in.')
      .option(...AS_JSON)
      .action((options) => groups(output, options)),
  );
  capuchin.addCommand(
    deployed('history', 'List experiments and their verdicts, refusals included.')
      .option('--days <n>', 'how many days back', wholeNumber(1, 400), 7)
      .addOption(
        new Option('--day <date>', 'one day in UTC, like 2026-11-22').argParser(calendarDate).conflicts('days'),
      )
      .option('--group <group>', 'only this group')
      .option(...AS_JSON)
      .action((options) => history(output, options)),
  );
  capuchin.addCommand(
    deployed('show', 'Show every record of one experiment.')
      .argument('<experiment>', 'its id')
      .option(...AS_JSON)
      .action((experiment, options) => show(output, experiment, options)),
  );
  capuchin.addCommand(
    deployed(
      'explain',
      'Explain every choice of an experiment, drawing it again; or why nothing happened to a group on a day.',
    )
      .argument('<experiment or group>', 'the id of an experiment; with --date the name of a group')
      .option('--date <date>', "the day to explain for a group, like 2026-11-23, in the group's zone", calendarDate)
      .option('--all', 'list all that was not chosen, not only the first ten')
      .option(...AS_JSON)
      .addHelpText(
        'after',
        '\nExamples:\n  capuchin explain shop-catalog-2026-11-23-Europe-London-1f3b9c2a\n  capuchin explain shop/catalog --date 2026-12-25\n',
      )
      .action(async (what, options) => leave(await explainCommand(output, what, options))),
  );
  capuchin.addCommand(
    deployed('blame', 'Was it the monkey? Everything recorded about one resource.')
      .argument('<resource>', 'an ARN, or the id at its end')
      .option('--days <n>', 'how many days back to look for a bare id', wholeNumber(1, 400), 7)
      .option(...AS_JSON)
      .action((resource, options) => blame(output, resource, options)),
  );
}
