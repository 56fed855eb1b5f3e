import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeContainerInstancesCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  GetCommandInvocationCommand,
  type GetCommandInvocationResult,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { HostCommand, HostCommands, Sent } from '../faults/host-commands.ts';
import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';
import { refusedBy } from './one-try.ts';

/** Where the documents are, and how long to wait for a command. */
export interface RunCommandOptions {
  /** What the stack puts before each document's name. */
  readonly documentPrefix: string;
  /** How long `runCommand` waits for the answer, in milliseconds from when it sent the command; 15,000 by default. */
  readonly limitMs?: number;
}

/** First and longest pause between two looks at a command, in milliseconds. */
const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 1_500;

/** Statuses in which a command has not ended yet (API reference of GetCommandInvocation). */
const UNDER_WAY: ReadonlySet<string> = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling']);

/** Runs Capuchin's documents on container hosts by Systems Manager Run Command. One instance a process. */
export class RunCommand implements HostCommands {
  readonly #prefix: string;
  readonly #limitMs: number;
  /** For acts: a second try after a lost answer would be a second command. */
  readonly #once = new SSMClient({ ...CLIENT_OPTIONS, maxAttempts: 1 });
  readonly #client = new SSMClient(CLIENT_OPTIONS);
  readonly #ecs = new ECSClient(CLIENT_OPTIONS);
  readonly #ec2 = new EC2Client(CLIENT_OPTIONS);

  constructor({ documentPrefix, limitMs = 15_000 }: RunCommandOptions) {
    this.#prefix = documentPrefix;
    this.#limitMs = limitMs;
  }

  async hostOf(clusterArn: string, containerInstanceArn: string): ReturnType<HostCommands['hostOf']> {
    const { containerInstances: [found] = [] } = await this.#ecs.send(
      new DescribeContainerInstancesCommand({ cluster: clusterArn, containerInstances: [containerInstanceArn] }),
    );
    // A container instance that is not on EC2 has no such id, and cannot be told from one that ECS does not know.
    if (found?.ec2InstanceId === undefined) return undefined;
    return { instanceId: found.ec2InstanceId, agentConnected: found.agentConnected ?? false };
  }

  async isTerminated(instanceId: string): Promise<boolean> {
    try {
      const { Reservations = [] } = await this.#ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
      return Reservations.flatMap(({ Instances = [] }) => Instances).every(({ State }) => State?.Name === 'terminated');
    } catch (error) {
      if (awsErrorOf(error)?.name === 'InvalidInstanceID.NotFound') return true;
      throw error;
    }
  }

  async sendCommand(command: HostCommand): Promise<Sent> {
    try {
      return { commandId: await this.#send(this.#once, command) };
    } catch (error) {
      return refusedBy(error);
    }
  }

  async runCommand(command: HostCommand): Promise<Readonly<Record<string, unknown>>> {
    const deadlineMs = performance.now() + this.#limitMs;
    const commandId = await this.#send(this.#client, command);
    const told = `${command.document} on ${command.instanceId} (command ${commandId})`;
    let pauseMs = FIRST_PAUSE_MS;
    let status = 'not there yet';
    while (performance.now() + pauseMs < deadlineMs) {
      await sleep(pauseMs);
      pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
      const invocation = await this.#invocation(commandId, command.instanceId);
      status = invocation?.Status ?? status;
      if (invocation === undefined || UNDER_WAY.has(status)) continue;
      if (status === 'Success') return answerOf(invocation, told);
      throw new Error(`${told} ended as ${invocation.StatusDetails ?? status}${reasonOf(invocation)}`);
    }
    throw new Error(`${told} has not ended within ${this.#limitMs / 1000} s; it is ${status}`);
  }

  async #send(client: SSMClient, command: HostCommand): Promise<string> {
    const { document, instanceId, parameters, comment, deliverWithinSeconds, alarms: [alarm] = [] } = command;
    const { Command } = await client.send(
      new SendCommandCommand({
        DocumentName: `${this.#prefix}${document}`,
        InstanceIds: [instanceId],
        Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
        Comment: comment,
        TimeoutSeconds: deliverWithinSeconds,
        ...(alarm === undefined
          ? {}
          : { AlarmConfiguration: { Alarms: [{ Name: alarm }], IgnorePollAlarmFailure: false } }),
      }),
    );
    const id = Command?.CommandId;
    if (id === undefined)
      throw new Error(`SendCommand of ${document} to ${instanceId} was answered without a command id`);
    return id;
  }

  /** A command as it is on its host; undefined while Run Command does not show it yet. */
  async #invocation(commandId: string, instanceId: string): Promise<GetCommandInvocationResult | undefined> {
    try {
      return await this.#client.send(new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId }));
    } catch (error) {
      if (awsErrorOf(error)?.name === 'InvocationDoesNotExist') return undefined;
      throw error;
    }
  }
}

/** The line of JSON with which a host script ends. */
function answerOf({ StandardOutputContent = '' }: GetCommandInvocationResult, told: string): Record<string, unknown> {
  const line = StandardOutputContent.trimEnd().split('\n').at(-1) ?? '';
  let answer: unknown;
  try {
    answer = JSON.parse(line);
  } catch (cause) {
    throw new Error(`${told} ended without its line of JSON, but with: ${line.slice(0, 200)}`, { cause });
  }
  if (typeof answer !== 'object' || answer === null || !('capuchin' in answer)) {
    throw new Error(`${told} ended with a line that is not Capuchin's: ${line.slice(0, 200)}`);
  }
  return answer as Record<string, unknown>;
}

function reasonOf({ ResponseCode, StandardErrorContent = '' }: GetCommandInvocationResult): string {
  const code = ResponseCode === undefined || ResponseCode < 0 ? '' : ` with exit code ${ResponseCode}`;
  const words = StandardErrorContent.trim().slice(-300);
  return words === '' ? code : `${code}: ${words}`;
}
