import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';

const deploymentSchema = z.object({
  AuditTable: z.string(),
  StateTable: z.string(),
  PlanFunction: z.string(),
  CommandFunction: z.string(),
  HaltFunction: z.string(),
  SweepFunction: z.string(),
  NoticeTopic: z.string(),
  LeverParameter: z.string(),
  LeashParameter: z.string(),
  ScheduleGroup: z.string(),
  TagPrefix: z.string(),
});

/** Names of a deployed stack's parts. */
export type Deployment = z.output<typeof deploymentSchema>;

/** Reads where a stack's parts are; undefined when there is no such stack in this account and region. */
export async function readDeployment(stack: string): Promise<Deployment | undefined> {
  try {
    const { Parameter } = await new SSMClient(CLIENT_OPTIONS).send(
      new GetParameterCommand({ Name: `/${stack}/deployment` }),
    );
    return deploymentSchema.parse(JSON.parse(Parameter?.Value ?? ''));
  } catch (error) {
    if (awsErrorOf(error)?.name === 'ParameterNotFound') return undefined;
    throw error;
  }
}
