import { runInNewContext } from 'node:vm';
import {
  type BodyExpectation,
  type HttpProbe,
  type HttpSeen,
  judgeHttp,
  type Phase,
  type ProbeAnswer,
} from '../../lib/core/probe.ts';

/** So much of a body is read, in bytes after decompression. */
const MOST_BODY_BYTES = 65_536;
/** So long a regular expression may take, in milliseconds: one that backtracks for ever must not hold up the look. */
const MATCH_LIMIT_MS = 250;
const MOST_REDIRECTS = 5;
/** Between two attempts, in milliseconds; without it all of them would meet the same refused connection. */
const PAUSE_MS = 200;

/** Failures that lie on this side: bad input to the client, or no socket, memory or port left here. */
const OUR_FAULTS = new Set(['UND_ERR_INVALID_ARG', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']);

/** A server sends its client round in circles, or to where no client can go. */
class BadRedirect extends Error {
  override readonly name = 'BadRedirect';
}

/** Asks an HTTP probe as often as it wants, until one attempt is not violated. Never throws. */
export async function askHttp(probe: HttpProbe, phase: Phase): Promise<ProbeAnswer> {
  const seen: HttpSeen[] = [];
  for (;;) {
    seen.push(await attempt(probe));
    const answer = judgeHttp(probe, phase, seen);
    if (answer.answer !== 'violated' || seen.length >= probe.attempts) return answer;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function attempt(probe: HttpProbe): Promise<HttpSeen> {
  const signal = AbortSignal.timeout(probe.timeoutSeconds * 1000);
  let request: Request;
  try {
    request = new Request(probe.url, { method: probe.method, headers: probe.headers });
  } catch (error) {
    return { kind: 'not-asked', because: messageOf(error) };
  }
  const startMs = performance.now();
  let response: Response | undefined;
  try {
    response = await follow(request, probe.followRedirects, signal);
    const latencyMs = performance.now() - startMs;
    const answered = { kind: 'answered', status: response.status, latencyMs } as const;
    if (probe.expectBody === undefined) return answered;
    return { ...answered, body: matchBody(probe.expectBody, await readStart(response)) };
  } catch (error) {
    if (signal.aborted) return { kind: 'no-answer', because: `silent for ${probe.timeoutSeconds} s` };
    return failureOf(error);
  } finally {
    await discard(response);
  }
}

async function follow(request: Request, followsRedirects: boolean, signal: AbortSignal): Promise<Response> {
  let { url } = request;
  const { method } = request;
  for (let hops = 0; ; hops++) {
    const isOwnOrigin = new URL(url).origin === new URL(request.url).origin;
    const headers = new Headers(isOwnOrigin ? request.headers : {});
    if (!headers.has('user-agent')) headers.set('user-agent', 'capuchin-probe');
    // A kept connection may be dead when the function is thawed for the next look, and would be taken for a dead server.
    headers.set('connection', 'close');
    const response = await fetch(url, { method, headers, signal, redirect: 'manual' });
    const location = response.headers.get('location');
    const isRedirect = [301, 302, 303, 307, 308].includes(response.status) && location !== null;
    if (!followsRedirects || !isRedirect) return response;
    await discard(response);
    const next = URL.parse(location, url);
    if (next === null || !/^https?:$/.test(next.protocol))
      throw new BadRedirect('a redirect to what is no http or https URL');
    if (hops === MOST_REDIRECTS) throw new BadRedirect(`more than ${MOST_REDIRECTS} redirects`);
    url = next.href;
  }
}

/** Ends the connection with what is left of the body. */
async function discard(response: Response | undefined): Promise<void> {
  // A body that broke off, or that was read to its end, has nothing left to cancel.
  await response?.body?.cancel().catch(() => undefined);
}

async function readStart(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  // The end of the loop cancels the rest.
  for await (const part of response.body ?? []) {
    parts.push(part);
    bytes += part.byteLength;
    if (bytes >= MOST_BODY_BYTES) break;
  }
  return new TextDecoder().decode(Buffer.concat(parts).subarray(0, MOST_BODY_BYTES));
}

function matchBody(expected: BodyExpectation, body: string): 'fits' | 'differs' | 'undecided' {
  if ('contains' in expected) return body.includes(expected.contains) ? 'fits' : 'differs';
  try {
    // Texts go in as values, never as code. Only a context of its own can be stopped from outside while it matches.
    const context = { body, pattern: expected.matches };
    const fits: unknown = runInNewContext('new RegExp(pattern).test(body)', context, { timeout: MATCH_LIMIT_MS });
    return fits === true ? 'fits' : 'differs';
  } catch {
    return 'undecided';
  }
}

function failureOf(error: unknown): HttpSeen {
  if (error instanceof BadRedirect) return { kind: 'no-answer', because: error.message };
  // fetch says "fetch failed" and keeps what happened as the cause; without a code nothing has gone over the wire.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  if (code === undefined || OUR_FAULTS.has(code)) return { kind: 'not-asked', because: messageOf(cause) };
  const message = messageOf(cause);
  return { kind: 'no-answer', because: message.includes(code) ? message : `${code} ${message}`.trim() };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
