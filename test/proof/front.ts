import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServedService } from '../../lib/rehearsal/cloud/operation.ts';
import { answerCall } from '../../lib/rehearsal/cloud/protocols/answer-call.ts';
import type { TableService } from '../../lib/rehearsal/cloud/protocols/dynamodb.ts';
import { findCall } from '../../lib/rehearsal/cloud/protocols/find-call.ts';
import {
  type FoundCall,
  readCredential,
  type WireAnswer,
  type WireRequest,
} from '../../lib/rehearsal/cloud/protocols/wire.ts';
import { type HandledServiceKey, servedService } from '../../lib/rehearsal/cloud/served-operations.ts';
import { ACCOUNT } from '../rehearsal/cloud/fake-fleet.ts';
import type { Treatment } from './failures.ts';

/** Header that tells the front in which step of the workflow a call was made. */
export const STEP_HEADER = 'x-proof-step';

/** One try of one call, as it came over the wire. */
export interface Try {
  /** `ECS.StopTask`. */
  readonly operation: string;
  /** The same for every try of a call. */
  readonly callId: string;
  readonly attempt: number;
  readonly accessKeyId: string;
  readonly step: string;
  readonly body: string;
}

/** Who lives behind an access key. */
export interface Tenant {
  readonly services: Readonly<Partial<Record<HandledServiceKey, ServedService>>>;
  /** What becomes of a try that has just arrived. Undefined: its sender is dead, and it never arrived. */
  treat(one: Try): Treatment | undefined;
  /** After a try was carried out. */
  onCarriedOut(one: Try, statusCode: number): void;
  /** A try is not answered, ever. */
  onUnanswered(one: Try): void;
  /** What the local cloud could not do; a defect of the run. */
  onDefect(sentence: string): void;
}

/** The local cloud's operations behind one loopback port for many runs at once, with failures made on the wire. */
export interface Front {
  readonly url: string;
  /** Calls of nobody that is known; there must be none. */
  readonly strays: string[];
  /** Tenants by the beginning of their access keys, which ends before the first `x`. */
  readonly tenants: Map<string, Tenant>;
  /** The door without sockets: the same bytes to the same answers. */
  ask(request: WireRequest): Promise<Outcome>;
  close(): Promise<void>;
}

/** @param tablesUrl where DynamoDB's operations go on to. */
export async function startFront(tablesUrl: string): Promise<Front> {
  const tenants = new Map<string, Tenant>();
  const strays: string[] = [];
  const tables = keptAliveTables(tablesUrl);
  const ask = (request: WireRequest): Promise<Outcome> => answer(request, { tenants, strays }, tables);
  const server = createServer((incoming, outgoing) => {
    respond(incoming, outgoing, { ask }).catch(() => outgoing.destroy());
  });
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tenants,
    strays,
    ask,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      tables.close();
      await closed;
    },
  };
}

/** What becomes of a request: an answer, none ever, or a connection that breaks. */
export type Outcome = WireAnswer | 'none' | 'cut';

async function respond(incoming: IncomingMessage, outgoing: ServerResponse, front: Pick<Front, 'ask'>): Promise<void> {
  const outcome = await front.ask(toWireRequest(incoming, await readBody(incoming)));
  // A try that is never answered has been given up already by whoever made it (`onUnanswered`).
  if (outcome === 'none' || outcome === 'cut') {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(outcome.statusCode, { ...outcome.headers, 'content-length': Buffer.byteLength(outcome.body) });
  outgoing.end(outcome.body);
}

async function answer(
  request: WireRequest,
  { tenants, strays }: Pick<Front, 'tenants' | 'strays'>,
  tables: TableService,
): Promise<Outcome> {
  const credential = readCredential(request.headers.authorization);
  const tenant = tenants.get(credential?.accessKeyId.split('x')[0] ?? '');
  const call = findCall(request);
  if (credential === null || tenant === undefined || !call.found) {
    const said = call.found ? call.operation : call.said;
    tenant?.onDefect(`a call that is not served: ${said}`);
    if (credential?.accessKeyId === 'STRAY') strays.push(said);
    return 'cut';
  }
  const { accessKeyId, region } = credential;
  const one = tryOf(request, call, accessKeyId);
  const treatment = tenant.treat(one);
  if (treatment === undefined) return 'none';
  const requestId = randomUUID();
  let answered: WireAnswer | undefined;
  if (treatment.isCarriedOut) {
    const answerers = { services: tenant.services, tables, onDefect: (sentence: string) => tenant.onDefect(sentence) };
    answered = await answerCall(call, request, { accessKeyId, region, accountId: ACCOUNT }, answerers, requestId);
    tenant.onCarriedOut(one, answered.statusCode);
  }
  if (treatment.answer === 'none') tenant.onUnanswered(one);
  return outcomeOf(treatment.answer, call, answered, requestId);
}

function outcomeOf(
  how: Treatment['answer'],
  { service, wire }: FoundCall,
  answered: WireAnswer | undefined,
  requestId: string,
): Outcome {
  if (how === 'none' || how === 'cut') return how;
  const problem = (code: string, statusCode: number, message: string): WireAnswer =>
    wire.writeProblem({ code, statusCode, message, fields: {} }, requestId);
  const { code, statusCode } = servedService(service).throttled;
  switch (how) {
    case 'true':
      return answered ?? problem('InternalFailure', 500, 'nothing was carried out');
    case 'throttled':
      return problem(code, statusCode, 'Rate exceeded');
    case '5xx':
      return problem('ServiceUnavailable', 503, 'Service is unavailable');
    case 'denied':
      return problem('AccessDeniedException', service === 'Lambda' ? 403 : 400, 'User is not authorized');
    case 'malformed':
      return { statusCode: 200, headers: { 'content-type': 'text/html' }, body: '<html>proxy</html>' };
    case 'hollow':
      return wire.writeAnswer({}, requestId);
  }
}

function tryOf(request: WireRequest, { service, operation }: FoundCall, accessKeyId: string): Try {
  const { headers, body } = request;
  const [, attempt = '1'] = /attempt=(\d+)/.exec(headers['amz-sdk-request'] ?? '') ?? [];
  return {
    operation: `${service}.${operation}`,
    callId: headers['amz-sdk-invocation-id'] ?? randomUUID(),
    attempt: Number(attempt),
    accessKeyId,
    step: headers[STEP_HEADER] ?? '',
    body: Buffer.from(body).toString(),
  };
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function toWireRequest(incoming: IncomingMessage, body: Uint8Array): WireRequest {
  const [path = '/', query = ''] = (incoming.url ?? '/').split('?', 2);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, value?.toString()]),
  );
  return { method: incoming.method ?? 'GET', path, query: new URLSearchParams(query), headers, body };
}

/** Tables over connections that are kept: a proof makes hundreds of thousands of calls. */
function keptAliveTables(url: string): TableService & { close(): void } {
  const agent = new Agent({ keepAlive: true });
  const ask = (target: string | undefined, body: Uint8Array): ReturnType<TableService['handle']> =>
    new Promise((resolve, reject) => {
      // dynalite wants to see who asks and when, and looks at nothing of it.
      const authorization =
        'AWS4-HMAC-SHA256 Credential=PROOF/20260302/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none';
      const headers = { authorization, 'x-amz-target': target, 'x-amz-date': '20260302T100000Z' };
      const outgoing = httpRequest(
        url,
        {
          method: 'POST',
          agent,
          headers: { ...headers, 'content-type': 'application/x-amz-json-1.0', 'content-length': body.length },
        },
        (incoming) => {
          readBody(incoming).then((answer) => {
            const headersOut = { 'content-type': 'application/x-amz-json-1.0' };
            resolve({ statusCode: incoming.statusCode ?? 500, headers: headersOut, body: answer });
          }, reject);
        },
      );
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The other side had closed a connection that was kept: it never saw the request.
        if (outgoing.reusedSocket && error.code === 'ECONNRESET') resolve(ask(target, body));
        else reject(error);
      });
      outgoing.end(body);
    });
  return { close: () => agent.destroy(), handle: (_operation, body, headers) => ask(headers['x-amz-target'], body) };
}
