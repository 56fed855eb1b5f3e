import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readStack, type SynthesizedStack } from '../../../lib/rehearsal/cloud/assembly.ts';
import { provision } from '../../../lib/rehearsal/cloud/provision.ts';
import type { DeclaredResource } from '../../../lib/rehearsal/cloud/template.ts';
import { synthesizeFixture } from './fixture/stack.ts';

const account = { accountId: '123456789012', region: 'eu-central-1' };
let assembly: Awaited<ReturnType<typeof synthesizeFixture>>;
let stack: SynthesizedStack;
beforeAll(async () => {
  assembly = await synthesizeFixture();
  stack = await readStack(assembly.directory);
});
afterAll(() => assembly.remove());

/** The fixture's stack with one more resource. */
function withResource(Extra: DeclaredResource): SynthesizedStack {
  return { ...stack, template: { ...stack.template, Resources: { ...stack.template.Resources, Extra } } };
}

it('reads what cdk synth wrote, down to the bundle of each function', () => {
  const { functions, stackName, outputs } = provision(stack, account);
  expect(stackName).toBe('Fixture');
  const plain = functions.find(({ logicalId }) => logicalId.startsWith('Plain'));
  expect(plain).toMatchObject({
    handler: 'index.plain',
    timeoutSeconds: 30,
    memoryMegabytes: 256,
    durable: null,
    eventInvoke: { $LATEST: { maximumRetryAttempts: 2, maximumEventAgeSeconds: 300 } },
  });
  expect(existsSync(join(plain?.codeFolder ?? '', 'index.mjs'))).toBe(true);
  expect(outputs).toEqual({ PlainArn: plain?.arn });
  const durable = functions.find(({ logicalId }) => logicalId.startsWith('Durable'));
  expect(durable).toMatchObject({
    durable: { executionTimeoutSeconds: 600 },
    versions: ['1'],
    aliases: { live: '1' },
  });
});

it('gives a resource the same name in every rehearsal, and the one that the template says', () => {
  const first = provision(stack, account);
  expect(provision(stack, account).names).toEqual(first.names);
  expect(first.parameters).toEqual([expect.objectContaining({ name: '/fixture/lever', value: 'released' })]);
  expect(first.scheduleGroups).toEqual(['fixture']);
  for (const { name } of first.functions) expect(name).toMatch(/^Fixture-[\w-]{1,54}$/);
});

it('keeps schedules, tables and the policies of roles as data', () => {
  const { schedules, tables, roles, functions } = provision(stack, account);
  expect(schedules).toEqual([
    expect.objectContaining({
      groupName: 'fixture',
      properties: expect.objectContaining({
        ScheduleExpression: 'cron(0 5 * * ? *)',
        Target: expect.objectContaining({ RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 300 } }),
      }),
    }),
  ]);
  expect(tables).toHaveLength(2);
  const plain = functions.find(({ logicalId }) => logicalId.startsWith('Plain'));
  const role = roles.find(({ arn }) => arn === plain?.roleArn);
  expect(JSON.stringify(role?.policies)).toContain('dynamodb:PutItem');
});

const commandContent = {
  schemaVersion: '2.2',
  mainSteps: [{ action: 'aws:runShellScript', name: 'run', inputs: { runCommand: ['true'] } }],
};

it('reads SSM documents with their names', () => {
  const Properties = { Name: 'Fixture-pause', DocumentType: 'Command', Content: commandContent };
  const { documents, names } = provision(withResource({ Type: 'AWS::SSM::Document', Properties }), account);
  expect(documents).toEqual([{ name: 'Fixture-pause', content: expect.objectContaining({ schemaVersion: '2.2' }) }]);
  expect(names.Extra).toBe('Fixture-pause');
});

it.each<[string, DeclaredResource, RegExp]>([
  [
    'a document that it cannot run',
    {
      Type: 'AWS::SSM::Document',
      Properties: { Name: 'Fixture-x', DocumentType: 'Command', Content: { ...commandContent, mainSteps: [] } },
    },
    /^Extra \(AWS::SSM::Document\): .*mainSteps/s,
  ],
  ['a resource type that it does not know', { Type: 'AWS::EC2::VPC' }, /^Extra: .*AWS::EC2::VPC/],
  [
    'a property that it does not honour',
    { Type: 'AWS::Lambda::Version', Properties: { FunctionName: 'x', RuntimePolicy: {} } },
    /^Extra \(AWS::Lambda::Version\): .*RuntimePolicy/s,
  ],
  [
    'code that is not in the assembly',
    {
      Type: 'AWS::Lambda::Function',
      Properties: { Code: { S3Bucket: 'b', S3Key: 'k.zip' }, Handler: 'a.b', Role: 'r', Runtime: 'nodejs24.x' },
    },
    /^Extra: its code k.zip/,
  ],
  [
    'a function that is not Node.js',
    {
      Type: 'AWS::Lambda::Function',
      Properties: { Code: { S3Bucket: 'b', S3Key: 'k.zip' }, Handler: 'a.b', Role: 'r', Runtime: 'python3.13' },
    },
    /^Extra \(AWS::Lambda::Function\): .*Node\.js functions only/s,
  ],
])('refuses %s, and names it', (_, resource, message) => {
  expect(() => provision(withResource(resource), account)).toThrow(message);
});

it('says what is there when the stack is not, or when nothing was synthesized', async () => {
  await expect(readStack(assembly.directory, 'Other')).rejects.toThrow(/the stack Other, but it holds: Fixture/);
  await expect(readStack(join(assembly.directory, 'nowhere'))).rejects.toThrow(/synthesize the stack first/);
});
