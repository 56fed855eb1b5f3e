import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Notice } from '../audit/notice.ts';

/** Told quickly or not at all: whoever tells is in the middle of an experiment. */
const TOPIC_CLIENT_OPTIONS = {
  retryMode: 'standard',
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
} as const;

/** The SNS topic to which people subscribe. */
export class NoticeTopic {
  readonly #client = new SNSClient(TOPIC_CLIENT_OPTIONS);
  readonly #topicArn: string;

  constructor(topicArn: string) {
    this.#topicArn = topicArn;
  }

  /** Publishes a notice; throws when SNS did not take it. */
  async publish({ subject, message, attributes }: Notice, signal?: AbortSignal): Promise<void> {
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    );
    const command = new PublishCommand({
      TopicArn: this.#topicArn,
      Subject: subject,
      Message: message,
      MessageAttributes,
    });
    await this.#client.send(command, signal === undefined ? {} : { abortSignal: signal });
  }
}
