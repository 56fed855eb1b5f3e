import { Command, Option } from '@commander-js/extra-typings';

/** A command that talks to a deployed stack, or may. */
export function deployed(name: string, description: string) {
  return new Command(name)
    .description(description)
    .addOption(new Option('--stack <name>', 'the deployed stack').default('Capuchin').env('CAPUCHIN_STACK'))
    .option('--region <region>', 'AWS region (default: from the environment)')
    .option('--profile <profile>', 'AWS profile (default: from the environment)');
}

export const AS_JSON = ['--json', 'print one JSON document'] as const;
