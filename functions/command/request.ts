import * as z from 'zod';
import type { Config } from '../../lib/core/config.ts';
import { SKIPPABLE } from '../../lib/core/experiment.ts';
import type { Refusal } from '../../lib/core/refusal.ts';
import { targetsSchema } from '../../lib/core/target-count.ts';
import type { GroupsAnswer } from './groups.ts';

const by = {
  version: z.literal(1),
  actor: z.string().min(1).max(512).describe('Who asks, for the record: an ARN or a name.'),
  reason: z.string().trim().min(1).max(512).describe('Why, for the record.'),
};

const run = z.strictObject({
  command: z.literal('run'),
  ...by,
  /** A `group` tag (256 characters at most), or cluster and service (255 each); a longer name is nobody's. */
  group: z.string().min(1).max(511),
  /** Default: one is drawn among those that the group allows. */
  fault: z.string().min(1).optional(),
  parameters: z.record(z.string(), z.unknown()).default({}),
  /** A count up to 10, or a fraction of desired below 1. */
  targets: targetsSchema.optional(),
  skip: z.array(z.enum(SKIPPABLE)).default([]),
  leashed: z.boolean().default(false),
});

/** What can be asked of the command function: its public contract. */
export const commandRequestSchema = z.discriminatedUnion('command', [
  run,
  /** Who has opted in, as the deployed config and the tags say now. */
  z.strictObject({
    command: z.literal('groups'),
    ...by,
    /** Name behind which the page begins, as the answer before said. */
    after: z.string().min(1).optional(),
  }),
  /** The config that is deployed, with its calendar. */
  z.strictObject({ command: z.literal('config'), ...by }),
  /** What is in flight now, and what has ended with a fault that may still be on a target. */
  z.strictObject({ command: z.literal('running'), ...by }),
  /** Engages the lever and ends everything that runs; or, with an experiment, ends that one only and leaves the lever alone. */
  z.strictObject({ command: z.literal('halt'), ...by, experiment: z.string().min(1).max(64).optional() }),
  z.strictObject({ command: z.literal('resume'), ...by }),
  z.strictObject({ command: z.literal('leash'), ...by }),
  z.strictObject({ command: z.literal('unleash'), ...by }),
]);
export type CommandRequest = z.output<typeof commandRequestSchema>;
export type HaltRequest = Extract<CommandRequest, { command: 'halt' }>;
export type SwitchRequest = Extract<CommandRequest, { command: 'halt' | 'resume' | 'leash' | 'unleash' }>;
export type RunRequest = z.output<typeof run>;

export interface SwitchAnswer {
  readonly accepted: true;
  readonly switched: 'lever' | 'leash';
  readonly on: boolean;
  /** False when the switch was turned and its record could not be written. */
  readonly recorded: boolean;
}

/** An experiment in flight. When it is being ended, its chain tells when it is undone. */
export interface Halting {
  readonly experiment: string;
  readonly group: string;
  readonly targets: readonly string[];
  /** Whether there is anything that has to be taken away. */
  readonly reversible: boolean;
}

export interface HaltAnswer extends Omit<SwitchAnswer, 'switched' | 'on'> {
  readonly halting: readonly Halting[];
  /** Whether the lever is engaged by this. */
  readonly lever: boolean;
  /** Why what runs could not be listed, or its undo not called for; the experiments themselves still meet the lever. */
  readonly problem?: string;
}

/** What it answers, at once. */
export type CommandAnswer =
  | GroupsAnswer
  | { readonly config: Config }
  | { readonly running: readonly Halting[] }
  | { readonly accepted: true; readonly experiment: string; readonly group: string; readonly fault: string }
  | SwitchAnswer
  | HaltAnswer
  | { readonly accepted: false; readonly experiment: string; readonly refusals: readonly Refusal[] };
