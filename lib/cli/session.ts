import * as z from 'zod';
import { AuditTable } from '../aws/audit-table.ts';
import { type Deployment, readDeployment } from '../aws/deployment.ts';
import { Functions } from '../aws/functions.ts';
import { callerIdentity } from '../aws/identity.ts';
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

const refusals = z.array(z.object({ code: z.string(), because: z.string(), facts: z.record(z.string(), z.unknown()) }));

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
  groups: z.object({
    groups: z.array(
      z.looseObject({
        name: z.string(),
        members: z.array(z.looseObject({ cluster: z.string(), service: z.string() })),
        settings: z.looseObject({
          profile: z.string(),
          faults: z.array(z.string()),
          meanDays: z.number(),
          minDays: z.number(),
          minRemaining: z.number(),
        }),
      }),
    ),
    problems: z.array(
      z.object({ group: z.string(), resource: z.string(), tag: z.string(), value: z.string(), problem: z.string() }),
    ),
  }),
  plan: z.object({
    plans: z.array(
      z.looseObject({
        name: z.string(),
        isNew: z.boolean(),
        experiments: z.array(
          z.looseObject({
            experiment: z.string(),
            group: z.string(),
            fault: z.string(),
            at: z.string(),
            offsetSeconds: z.number(),
          }),
        ),
      }),
    ),
    problems: z.array(z.looseObject({ group: z.string(), tag: z.string(), value: z.string(), problem: z.string() })),
  }),
};
