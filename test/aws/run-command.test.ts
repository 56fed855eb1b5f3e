import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RunCommand } from '../../lib/aws/run-command.ts';
import { pointClientsAt } from './start-stack-tables.ts';

const command = {
  document: 'pause-container',
  instanceId: 'i-0123456789abcdef0',
  parameters: { action: 'apply', container: '*' },
  comment: 'Capuchin trial-1',
  deliverWithinSeconds: 30,
};
const CLUSTER = 'arn:aws:ecs:eu-west-1:111122223333:cluster/shop';
const HOST = 'arn:aws:ecs:eu-west-1:111122223333:container-instance/shop/aaaa';

type Answer = { status?: number; body: object } | 'hang up';
type Answers = Readonly<Record<string, readonly Answer[]>>;

const ok = (body: object): Answer => ({ body });
const error = (code: string, status = 400): Answer => ({ status, body: { __type: code, message: `${code} it is` } });
const invocation = (Status: string, more: object = {}): Answer =>
  ok({ CommandId: 'c-1', Status, StatusDetails: Status, ...more });
const printed = (text: string): Answer => invocation('Success', { StandardOutputContent: text });
const SENT = ok({ Command: { CommandId: 'c-1' } });

/** AWS on loopback: answers each operation with the next of its answers, the last for ever. */
async function anAws(answers: Answers) {
  const asked: { operation: string; input: Record<string, unknown> }[] = [];
  const server = createServer((request, response) => {
    void answerOne(request, response);
  });
  async function answerOne(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const before = asked.filter((one) => one.operation === operation).length;
    asked.push({ operation, input: JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown> });
    const all = answers[operation] ?? [];
    const answer = all[before] ?? all.at(-1) ?? error('UnknownOperationException');
    if (answer === 'hang up') return void request.socket.destroy();
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer.body));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  pointClientsAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const count = (operation: string) => asked.filter((one) => one.operation === operation).length;
  return { asked, count, port: new RunCommand({ documentPrefix: 'Capuchin-', limitMs: 4_000 }) };
}

describe('the host of a task', () => {
  it('is the instance behind its container instance', async () => {
    const { asked, port } = await anAws({
      DescribeContainerInstances: [
        ok({ containerInstances: [{ ec2InstanceId: 'i-1', agentConnected: true }], failures: [] }),
        ok({ containerInstances: [{ ec2InstanceId: 'i-1' }], failures: [] }),
        ok({ containerInstances: [{ agentConnected: true }], failures: [] }),
        ok({ containerInstances: [], failures: [{ arn: HOST, reason: 'MISSING' }] }),
      ],
    });
    expect(await port.hostOf(CLUSTER, HOST)).toEqual({ instanceId: 'i-1', agentConnected: true });
    expect(asked[0]?.input).toEqual({ cluster: CLUSTER, containerInstances: [HOST] });
    expect(await port.hostOf(CLUSTER, HOST)).toEqual({ instanceId: 'i-1', agentConnected: false });
    expect(await port.hostOf(CLUSTER, HOST)).toBeUndefined();
    expect(await port.hostOf(CLUSTER, HOST)).toBeUndefined();
  });
});

describe('sending a command', () => {
  it('names the stack’s document, one host, and the first alarm as one that must be readable', async () => {
    const { asked, port } = await anAws({ SendCommand: [SENT] });
    expect(await port.sendCommand({ ...command, alarms: ['cart-errors', 'other'] })).toEqual({ commandId: 'c-1' });
    expect(asked).toEqual([
      {
        operation: 'SendCommand',
        input: {
          DocumentName: 'Capuchin-pause-container',
          InstanceIds: [command.instanceId],
          Parameters: { action: ['apply'], container: ['*'] },
          Comment: 'Capuchin trial-1',
          TimeoutSeconds: 30,
          AlarmConfiguration: { Alarms: [{ Name: 'cart-errors' }], IgnorePollAlarmFailure: false },
        },
      },
    ]);
  });

  it('without alarms says nothing of alarms', async () => {
    const { asked, port } = await anAws({ SendCommand: [SENT] });
    await port.sendCommand({ ...command, alarms: [] });
    expect(asked[0]?.input).not.toHaveProperty('AlarmConfiguration');
  });

  it.each(['InvalidInstanceId', 'AccessDeniedException', 'ThrottlingException'])('tells %s as a no', async (code) => {
    const { count, port } = await anAws({ SendCommand: [error(code)] });
    expect(await port.sendCommand(command)).toEqual({ refused: { code, message: `${code} it is` } });
    expect(count('SendCommand')).toBe(1);
  });

  it.each<[string, Answer]>([
    ['a lost answer', 'hang up'],
    ['a 500', error('InternalServerError', 500)],
    ['an answer without a command', ok({})],
  ])('is tried once, and unknown after %s', async (_, answer) => {
    const { count, port } = await anAws({ SendCommand: [answer, SENT] });
    await expect(port.sendCommand(command)).rejects.toThrow();
    expect(count('SendCommand')).toBe(1);
  });
});

describe('running a command', () => {
  it('waits while it is not shown and not ended, and gives its last line', async () => {
    const { asked, count, port } = await anAws({
      SendCommand: [SENT],
      GetCommandInvocation: [
        error('InvocationDoesNotExist'),
        invocation('Pending'),
        invocation('InProgress'),
        printed('some talk\n{"capuchin":1,"code":"undone","undone":true}\n'),
      ],
    });
    expect(await port.runCommand(command)).toEqual({ capuchin: 1, code: 'undone', undone: true });
    expect(count('GetCommandInvocation')).toBe(4);
    expect(asked.at(-1)?.input).toEqual({ CommandId: 'c-1', InstanceId: command.instanceId });
  });

  it('sends again after a lost answer, for it may happen twice', async () => {
    const { count, port } = await anAws({
      SendCommand: ['hang up', SENT],
      GetCommandInvocation: [printed('{"capuchin":1}')],
    });
    expect(await port.runCommand(command)).toEqual({ capuchin: 1 });
    expect(count('SendCommand')).toBe(2);
  });

  it.each<[string, Answer]>([
    [
      'Failed with exit code 127: sh: no docker',
      invocation('Failed', { ResponseCode: 127, StandardErrorContent: 'sh: no docker\n' }),
    ],
    ['ended as DeliveryTimedOut', invocation('TimedOut', { StatusDetails: 'DeliveryTimedOut', ResponseCode: -1 })],
    ['ended as Cancelled', invocation('Cancelled')],
    ['without its line of JSON, but with: oh dear', printed('oh dear')],
    ['not Capuchin', printed('{"other":1}')],
    ['not Capuchin', printed('null')],
    ['AccessDeniedException', error('AccessDeniedException')],
  ])('throws: %s', async (message, answer) => {
    const { port } = await anAws({ SendCommand: [SENT], GetCommandInvocation: [answer] });
    await expect(port.runCommand(command)).rejects.toThrow(message);
  });

  it('throws when the command cannot be sent', async () => {
    const { port } = await anAws({ SendCommand: [error('InvalidInstanceId')] });
    await expect(port.runCommand(command)).rejects.toThrow('InvalidInstanceId');
  });

  it('gives up at its limit and says how it stood', async () => {
    const { port } = await anAws({ SendCommand: [SENT], GetCommandInvocation: [invocation('InProgress')] });
    const began = performance.now();
    await expect(port.runCommand(command)).rejects.toThrow(
      /pause-container on i-\w+ \(command c-1\) has not ended within 4 s; it is InProgress/,
    );
    expect(performance.now() - began).toBeGreaterThan(2_000);
  });
});
