import { type Agent, request as ask, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { TargetAddress } from './health-checks.ts';

/** An ALB's default idle time-out (attribute `idle_timeout.timeout_seconds`). */
const IDLE_TIMEOUT_MS = 60_000;

/** Headers that belong to one connection and are not passed on (RFC 9110, 7.6.1); Node frames bodies anew itself. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

/** How one request through a load balancer ended. */
export interface RequestOutcome {
  readonly endedAtMs: number;
  /** Who answered: the target, or the load balancer in its stead (or nobody, because the client gave up waiting). */
  readonly answeredBy: 'target' | 'load-balancer' | 'nobody';
  /** 5xx, cut off in the middle, or given up by the client. */
  readonly failed: boolean;
  /** From the request's arrival to the last byte of its answer; null when there was no whole answer. */
  readonly latencyMs: number | null;
  /** From sending it to the target until the target's headers came, as an ALB measures; null when they never came. */
  readonly targetMs: number | null;
}

/** A target as forwarding sees it. */
export interface Forwarding extends TargetAddress {
  readonly agent: Agent;
  /** Requests sent and not answered. */
  inFlight: number;
  /** Called after every request that is no longer in flight. */
  settled(): void;
}

/**
 * Sends one request to a target and its answer back, bodies as they come. Tells the outcome exactly once. A target that
 * refuses or breaks off before it answered is a 502, one that cannot be reached in time a 504; one that breaks off in the middle cuts the client off, as it must.
 */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: Forwarding,
  tell: (outcome: RequestOutcome) => void,
): void {
  const arrivedAt = performance.now();
  let targetMs: number | null = null;
  let settled = false;
  const settle = (outcome: Pick<RequestOutcome, 'answeredBy' | 'failed'>, whole: boolean): void => {
    if (settled) return;
    settled = true;
    target.inFlight -= 1;
    const latencyMs = whole ? performance.now() - arrivedAt : null;
    tell({ ...outcome, endedAtMs: Date.now(), latencyMs, targetMs });
    target.settled();
  };

  target.inFlight += 1;
  const sending = ask({
    host: target.host,
    port: target.port,
    agent: target.agent,
    method: request.method,
    path: request.url,
    headers: onwardHeaders(request),
    timeout: IDLE_TIMEOUT_MS,
  });
  sending.on('response', (answer) => {
    targetMs = performance.now() - arrivedAt;
    const status = answer.statusCode ?? 502;
    response.writeHead(status, answer.statusMessage, endToEnd(answer.rawHeaders));
    answer.pipe(response);
    answer.on('error', () => response.destroy());
    response.on('finish', () => settle({ answeredBy: 'target', failed: status >= 500 }, true));
  });
  const failWith = (status: number): void => {
    if (response.headersSent || response.destroyed) response.destroy();
    else answerItself(response, status);
    settle({ answeredBy: 'load-balancer', failed: true }, targetMs === null);
  };
  sending.on('timeout', () => {
    failWith(504);
    sending.destroy();
  });
  sending.on('error', (error) => failWith('code' in error && error.code === 'ETIMEDOUT' ? 504 : 502));
  response.on('close', () => {
    // Closed before it was finished: either the target broke off in the middle, or the client is gone.
    if (response.writableFinished) return;
    settle({ answeredBy: sending.destroyed ? 'load-balancer' : 'nobody', failed: true }, false);
    sending.destroy();
  });
  request.pipe(sending);
}

/** Answers a request in the place of a target that there is not. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  tell: (outcome: RequestOutcome) => void,
): void {
  const arrivedAt = performance.now();
  request.resume();
  answerItself(response, status);
  tell({
    endedAtMs: Date.now(),
    answeredBy: 'load-balancer',
    failed: true,
    latencyMs: performance.now() - arrivedAt,
    targetMs: null,
  });
}

/** Answers a request as a rule's fixed response says. */
export function answerFixed(
  request: IncomingMessage,
  response: ServerResponse,
  {
    statusCode,
    body,
    contentType,
  }: { readonly statusCode: number; readonly body: string; readonly contentType: string },
  tell: (outcome: RequestOutcome) => void,
): void {
  const arrivedAt = performance.now();
  request.resume();
  response.writeHead(statusCode, { server: 'awselb/2.0', 'content-type': contentType });
  response.end(body);
  tell({
    endedAtMs: Date.now(),
    answeredBy: 'load-balancer',
    failed: statusCode >= 500,
    latencyMs: performance.now() - arrivedAt,
    targetMs: null,
  });
}

function answerItself(response: ServerResponse, status: number): void {
  // The name that an ALB's own answers carry.
  response.writeHead(status, { server: 'awselb/2.0', 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${status} ${STATUS_CODES[status] ?? ''}\n`);
}

function onwardHeaders(request: IncomingMessage): string[] {
  const headers = endToEnd(request.rawHeaders);
  if (request.headers.host === undefined) headers.push('Host', `127.0.0.1:${request.socket.localPort}`);
  // A body without a length goes on in chunks, whatever the method.
  if (request.headers['transfer-encoding'] !== undefined) headers.push('Transfer-Encoding', 'chunked');
  const client = request.socket.remoteAddress ?? '';
  const before = request.headers['x-forwarded-for'];
  const chain = [before, client].filter((part) => part !== undefined && part !== '').join(', ');
  return [
    ...headers,
    'X-Forwarded-For',
    chain,
    'X-Forwarded-Proto',
    'http',
    'X-Forwarded-Port',
    `${request.socket.localPort}`,
  ];
}

/** Raw headers (name, value, name, value …) without those of the connection and those that `Connection` lists. */
function endToEnd(raw: readonly string[]): string[] {
  const listed = new Set<string>();
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index]?.toLowerCase() !== 'connection') continue;
    for (const name of (raw[index + 1] ?? '').split(',')) listed.add(name.trim().toLowerCase());
  }
  const kept: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const key = name.toLowerCase();
    if (OF_THE_CONNECTION.has(key) || listed.has(key) || key.startsWith('x-forwarded-')) continue;
    kept.push(name, raw[index + 1] ?? '');
  }
  return kept;
}
