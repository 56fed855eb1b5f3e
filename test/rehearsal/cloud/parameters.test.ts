import {
  GetParameterCommand,
  GetParametersCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { expect, it } from 'vitest';
import { parameterStore } from '../../../lib/rehearsal/cloud/parameters.ts';
import { startCloud } from './local-cloud.ts';

const NOW = new Date('2026-03-02T10:00:00.500Z');

async function setUp() {
  const store = parameterStore(
    new Map([
      ['/capuchin/lever', 'released'],
      ['plain', 'x'],
    ]),
    { now: () => NOW },
  );
  const cloud = await startCloud({ services: { SSM: store.operations } });
  return { store, cloud, ssm: cloud.client(SSMClient) };
}

it('a parameter of the template is read by name and by ARN', async () => {
  const { ssm } = await setUp();
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/capuchin/lever' }));
  expect(Parameter).toEqual({
    Name: '/capuchin/lever',
    Type: 'String',
    Value: 'released',
    Version: 1,
    LastModifiedDate: NOW,
    ARN: 'arn:aws:ssm:eu-west-1:123456789012:parameter/capuchin/lever',
    DataType: 'text',
  });
  expect((await ssm.send(new GetParameterCommand({ Name: Parameter?.ARN }))).Parameter).toEqual(Parameter);
  const plain = await ssm.send(new GetParameterCommand({ Name: 'arn:aws:ssm:eu-west-1:123456789012:parameter/plain' }));
  expect(plain.Parameter?.Value).toBe('x');
});

it('an unknown parameter is ParameterNotFound, or one of InvalidParameters among several', async () => {
  const { ssm, cloud } = await setUp();
  await expect(ssm.send(new GetParameterCommand({ Name: '/gone' }))).rejects.toThrow(ParameterNotFound);
  const answer = await ssm.send(new GetParametersCommand({ Names: ['plain', '/gone', '/capuchin/lever'] }));
  expect(answer.Parameters?.map(({ Name }) => Name)).toEqual(['/capuchin/lever', 'plain']);
  expect(answer.InvalidParameters).toEqual(['/gone']);
  const many = ssm.send(new GetParametersCommand({ Names: Array.from({ length: 11 }, (_, n) => `p${n}`) }));
  await expect(many).rejects.toMatchObject({ name: 'ValidationException' });
  expect(cloud.defects).toEqual([]);
});

it('a put counts the version up, and replaces only when told to', async () => {
  const { ssm, store } = await setUp();
  const put = (Name: string, Value: string, Overwrite?: boolean) =>
    ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite }));
  await expect(put('/capuchin/lever', 'engaged')).rejects.toThrow(ParameterAlreadyExists);
  expect(store.value('/capuchin/lever')).toBe('released');
  expect((await put('/capuchin/lever', 'engaged', true)).Version).toBe(2);
  expect(store.value('/capuchin/lever')).toBe('engaged');
  expect((await put('/capuchin/new', 'x')).Version).toBe(1);
  expect((await ssm.send(new GetParameterCommand({ Name: '/capuchin/new' }))).Parameter?.Value).toBe('x');
});

it('a put of a new parameter needs a type, and a value that fits', async () => {
  const { ssm, cloud } = await setUp();
  const untyped = ssm.send(new PutParameterCommand({ Name: '/new', Value: 'x' }));
  await expect(untyped).rejects.toMatchObject({ name: 'ValidationException' });
  const large = ssm.send(new PutParameterCommand({ Name: '/new', Value: 'x'.repeat(4_097), Type: 'String' }));
  await expect(large).rejects.toMatchObject({ name: 'ValidationException' });
  expect(cloud.defects).toEqual([]);
  const secret = ssm.send(new PutParameterCommand({ Name: '/new', Value: 'x', Type: 'SecureString' }));
  await expect(secret).rejects.toMatchObject({ name: 'ValidationException' });
  expect(cloud.defects).toEqual([expect.stringMatching(/^SSM\.PutParameter .*Type/)]);
});
