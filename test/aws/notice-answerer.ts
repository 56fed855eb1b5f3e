import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, isIP, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { pointClientsAt } from './start-stack-tables.ts';

/** How one of the two services behaves: as it should, with an error, or never answering. */
export type Manner = 'well' | 'down' | 'hanging';

/** A published notice, as it came over the wire. */
export interface Published {
  readonly TopicArn: string;
  readonly Subject: string;
  readonly Message: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What came over the wire. */
export interface Answerer {
  readonly events: readonly { readonly Detail: string }[];
  readonly notices: readonly Published[];
  /** Calls that arrived, answered or not. */
  readonly calls: { bus: number; topic: number };
}

/** Answers PutEvents and Publish as AWS does, or badly; the SDK clients that are made after it talk to it. */
export async function startAnswerer({ bus, topic }: { bus: Manner; topic: Manner }): Promise<Answerer> {
  const events: { Detail: string }[] = [];
  const notices: Published[] = [];
  const calls = { bus: 0, topic: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const isBus = request.headers['x-amz-target'] === 'AWSEvents.PutEvents';
      calls[isBus ? 'bus' : 'topic']++;
      const manner = isBus ? bus : topic;
      if (manner === 'hanging') return;
      if (isBus) return answerBus(response, body, manner, events);
      answerTopic(response, new URLSearchParams(body), manner, notices);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { address, port } = server.address() as AddressInfo;
  if (isIP(address) === 0) throw new Error('the answerer does not listen');
  pointClientsAt(`http://${address}:${port}`);
  return { events, notices, calls };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function answerBus(response: ServerResponse, body: string, manner: Manner, events: { Detail: string }[]): void {
  const type = { 'content-type': 'application/x-amz-json-1.1' };
  if (manner === 'down') {
    response.writeHead(400, type).end(JSON.stringify({ __type: 'AccessDeniedException', message: 'not authorized' }));
    return;
  }
  const { Entries } = JSON.parse(body) as { Entries: { Detail: string }[] };
  events.push(...Entries);
  const answer = { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: '1' })) };
  response.writeHead(200, type).end(JSON.stringify(answer));
}

function answerTopic(response: ServerResponse, form: URLSearchParams, manner: Manner, notices: Published[]): void {
  const xmlns = 'xmlns="http://sns.amazonaws.com/doc/2010-03-31/"';
  const type = { 'content-type': 'text/xml' };
  if (manner === 'down') {
    const error = '<Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>not authorized</Message></Error>';
    response.writeHead(403, type).end(`<ErrorResponse ${xmlns}>${error}<RequestId>1</RequestId></ErrorResponse>`);
    return;
  }
  const attributes: Record<string, string> = {};
  for (let n = 1; form.has(`MessageAttributes.entry.${n}.Name`); n++) {
    const name = form.get(`MessageAttributes.entry.${n}.Name`) ?? '';
    attributes[name] = form.get(`MessageAttributes.entry.${n}.Value.StringValue`) ?? '';
  }
  const read = (name: string): string => form.get(name) ?? '';
  notices.push({ TopicArn: read('TopicArn'), Subject: read('Subject'), Message: read('Message'), attributes });
  const result = '<PublishResult><MessageId>1</MessageId></PublishResult>';
  response.writeHead(200, type).end(`<PublishResponse ${xmlns}>${result}</PublishResponse>`);
}
