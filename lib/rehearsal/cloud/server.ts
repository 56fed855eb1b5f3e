import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallLog } from './call-log.ts';
import type { ServedService } from './operation.ts';
import { type Answerers, answerCall, answerUnknown, type OnDefect } from './protocols/answer-call.ts';
import type { TableService } from './protocols/dynamodb.ts';
import { findCall } from './protocols/find-call.ts';
import { readCredential, type WireAnswer, type WireProblem, type WireRequest } from './protocols/wire.ts';
import {
  assertServed,
  type HandledServiceKey,
  type ServiceKey,
  servedService,
  serviceKeys,
} from './served-operations.ts';
import { createThrottle, type Throttle } from './throttle.ts';
import { awsBuckets, type ThrottleBuckets } from './throttle-buckets.ts';

export interface ServerOptions {
  /** Handlers by service. A service that is left out is not served at all. */
  readonly services: Readonly<Partial<Record<HandledServiceKey, ServedService>>>;
  /** Answers DynamoDB; `tablesAt(url)` makes one from a dynalite server. */
  readonly tables?: TableService | undefined;
  /** 0 takes any free port. */
  readonly port: number;
  /** Twelve digits; every caller is told to be in it. */
  readonly accountId: string;
  readonly callLog: CallLog;
  readonly onDefect: OnDefect;
  /** How long each answer is kept back, in milliseconds, as if AWS were that far away; 0 by default. */
  readonly callDelayMs?: () => number;
  /** How long `close()` lets calls in flight finish before it cuts them off; 5000 by default. */
  readonly closeWithinMs?: number;
  /** Throttle rates; AWS's by default, and `{}` throttles nothing. */
  readonly buckets?: ThrottleBuckets;
  /** The throttle's clock, in milliseconds that never go back; the process's own by default. */
  readonly nowMs?: () => number;
}

/** The local cloud's front door. */
export interface CloudServer {
  /** For `AWS_ENDPOINT_URL`. */
  readonly url: string;
  readonly port: number;
  /** Lets calls in flight finish, then frees the port. Idle connections do not hold it up. */
  close(): Promise<void>;
}

/** The largest body that is read, in bytes; Lambda's own limit for a payload is 6 MB. */
const MOST_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Starts an HTTP server on 127.0.0.1 that speaks the AWS protocols, for unmodified SDK clients behind `AWS_ENDPOINT_URL`.
 * Credentials are read, signatures are not checked. A request without a credential is refused, so that no web page open on
 * this machine can reach the local cloud.
 * @throws Error with a sentence for a handler that is not in the table of served operations, or a port that cannot be taken.
 */
export async function startServer(options: ServerOptions): Promise<CloudServer> {
  for (const service of serviceKeys) {
    const handlers = service === 'DynamoDB' ? undefined : options.services[service];
    if (handlers !== undefined) assertServed(service, handlers);
  }
  const throttle = createThrottle(options.buckets ?? awsBuckets, options.nowMs ?? (() => performance.now()));
  let closing = false;
  const server = createServer((incoming, outgoing) => {
    outgoing.on('close', () => {
      if (closing) server.closeIdleConnections();
    });
    respond(incoming, outgoing, options, throttle).catch((error: unknown) => {
      // A caller that has gone (a stopped function, a Ctrl-C) waits for no answer; anything else is our own fault.
      if (!incoming.socket.destroyed) {
        options.onDefect('The local cloud could not write an answer; this is a defect of the rehearsal.', error);
      }
      outgoing.destroy();
    });
  });
  // Clients keep their connections: a server that drops idle ones on its own would meet a request on its way.
  server.keepAliveTimeout = 0;
  const port = await listen(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async close() {
      closing = true;
      await closeServer(server, options.closeWithinMs ?? 5_000);
    },
  };
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: ServerOptions,
  throttle: Throttle,
): Promise<void> {
  const requestId = randomUUID();
  const body = await readBody(incoming);
  const answer =
    body === null
      ? plainProblem(
          413,
          'RequestEntityTooLargeException',
          `The request is larger than ${MOST_BODY_BYTES} bytes.`,
          requestId,
        )
      : await answerRequest(toWireRequest(incoming, body), options, throttle, requestId);
  if (options.callDelayMs !== undefined) await sleep(options.callDelayMs());
  const { length } = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  outgoing.writeHead(answer.statusCode, { ...answer.headers, 'content-length': length });
  outgoing.end(answer.body);
}

async function answerRequest(
  request: WireRequest,
  options: ServerOptions,
  throttle: Throttle,
  requestId: string,
): Promise<WireAnswer> {
  const credential = readCredential(request.headers.authorization);
  if (credential === null) {
    const message = 'The request has no AWS credential (Signature Version 4); give the client any access key.';
    return plainProblem(403, 'MissingAuthenticationTokenException', message, requestId);
  }
  const { accessKeyId, region } = credential;
  const call = findCall(request);
  if (!call.found) return answerUnknown(call, options.onDefect, requestId);
  const { service, operation } = call;
  const throttled = !throttle.admits(service, operation, region);
  options.callLog.record({ at: new Date(), service, operation, accessKeyId, throttled });
  if (throttled) return call.wire.writeProblem(throttlingOf(service), requestId);
  const answerers: Answerers = { services: options.services, tables: options.tables, onDefect: options.onDefect };
  return answerCall(call, request, { accessKeyId, region, accountId: options.accountId }, answerers, requestId);
}

/** What a call gets whose bucket is empty: an error as AWS gives it, and no defect of the rehearsal. */
function throttlingOf(service: ServiceKey): WireProblem {
  return { ...servedService(service).throttled, message: 'Rate exceeded', fields: {} };
}

function plainProblem(statusCode: number, code: string, message: string, requestId: string): WireAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId, 'x-amzn-errortype': code },
    body: JSON.stringify({ __type: code, message }),
  };
}

function toWireRequest(incoming: IncomingMessage, body: Uint8Array): WireRequest {
  const [path = '/', query = ''] = (incoming.url ?? '/').split('?', 2);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return { method: incoming.method ?? 'GET', path, query: new URLSearchParams(query), headers, body };
}

/** Reads the whole body even when it is too large (null), so that the caller gets to read its answer. */
async function readBody(incoming: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MOST_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MOST_BODY_BYTES ? null : Buffer.concat(chunks);
}

async function listen(server: Server, port: number): Promise<number> {
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'is already in use' : 'cannot be taken';
    throw new Error(`Port ${port} of 127.0.0.1 ${reason}; choose another one, or 0 for any that is free.`, { cause });
  }
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server, withinMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  const cutOff = setTimeout(() => server.closeAllConnections(), withinMs);
  await closed;
  clearTimeout(cutOff);
}
