import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError, type ServedService, serve } from './operation.ts';
import { queryMap } from './protocols/query-input.ts';
import type { ProvisionedTopic } from './provision-alerting.ts';

/** A message that a topic took. */
export interface Notice {
  readonly id: string;
  readonly topicArn: string;
  readonly subject: string | null;
  readonly message: string;
  /** Values by name; binary ones in base64. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly at: Date;
}

type Message = Pick<Notice, 'topicArn' | 'subject' | 'message'> & { readonly attributes?: Notice['attributes'] };

/** SNS topics that keep what they are given. Nothing is delivered: subscriptions lead out of the account. */
export interface Topics {
  readonly operations: ServedService;
  /** The latest messages, oldest first; 1,000 are kept. */
  notices(): readonly Notice[];
  /**
   * What a service of AWS publishes on its own.
   * @returns null, or a sentence why the topic did not take it.
   */
  publishAs(service: string, message: Message): string | null;
}

const KEPT_NOTICES = 1_000;

/** Message with its attributes, in bytes. Source: SNS API reference, Publish. */
const LARGEST_MESSAGE = 262_144;

const attribute = z.strictObject({
  DataType: z.string().regex(/^(String|String\.Array|Number|Binary)(\.[\w.-]+)?$/, { error: 'is no data type of SNS' }),
  StringValue: z.string().min(1).optional(),
  BinaryValue: z.string().min(1).optional(),
});

const publishInput = z.strictObject({
  TopicArn: z.string(),
  Message: z.string(),
  Subject: z.string().optional(),
  MessageAttributes: queryMap(attribute).optional(),
});

/** Topics by what the stack declares of them. */
export function createTopics(declared: readonly ProvisionedTopic[], now: () => Date = () => new Date()): Topics {
  const byArn = new Map(declared.map((topic) => [topic.arn, topic]));
  const kept: Notice[] = [];
  const keep = (message: Message): string => {
    const notice = { id: randomUUID(), attributes: {}, at: now(), ...message };
    kept.push(notice);
    kept.splice(0, Math.max(0, kept.length - KEPT_NOTICES));
    return notice.id;
  };
  return {
    notices: () => [...kept],
    publishAs: (service, message) => {
      const topic = byArn.get(message.topicArn);
      if (topic === undefined) return `there is no topic ${message.topicArn}`;
      if (!mayPublish(topic, service)) return `the policy of ${topic.arn} does not let ${service} publish`;
      keep(message);
      return null;
    },
    operations: {
      Publish: serve({
        input: publishInput,
        answer: ({ TopicArn, Message, Subject, MessageAttributes = new Map() }) => {
          const attributes = readAttributes(MessageAttributes);
          assertMessage(Message, Subject, attributes);
          if (!/^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w.-]+$/.test(TopicArn)) throw invalid('TopicArn');
          if (!byArn.has(TopicArn)) throw new AwsError('NotFound', 'Topic does not exist', 404);
          return { MessageId: keep({ topicArn: TopicArn, subject: Subject ?? null, message: Message, attributes }) };
        },
      }),
    },
  };
}

/**
 * Whether a topic lets a service publish. Without a policy of its own a topic has SNS's default one, which lets the account's
 * alarms in and EventBridge not. Conditions of a policy are not evaluated, as no policy is in a rehearsal yet.
 */
function mayPublish({ policy }: ProvisionedTopic, service: string): boolean {
  if (policy === null) return service !== 'events.amazonaws.com';
  return policy.some(
    ({ Effect, Action, Principal }) =>
      Effect === 'Allow' &&
      [Action].flat().some((action) => ['sns:publish', 'sns:*', '*'].includes(String(action).toLowerCase())) &&
      (Principal === '*' || [(Principal as { Service?: unknown } | undefined)?.Service].flat().includes(service)),
  );
}

function readAttributes(given: ReadonlyMap<string, z.output<typeof attribute>>): Record<string, string> {
  return Object.fromEntries(
    [...given].map(([name, { DataType, StringValue, BinaryValue }]) => {
      const value = DataType.startsWith('Binary') ? BinaryValue : StringValue;
      if (value !== undefined) return [name, value];
      const message = `The message attribute '${name}' must contain a non-empty value for its type ${DataType}.`;
      throw new AwsError('InvalidParameterValue', message);
    }),
  );
}

/** Limits of the SNS API reference; which characters a subject may have is the older, narrower list: printable ASCII. */
function assertMessage(message: string, subject: string | undefined, attributes: Notice['attributes']): void {
  if (message === '') throw new AwsError('InvalidParameter', 'Invalid parameter: Empty message');
  if (Buffer.byteLength(message + Object.entries(attributes).flat().join('')) > LARGEST_MESSAGE) {
    throw new AwsError('InvalidParameter', 'Invalid parameter: Message too long');
  }
  if (subject !== undefined && !/^[\x21-\x7e][\x20-\x7e]{0,99}$/.test(subject)) throw invalid('Subject');
}

function invalid(parameter: string): AwsError {
  return new AwsError('InvalidParameter', `Invalid parameter: ${parameter}`);
}
