import * as z from 'zod';
import { fillIn } from './member.ts';
import {
  answersOf,
  commonFields,
  MOST_TIMEOUT_SECONDS,
  type Phase,
  type ProbeAnswer,
  shortened,
  timeoutSeconds,
} from './question.ts';

/** Those that belong to the connection, which is Capuchin's own (RFC 9110, 7.6.1), that promise a body, or that fetch leaves out. */
const CONNECTION_HEADERS =
  /^(connection|content-length|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

const headerName = z
  .string()
  .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/, { error: 'it is not the name of a header' })
  .refine((name) => !CONNECTION_HEADERS.test(name), { error: 'this header is not yours to set' });

const status = z.int().min(200).max(599);

const bodySchema = z.union(
  [
    z.strictObject({ contains: z.string().min(1).max(1000) }),
    z.strictObject({
      matches: z
        .string()
        .min(1)
        .max(1000)
        .refine(isRegularExpression, { error: 'it is not a regular expression of JavaScript' }),
    }),
  ],
  { error: 'write { contains: text } or { matches: regular expression }' },
);

const fields = z.strictObject({
  type: z.literal('http'),
  name: z.string().min(1),
  url: z
    .string()
    .min(1)
    .max(2000)
    .superRefine((url, context) => {
      const problem = urlProblem(url);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .describe('http or https. {cluster} and {service} stand for those of the group.'),
  // A probe looks, often and again after silence; what acts at each request has no place in it.
  method: z.enum(['GET', 'HEAD']).default('GET'),
  headers: z
    .record(
      headerName,
      z
        .string()
        .max(4000)
        .regex(/^[\t\x20-\x7e\x80-\xff]*$/),
    )
    .default({})
    .describe('They stand in the config of the deployed function in clear text: put no secret here.'),
  expectStatus: z
    .union([status, z.array(status).min(1)], { error: 'write a status from 200 to 599, or a list of them' })
    .optional()
    .describe('The tolerance: a status, or a list of them. Default: 200 to 299.'),
  maxLatencyMs: z
    .int()
    .min(1)
    .max(MOST_TIMEOUT_SECONDS * 1000)
    .optional()
    .describe(
      'The tolerance: milliseconds from the request to the head of the answer, redirects included. Default: none but the time-out.',
    ),
  expectBody: bodySchema
    .optional()
    .describe('The tolerance: what the first 64 KB of the body hold, as UTF-8. Default: the body is not read.'),
  followRedirects: z.boolean().default(false).describe('Whether up to five redirects are followed.'),
  attempts: z.int().min(1).max(5).default(1).describe('Violated only when every one of so many attempts is.'),
  ...commonFields('before', 'during', 'after'),
  timeoutSeconds,
});

/** A request as a user would make it, over a connection of its own. */
export const httpSchema = fields.superRefine((probe, context) => {
  const complain = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  if (probe.attempts * probe.timeoutSeconds > MOST_TIMEOUT_SECONDS) {
    complain(
      'attempts',
      `attempts times timeoutSeconds may be ${MOST_TIMEOUT_SECONDS} at most, not ${probe.attempts * probe.timeoutSeconds}`,
    );
  }
  if (probe.maxLatencyMs !== undefined && probe.maxLatencyMs > probe.timeoutSeconds * 1000)
    complain('maxLatencyMs', `it is longer than the time-out of ${probe.timeoutSeconds} s`);
  if (probe.method === 'HEAD' && probe.expectBody !== undefined)
    complain('expectBody', 'an answer to HEAD has no body');
});

export type HttpProbe = z.output<typeof httpSchema>;
export type BodyExpectation = z.output<typeof bodySchema>;

/** What became of one attempt. */
export type HttpSeen =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly latencyMs: number;
      /** Absent when no body is expected; `undecided`: the regular expression took too long. */
      readonly body?: 'fits' | 'differs' | 'undecided';
    }
  /** The server cannot be reached, breaks off, or is silent for the length of the time-out: for a user it is down. */
  | { readonly kind: 'no-answer'; readonly because: string }
  /** The request could not be made for a reason that lies here. */
  | { readonly kind: 'not-asked'; readonly because: string };

/** Judges the attempts in their order. The last one decides: whoever asks stops at the first that is not violated. */
export function judgeHttp(probe: HttpProbe, phase: Phase, attempts: readonly HttpSeen[]): ProbeAnswer {
  const { holds, violated, unknown } = answersOf(probe, phase);
  const asked = `${probe.method} ${shownUrl(probe.url)}`;
  const last = attempts.at(-1);
  if (last === undefined) return unknown(`${asked} was not asked`);
  const attempt = attempts.length > 1 ? ` at attempt ${attempts.length} of ${probe.attempts}` : '';
  if (last.kind === 'not-asked') return unknown(`${asked} could not be asked${attempt}: ${last.because}`);
  if (last.kind === 'no-answer')
    return violated(`${asked} gave no answer${attempt}: ${last.because}; wanted ${wanted(probe)}`);
  const said = `${asked} gave ${last.status} in ${Math.round(last.latencyMs)} ms${attempt}`;
  const isInTime = probe.maxLatencyMs === undefined || last.latencyMs <= probe.maxLatencyMs;
  if (!isExpected(probe.expectStatus, last.status) || !isInTime) return violated(`${said}; wanted ${wanted(probe)}`);
  if (probe.expectBody === undefined || last.body === 'fits') return holds(`${said}; wanted ${wanted(probe)}`);
  if (last.body === 'differs') return violated(`${said} with another body; wanted ${wanted(probe)}`);
  return unknown(`${said}, but matching its body took too long; wanted ${wanted(probe)}`);
}

function isExpected(expected: HttpProbe['expectStatus'], status: number): boolean {
  if (expected === undefined) return status >= 200 && status <= 299;
  return [expected].flat().includes(status);
}

function wanted({ expectStatus, maxLatencyMs, expectBody }: HttpProbe): string {
  const status = expectStatus === undefined ? '200 to 299' : [expectStatus].flat().join(' or ');
  const latency = maxLatencyMs === undefined ? '' : ` within ${maxLatencyMs} ms`;
  return `${status}${latency}${expectBody === undefined ? '' : ` with a body that ${sayBody(expectBody)}`}`;
}

function sayBody(body: BodyExpectation): string {
  return 'contains' in body ? `contains "${shortened(body.contains, 60)}"` : `matches /${shortened(body.matches, 60)}/`;
}

/** Without the query, which may hold what is nobody's business. */
function shownUrl(text: string): string {
  return shortened(text.split(/[?#]/, 1)[0] ?? '', 200);
}

function urlProblem(text: string): string | undefined {
  const url = URL.parse(fillIn(text, { cluster: 'cluster', service: 'service' }));
  if (url === null) return 'it is not a URL; write it in full, like https://shop.example/health';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'only http and https are asked';
  return url.username || url.password ? 'leave out name and password; they would stand in the records' : undefined;
}

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
