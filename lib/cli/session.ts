import * as z from 'zod';
import { AuditTable } from '../aws/audit-table.ts';
import { type Deployment, readDeployment } from '../aws/deployment.ts';
import { Functions } from '../aws/functions.ts';
import { callerIdentity } from '../aws/identity.ts';
import { WEEKDAYS } from '../core/window.ts';
import { CommandFailed } from './exit.ts';

/** Options that every command which talks to AWS has. */
export interface SessionOptions {
  readonly stack: string;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}

/** A deployed Capuchin, as a command reaches it. */
export interface Session {
  readonly deployment: Deployment;
  readonly audit: AuditTable;
  readonly functions: Functions;
  /** ARN of whoever runs the command. */
  actor(): Promise<string>;
}

/** Finds the deployment in the account and region that the environment names. */
export async function openSession({ stack, region, profile }: SessionOptions): Promise<Session> {
  if (region) process.env.AWS_REGION = region;
  if (profile) process.env.AWS_PROFILE = profile;
  const deployment = await readDeployment(stack);
  if (deployment === undefined) {
    throw new CommandFailed(
      `no Capuchin stack "${stack}" in this account and region; deploy it with "npx cdk deploy", or name another with --stack or --region`,
    );
  }
  return {
    deployment,
    audit: new AuditTable(deployment.AuditTable),
    functions: new Functions(),
    actor: async () => (await callerIdentity()).arn,
  };
}

/** Asks a function, and checks that its answer has the form that this version of the command line knows. */
export async function ask<Schema extends z.ZodType>(
  session: Session,
  functionName: string,
  event: object,
  answer: Schema,
): Promise<z.output<Schema>> {
  const parsed = answer.safeParse(await session.functions.ask(functionName, event));
  if (parsed.success) return parsed.data;
  throw new CommandFailed(
    `${functionName} gave an answer that this version does not know; are stack and command line of one version?`,
  );
}

/** An answer that lists groups page by page. */
type GroupsPage = z.ZodType<{ groups: unknown[]; next?: string | undefined }>;

/** Asks for all groups, however many answers that takes. */
export async function askGroups<Schema extends GroupsPage>(
  session: Session,
  answer: Schema,
  actor: string,
): Promise<z.output<Schema>> {
  const by = { version: 1, command: 'groups', actor, reason: 'look at the groups' };
  const first = await ask(session, session.deployment.CommandFunction, by, answer);
  const groups = [...first.groups];
  for (let after = first.next; after !== undefined; ) {
    const page = await ask(session, session.deployment.CommandFunction, { ...by, after }, answer);
    groups.push(...page.groups);
    after = page.next;
  }
  const { next: _, ...whole } = { ...first, groups };
  return whole as z.output<Schema>;
}

const refusals = z.array(z.object({ code: z.string(), because: z.string(), facts: z.record(z.string(), z.unknown()) }));

/** What a list of groups or a plan had to leave out. */
const leftOut = {
  problems: z.array(
    z.looseObject({ group: z.string(), resource: z.string(), tag: z.string(), value: z.string(), problem: z.string() }),
  ),
  unread: z.array(z.object({ resource: z.string(), because: z.string() })),
};

const anExperiment = { experiment: z.string(), group: z.string(), fault: z.string(), at: z.string(), zone: z.string() };

const anInFlight = z.object({
  experiment: z.string(),
  group: z.string(),
  targets: z.array(z.string()),
  reversible: z.boolean(),
});

const aPlan = {
  name: z.string(),
  date: z.string().optional(),
  zone: z.string().optional(),
  experiments: z.array(z.looseObject(anExperiment)),
  notPlanned: z.record(z.string(), z.number()),
};

/** Answers of the functions, as far as the command line uses them. */
export const ANSWERS = {
  run: z.discriminatedUnion('accepted', [
    z.object({ accepted: z.literal(true), experiment: z.string(), group: z.string(), fault: z.string() }),
    z.object({ accepted: z.literal(false), experiment: z.string(), refusals }),
  ]),
  switch: z.object({
    accepted: z.literal(true),
    switched: z.enum(['lever', 'leash']),
    on: z.boolean(),
    recorded: z.boolean(),
  }),
  halt: z.discriminatedUnion('accepted', [
    z.object({
      accepted: z.literal(true),
      lever: z.boolean(),
      recorded: z.boolean(),
      halting: z.array(anInFlight),
      problem: z.string().optional(),
    }),
    z.object({ accepted: z.literal(false), experiment: z.string(), refusals }),
  ]),
  running: z.object({ running: z.array(anInFlight) }),
  groups: z.object({
    groups: z.array(
      z.looseObject({
        name: z.string(),
        members: z.array(z.looseObject({ cluster: z.string(), service: z.string() })),
        hosts: z.array(z.looseObject({ kind: z.string(), name: z.string() })),
        settings: z.looseObject({
          profile: z.string(),
          faults: z.array(z.object({ name: z.string(), weight: z.number() })),
          meanDays: z.number(),
          minDays: z.number(),
          minRemaining: z.number(),
          window: z.object({
            hours: z.array(z.object({ fromMinute: z.number(), toMinute: z.number() })),
            days: z.array(z.enum(WEEKDAYS)),
            zone: z.string(),
          }),
        }),
      }),
    ),
    ...leftOut,
    excluded: z.array(z.object({ group: z.string(), resource: z.string(), code: z.string(), because: z.string() })),
    next: z.string().optional(),
  }),
  plan: z.object({ plans: z.array(z.looseObject({ ...aPlan, isNew: z.boolean() })), ...leftOut }),
  preview: z.object({
    plans: z.array(
      z.looseObject({
        ...aPlan,
        isKept: z.boolean(),
        cancelled: z.array(z.string()),
        why: z.looseObject({ group: z.string(), because: z.string(), detail: z.string() }).optional(),
      }),
    ),
    ...leftOut,
  }),
  planList: z.object({
    plans: z.array(
      z.looseObject({
        name: z.string(),
        experiments: z.array(z.object({ ...anExperiment, status: z.string() })),
      }),
    ),
  }),
  planCancel: z.discriminatedUnion('cancelled', [
    z.object({
      cancelled: z.literal(true),
      experiment: z.string(),
      group: z.string(),
      at: z.string(),
      recorded: z.boolean(),
    }),
    z.object({ cancelled: z.literal(false), experiment: z.string(), because: z.string() }),
  ]),
  planRestore: z.object({
    restored: z.array(z.object({ experiment: z.string(), group: z.string(), at: z.string() })),
    waiting: z.number(),
  }),
};
