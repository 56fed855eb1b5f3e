import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { CloudWatchClient, ListDashboardsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeCapacityProvidersCommand, ECSClient, ListServicesCommand, ServerException } from '@aws-sdk/client-ecs';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListTagsForResourceCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { createCallLog } from '../../../lib/rehearsal/cloud/call-log.ts';
import { ecsOperations } from '../../../lib/rehearsal/cloud/ecs.ts';
import { AwsError, type Caller, type ServedService, serve } from '../../../lib/rehearsal/cloud/operation.ts';
import { parameterStore } from '../../../lib/rehearsal/cloud/parameters.ts';
import { startServer } from '../../../lib/rehearsal/cloud/server.ts';
import { ACCOUNT, FakeFleet, REGION } from './fake-fleet.ts';
import { startCloud } from './local-cloud.ts';

afterEach(() => vi.unstubAllEnvs());

/** STS whose one operation does as the test says. */
function sts(answer: (caller: Caller) => Promise<object> | object): ServedService {
  return { GetCallerIdentity: serve({ input: z.strictObject({}), answer: (_input, caller) => answer(caller) }) };
}

/** SSM with one operation that does as the test says. */
function ssm(answer: () => Promise<object> | object): ServedService {
  return { ...parameterStore(new Map()).operations, GetParameter: serve({ input: z.looseObject({}), answer }) };
}

/** Lambda whose Invoke gives this answer. */
function lambdaAnswering(answer: object): ServedService {
  const anything = z.looseObject({});
  return {
    Invoke: serve({ input: anything, answer: () => ({ StatusCode: 200, ...answer }) }),
    CheckpointDurableExecution: serve({ input: anything, answer: () => ({}) }),
    GetDurableExecutionState: serve({ input: anything, answer: () => ({}) }),
  };
}

const read = () => new GetParameterCommand({ Name: 'x' });

describe('a call', () => {
  it('reaches the server through AWS_ENDPOINT_URL alone, and carries its caller', async () => {
    const callers: Caller[] = [];
    const { server, callLog } = await startCloud({
      services: {
        STS: sts((caller) => {
          callers.push(caller);
          return { Account: caller.accountId };
        }),
      },
    });
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAENVIRONMENT');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_REGION', 'us-west-2');
    const client = new STSClient();
    const { Account, $metadata } = await client.send(new GetCallerIdentityCommand({}));
    client.destroy();
    expect(Account).toBe(ACCOUNT);
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(callers).toEqual([{ accessKeyId: 'AKIAENVIRONMENT', region: 'us-west-2', accountId: ACCOUNT }]);
    expect(callLog.byAccessKey('AKIAENVIRONMENT')).toEqual({ 'STS.GetCallerIdentity': 1 });
  });

  it('of an operation that is not served is UnknownOperationException and a defect, in each protocol', async () => {
    const { client, defects, callLog } = await startCloud({ services: { ECS: ecsOperations(new FakeFleet()) } });
    const unknown = { name: 'UnknownOperationException' };
    await expect(client(ECSClient).send(new DescribeCapacityProvidersCommand({}))).rejects.toMatchObject(unknown);
    await expect(client(CloudWatchClient).send(new ListDashboardsCommand({}))).rejects.toMatchObject(unknown);
    await expect(client(STSClient).send(new GetSessionTokenCommand({}))).rejects.toMatchObject(unknown);
    await expect(client(LambdaClient).send(new ListFunctionsCommand({}))).rejects.toMatchObject(unknown);
    const tags = new ListTagsForResourceCommand({ ResourceArn: 'arn:aws:scheduler:eu-west-1:1:schedule-group/a' });
    await expect(client(SchedulerClient).send(tags)).rejects.toMatchObject(unknown);
    // Served in principle, but this server was started without SSM.
    await expect(client(SSMClient).send(read())).rejects.toMatchObject(unknown);
    expect(defects).toEqual([
      expect.stringContaining('asked for ECS.DescribeCapacityProviders'),
      expect.stringContaining('asked for CloudWatch.ListDashboards'),
      expect.stringContaining('the form action "GetSessionToken"'),
      expect.stringMatching(/GET \/2015-03-31\/functions\/? of lambda/),
      expect.stringMatching(/GET \/tags\/.* of scheduler/),
      expect.stringContaining('asked for SSM.GetParameter'),
    ]);
    expect(callLog.counts()).toEqual({ 'SSM.GetParameter': 1 });
  });

  it('with an unknown or malformed parameter is the service’s own error and a defect that names it', async () => {
    const fleet = new FakeFleet();
    fleet.addCluster('shop');
    const { client, defects } = await startCloud({ services: { ECS: ecsOperations(fleet), STS: sts(() => ({})) } });
    const ecs = client(ECSClient);
    const invalid = { name: 'InvalidParameterException', $metadata: { httpStatusCode: 400 } };
    const unknown = new ListServicesCommand({ cluster: 'shop', launchType: 'EC2' });
    await expect(ecs.send(unknown)).rejects.toMatchObject(invalid);
    const malformed = new ListServicesCommand({ cluster: 'shop', maxResults: 1.5 });
    await expect(ecs.send(malformed)).rejects.toMatchObject(invalid);
    expect(defects).toEqual([
      expect.stringMatching(/^ECS\.ListServices .*unknown parameter launchType/),
      expect.stringMatching(/^ECS\.ListServices .*maxResults/),
    ]);
  });

  it('with a body that is no JSON is SerializationException and a defect', async () => {
    const { server, defects } = await startCloud({ services: { ECS: ecsOperations(new FakeFleet()) } });
    const answer = await post(server.url, { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListTasks' }, '{"a":');
    expect([answer.status, await answer.json()]).toMatchObject([400, { __type: 'SerializationException' }]);
    expect(defects).toHaveLength(1);
  });

  it('without a credential is refused, so that a web page cannot call', async () => {
    const { server, defects, callLog } = await startCloud({ services: { STS: sts(() => ({})) } });
    const body = 'Action=GetCallerIdentity&Version=2011-06-15';
    const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: '' };
    const answer = await post(server.url, headers, body);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect([defects, callLog.counts()]).toEqual([[], {}]);
  });

  it('larger than any AWS payload is refused', async () => {
    const { server } = await startCloud({ services: { ECS: ecsOperations(new FakeFleet()) } });
    const target = { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListTasks' };
    const answer = await post(server.url, target, `{"cluster":"${'x'.repeat(17 * 1024 * 1024)}"}`);
    expect(answer.status).toBe(413);
  });
});

describe('a handler’s error', () => {
  it('is an AWS error with its fields and status when it is an AwsError, and no defect', async () => {
    const { client, defects } = await startCloud({
      services: {
        SSM: ssm(() => {
          throw new AwsError('ThrottlingException', 'Rate exceeded', 400, { QuotaCode: 'L-1' });
        }),
      },
    });
    const answer = client(SSMClient).send(read());
    await expect(answer).rejects.toMatchObject({
      name: 'ThrottlingException',
      message: 'Rate exceeded',
      QuotaCode: 'L-1',
    });
    expect(defects).toEqual([]);
  });

  it('is InternalFailure and a defect when it is anything else', async () => {
    const causes: unknown[] = [];
    const boom = new TypeError('boom');
    const { client } = await startCloud({
      services: { SSM: ssm(() => Promise.reject(boom)) },
      onDefect: (sentence, cause) => causes.push(sentence, cause),
    });
    const answer = client(SSMClient).send(read());
    await expect(answer).rejects.toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
    expect(causes).toEqual([expect.stringMatching(/SSM\.GetParameter \(boom\)/), boom]);
    await expect(answer).rejects.not.toBeInstanceOf(ServerException);
  });
});

describe('the server', () => {
  it('says which port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const start = startServer({
      services: {},
      port,
      accountId: ACCOUNT,
      callLog: createCallLog(),
      onDefect: () => undefined,
    });
    await expect(start).rejects.toThrow(`Port ${port} of 127.0.0.1 is already in use`);
    await new Promise((resolve) => other.close(resolve));
  });

  it('closes at once although clients keep their connections, and frees the port', async () => {
    const { server, client } = await startCloud({ services: { SSM: ssm(() => ({})) }, closeWithinMs: 60_000 });
    await client(SSMClient).send(read());
    await server.close();
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('lets a call in flight finish when it closes', async () => {
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<object>();
    const services = {
      SSM: ssm(() => {
        started.resolve();
        return finish.promise;
      }),
    };
    const { server, client } = await startCloud({ services, closeWithinMs: 60_000 });
    const call = client(SSMClient).send(read());
    await started.promise;
    const closed = server.close();
    finish.resolve({ Parameter: { Name: 'x', Version: 7 } });
    expect((await call).Parameter?.Version).toBe(7);
    await closed;
  });

  it('cuts off a call that never ends', async () => {
    const started = Promise.withResolvers<void>();
    const services = {
      SSM: ssm(() => {
        started.resolve();
        return new Promise<object>(() => undefined);
      }),
    };
    const { server, client, defects } = await startCloud({ services, closeWithinMs: 50 });
    const call = expect(client(SSMClient).send(read())).rejects.toThrow();
    await started.promise;
    await server.close();
    await call;
    expect(defects).toEqual([]);
  });

  it('takes a caller that leaves in the middle of its request for no defect', async () => {
    const { server, defects, client } = await startCloud({ services: { SSM: ssm(() => ({})) } });
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf');
    await client(SSMClient).send(read());
    socket.resetAndDestroy();
    await server.close();
    expect(defects).toEqual([]);
  });

  it('reports an answer that HTTP cannot carry', async () => {
    const { client, defects } = await startCloud({
      services: { Lambda: lambdaAnswering({ FunctionError: 'two\nlines' }) },
    });
    await expect(client(LambdaClient).send(new InvokeCommand({ FunctionName: 'plan' }))).rejects.toThrow();
    expect(defects).toEqual([expect.stringContaining('could not write an answer')]);
  });

  it('writes timestamps as seconds and blobs as base64, and leaves absent members out', async () => {
    const at = new Date('2026-03-02T10:00:00.250Z');
    const answer = { Parameter: { LastModifiedDate: at, Name: undefined, Value: new Uint8Array([1, 2]) } };
    const { server } = await startCloud({ services: { SSM: ssm(() => answer) } });
    const raw = await post(server.url, { 'x-amz-target': 'AmazonSSM.GetParameter' }, '{}');
    expect(raw.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(await raw.json()).toEqual({ Parameter: { LastModifiedDate: at.getTime() / 1_000, Value: 'AQI=' } });
  });
});

function post(url: string, headers: Record<string, string>, body: string): Promise<Response> {
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIATEST/20260302/${REGION}/any/aws4_request, SignedHeaders=host`;
  return fetch(url, { method: 'POST', headers: { authorization, connection: 'close', ...headers }, body });
}
