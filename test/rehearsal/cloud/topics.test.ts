import {
  InvalidParameterException,
  NotFoundException,
  PublishCommand,
  type PublishCommandInput,
  SNSClient,
} from '@aws-sdk/client-sns';
import { expect, it } from 'vitest';
import { createTopics } from '../../../lib/rehearsal/cloud/topics.ts';
import { startCloud } from './local-cloud.ts';

const TopicArn = 'arn:aws:sns:eu-west-1:123456789012:people';
const NOW = new Date('2026-03-02T10:00:00Z');

async function setUp() {
  const topics = createTopics([{ arn: TopicArn, policy: null }], () => NOW);
  const cloud = await startCloud({ services: { SNS: topics.operations }, buckets: {} });
  const client = cloud.client(SNSClient);
  const publish = (more: Partial<PublishCommandInput> = {}) =>
    client.send(new PublishCommand({ TopicArn, Message: 'hello', ...more }));
  return { topics, cloud, publish };
}

it('a topic keeps what is published, with subject and attributes', async () => {
  const { topics, publish, cloud } = await setUp();
  const { MessageId } = await publish({
    Subject: 'Experiment e-1 starts',
    Message: 'a & b <c>',
    MessageAttributes: {
      kind: { DataType: 'String', StringValue: 'started' },
      picture: { DataType: 'Binary', BinaryValue: Buffer.from('x') },
    },
  });
  expect(topics.notices()).toEqual([
    {
      id: MessageId,
      topicArn: TopicArn,
      subject: 'Experiment e-1 starts',
      message: 'a & b <c>',
      attributes: { kind: 'started', picture: 'eA==' },
      at: NOW,
    },
  ]);
  expect(cloud.defects).toEqual([]);
});

it('an unknown topic is NotFound', async () => {
  const { publish, topics } = await setUp();
  await expect(publish({ TopicArn: `${TopicArn}-2` })).rejects.toBeInstanceOf(NotFoundException);
  expect(topics.notices()).toEqual([]);
});

it.each<[string, Partial<PublishCommandInput>, string]>([
  ['an empty message', { Message: '' }, 'Invalid parameter: Empty message'],
  ['a message beyond 256 KB', { Message: 'é'.repeat(131_073) }, 'Invalid parameter: Message too long'],
  ['a subject beyond 100 characters', { Subject: 's'.repeat(101) }, 'Invalid parameter: Subject'],
  ['a subject that is not ASCII', { Subject: 'café' }, 'Invalid parameter: Subject'],
  ['a subject of two lines', { Subject: 'a\nb' }, 'Invalid parameter: Subject'],
  ['a topic that is no ARN', { TopicArn: 'people' }, 'Invalid parameter: TopicArn'],
])('%s is an InvalidParameter', async (_, more, message) => {
  const { publish, topics, cloud } = await setUp();
  const failure = publish(more);
  await expect(failure).rejects.toBeInstanceOf(InvalidParameterException);
  await expect(failure).rejects.toMatchObject({ message });
  expect(topics.notices()).toEqual([]);
  expect(cloud.defects).toEqual([]);
});

it('the largest message and the longest subject are taken', async () => {
  const { publish, topics } = await setUp();
  await publish({ Message: 'm'.repeat(262_144), Subject: 's'.repeat(100) });
  expect(topics.notices()).toHaveLength(1);
});

it('the latest 1,000 messages are kept', () => {
  const topics = createTopics([{ arn: TopicArn, policy: null }]);
  for (let index = 0; index < 1_001; index += 1) {
    topics.publishAs('cloudwatch.amazonaws.com', { topicArn: TopicArn, subject: null, message: String(index) });
  }
  const messages = topics.notices().map(({ message }) => message);
  expect([messages.length, messages[0], messages.at(-1)]).toEqual([1_000, '1', '1000']);
});

it('a topic lets those services publish that its policy names; without one, alarms and not EventBridge', () => {
  const named = (Principal: unknown, Action: unknown = 'sns:Publish', Effect = 'Allow') => [
    { Effect, Action, Principal },
  ];
  const takes = (policy: readonly Record<string, unknown>[] | null, service: string) =>
    createTopics([{ arn: TopicArn, policy }]).publishAs(service, {
      topicArn: TopicArn,
      subject: null,
      message: 'm',
    }) === null;
  const [alarms, events] = ['cloudwatch.amazonaws.com', 'events.amazonaws.com'];
  expect([takes(null, alarms), takes(null, events)]).toEqual([true, false]);
  const forEvents = named({ Service: events });
  expect([takes(forEvents, alarms), takes(forEvents, events)]).toEqual([false, true]);
  expect(takes(named({ Service: [events, alarms] }, ['SNS:Publish']), alarms)).toBe(true);
  expect(takes(named({ Service: alarms }, 'sns:Subscribe'), alarms)).toBe(false);
  expect(takes(named({ Service: alarms }, 'sns:Publish', 'Deny'), alarms)).toBe(false);
});
