import { Command, Option } from '@commander-js/extra-typings';
import { SKIPPABLE } from '../core/experiment.ts';
import { FAULT_NAMES } from '../faults/catalogue.ts';
import { calendarDate, durationSeconds, parameter, targetShare, wholeNumber } from './arguments.ts';
import { halt } from './commands/halt.ts';
import { cancelPlanned, listPlans, plan as planCommand, restorePlanned } from './commands/plan.ts';
import { run } from './commands/run.ts';
import { type SwitchCommand, turnSwitch } from './commands/switches.ts';
import { AS_JSON, deployed } from './deployed-command.ts';
import type { Output } from './output.ts';
import { addAudit } from './program-audit.ts';
import { addPlanning } from './program-planning.ts';
import { addReading } from './program-reading.ts';

/** What a command needs of the process it runs in. */
export interface Surroundings {
  readonly output: Output;
  readonly version: string;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** The code to leave with, when it is not 0. */
  leave(exitCode: number): void;
}

const EXAMPLES = `
Examples:
  capuchin rehearse                              a fleet of real processes on this machine, no account needed
  capuchin rehearse --fleet my-fleet.yaml        the same with your own programs
  capuchin groups                                who has opted in
  capuchin simulate --days 365                   a year of plans, before anything is switched on
  capuchin plan --days 5                         what is planned
  capuchin explain shop/catalog --date 2026-12-25  why nothing happened
  capuchin run shop/catalog --reason "game day"  one experiment now
  capuchin blame arn:aws:ecs:…:task/shop/4f…     was it the monkey?
  capuchin halt --reason "incident 42"           stop everything

Exit codes: 0 ok, 1 failure, 2 usage, 3 refused, 4 hypothesis broken.`;

/** The command line: parses, calls, and leaves everything else to the commands. */
export function program(surroundings: Surroundings): Command {
  const capuchin = new Command('capuchin')
    .description('A serverless chaos monkey for container fleets on AWS, on a leash.')
    .version(surroundings.version)
    .showSuggestionAfterError()
    // What stands behind a command is the command's, also when the one above has an option of that name (plan and plan list).
    .enablePositionalOptions()
    .showHelpAfterError('(capuchin --help shows what there is)')
    .addHelpText('after', EXAMPLES);
  addRehearse(capuchin, surroundings);
  addReading(capuchin, surroundings);
  addPlan(capuchin, surroundings);
  addPlanning(capuchin, surroundings);
  addActing(capuchin, surroundings);
  addSwitches(capuchin, surroundings);
  addAudit(capuchin, surroundings);
  return capuchin as unknown as Command;
}

function addRehearse(capuchin: Command, { output, signal, leave, version }: Surroundings): void {
  capuchin
    .command('rehearse')
    .description('Rehearse on this machine: the real stack, a local cloud, a fleet of real processes.')
    .option('--seed <seed>', 'key of every draw; the same seed chooses the same again (default: a new one)')
    .option('--fleet <file>', 'YAML file of your own services (default: the example fleet)')
    .option('--out <dir>', 'where report, facts and audit go (default: a new folder under rehearsals/)')
    .option('--within <duration>', 'the plan spans so long', durationSeconds, 15)
    .option('--port <port>', 'port of the local cloud on 127.0.0.1 (default: a free one)', wholeNumber(1, 65_535))
    .option('--keep', 'leave everything up until Ctrl-C, and print the environment for other commands')
    .option(...AS_JSON)
    .addHelpText(
      'after',
      '\nExamples:\n  capuchin rehearse --seed 42\n  capuchin rehearse --fleet examples/python-fleet.yaml --keep\n',
    )
    .action(async (options) => {
      // Loaded when it is wanted: everything else starts without a local cloud in memory.
      const { rehearse } = await import('./commands/rehearse.ts');
      leave(await rehearse(output, options, { signal, version }));
    });
}

/** `capuchin plan` shows; its subcommands change. */
function addPlan(capuchin: Command, { output, leave }: Surroundings): void {
  const plan = deployed(
    'plan',
    'Show what is planned, or would be: nothing is recorded. With --within, plan something now.',
  )
    .option('--date <date>', "the first day, like 2026-11-23, in each group's own zone (default: today)", calendarDate)
    .option('--days <n>', 'how many days (default: 1; 14 with --ics)', wholeNumber(1, 400))
    .option('--group <group>', 'only this group, and why it is not planned')
    .option('--ics', 'an iCalendar of the plans and of the experiments of the last 30 days')
    .addOption(
      new Option(
        '--within <duration>',
        'draw one experiment for every group within the next 30s, 20m or 2h, and schedule them',
      )
        .argParser(durationSeconds)
        .conflicts(['date', 'days', 'group', 'ics']),
    )
    .option('--name <name>', 'with --within: name of the plan; the same name again changes nothing')
    .option('--reason <text>', 'with --within: why, for the record')
    .addOption(
      new Option('--skip <guard...>', 'with --within: skip these guards; the record says who and why').choices([
        ...SKIPPABLE,
      ]),
    )
    .option('--dry-run', 'with --within: draw, but record and schedule nothing')
    .option(...AS_JSON)
    .addHelpText(
      'after',
      `
Examples:
  capuchin plan                                today, as drawn or as it would be
  capuchin plan --days 5 --group shop/catalog  why and when, for one group
  capuchin plan --ics > capuchin.ics           for a calendar program
  capuchin plan --within 20m --reason "game day"
`,
    )
    .enablePositionalOptions()
    .action((options) => planCommand(output, options));
  plan.addCommand(
    deployed('list', 'List the plans that are kept, and where each experiment stands.')
      .option('--days <n>', 'how many days back', wholeNumber(1, 8), 2)
      .option(...AS_JSON)
      .action((options) => listPlans(output, options)),
  );
  plan.addCommand(
    deployed('cancel', 'Cancel one planned experiment.')
      .argument('<experiment>', 'its id, as "capuchin plan list" shows it')
      .requiredOption('--reason <text>', 'why, for the record')
      .option(...AS_JSON)
      .action(async (experiment, options) => leave(await cancelPlanned(output, experiment, options))),
  );
  plan.addCommand(
    deployed('restore', 'Make the schedules again that planned experiments have lost; cancelled ones stay cancelled.')
      .requiredOption('--reason <text>', 'why, for the record')
      .option(...AS_JSON)
      .action((options) => restorePlanned(output, options)),
  );
  capuchin.addCommand(plan);
}

function addActing(capuchin: Command, { output, signal, leave }: Surroundings): void {
  capuchin.addCommand(
    deployed('run', 'Run one experiment on a group now, and leave with the code of its verdict.')
      .argument('<group>', 'a group that has opted in')
      .requiredOption('--reason <text>', 'why, for the record')
      .addOption(
        new Option('--fault <name>', 'default: one is drawn among those that the group allows').choices([
          ...FAULT_NAMES,
        ]),
      )
      .option(
        '--parameter <name=value...>',
        'parameters of the fault, like durationSeconds=30 (capuchin faults names them)',
        parameter,
      )
      .option(
        '--targets <n>',
        'how many targets: a count, or a fraction of desired like 0.25 (default: what the group says)',
        targetShare,
      )
      .addOption(
        new Option('--skip <guard...>', 'skip these guards; the record says who and why').choices([...SKIPPABLE]),
      )
      .option('--leashed', 'everything but the act')
      .option('--no-wait', 'print the experiment and leave at once')
      .option(...AS_JSON)
      .addHelpText(
        'after',
        '\nExamples:\n  capuchin run shop/catalog --reason "game day" --skip spacing\n' +
          '  capuchin run shop/catalog --reason "slow disk?" --fault pause-container --parameter durationSeconds=30\n',
      )
      .action(async (group, { parameter: parameters, ...options }) =>
        leave(await run(output, group, { ...options, parameters }, signal)),
      ),
  );
}

const SWITCHES: Readonly<Record<SwitchCommand, string>> = {
  resume: 'Release the lever.',
  leash: 'Put the leash on: everything happens but the act.',
  unleash: 'Take the leash off: Capuchin may act.',
};

function addSwitches(capuchin: Command, { output, signal, leave }: Surroundings): void {
  capuchin.addCommand(
    deployed('halt', 'Engage the lever, undo everything that runs, and prove it; or end one experiment.')
      .argument('[experiment]', 'end only this one, and leave the lever alone')
      .requiredOption('--reason <text>', 'why, for the record')
      .option('--within <duration>', 'how long to wait for the proof', durationSeconds, 120)
      .option('--no-wait', 'leave at once, without proof')
      .option(...AS_JSON)
      .addHelpText(
        'after',
        '\nExamples:\n  capuchin halt --reason "checkout is slow"\n  capuchin halt shop-cart-2026-11-23-1a2b3c4d --reason "seen enough"\n' +
          '\nLeaves with 0 when every undo is confirmed and nothing is in flight, with 1 when that could not be seen, with 3 when the\n' +
          'experiment is not running. The lever stays engaged until "capuchin resume --reason ...".\n',
      )
      .action(async (experiment, options) => leave(await halt(output, experiment, options, signal))),
  );
  for (const [name, description] of Object.entries(SWITCHES) as [SwitchCommand, string][]) {
    capuchin.addCommand(
      deployed(name, description)
        .requiredOption('--reason <text>', 'why, for the record')
        .option(...AS_JSON)
        .action((options) => turnSwitch(output, name, options)),
    );
  }
}
