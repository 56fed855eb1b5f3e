import type { ServiceKey } from '../served-operations.ts';
import { readJsonObject, type Wire, type WireAnswer, type WireRequest, writeJson } from './wire.ts';

/** Where the members of a REST operation stand outside the body; wire names to the SDK's member names. */
export interface RestRoute {
  readonly service: ServiceKey;
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Segments of the path; a name in braces is a label, for example `/schedules/{Name}`. */
  readonly path: string;
  /** Query names to members. A query name that is not listed reaches the schema as it is, and is refused there. */
  readonly query?: Readonly<Record<string, string>>;
  /** Header names in lower case to members. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Members that are whole numbers in the query. */
  readonly numbers?: readonly string[];
  /** Members of the body that are timestamps. */
  readonly timestamps?: readonly string[];
  /** `json`: members of the input; `blob`: the bytes are the member `Payload`; `none`: no body. */
  readonly body: 'json' | 'blob' | 'none';
  /** Where the answer differs from a JSON document with status 200. */
  readonly write?: (output: object, requestId: string) => WireAnswer;
}

/** A route and the labels found in the path. */
export interface RouteMatch {
  readonly route: RestRoute;
  readonly labels: Readonly<Record<string, string>>;
}

/** Finds the route of a request; null when there is none. */
export function matchRoute(routes: readonly RestRoute[], method: string, path: string): RouteMatch | null {
  const segments = path.split('/');
  for (const route of routes) {
    if (route.method !== method) continue;
    const labels = matchPath(route.path.split('/'), segments);
    if (labels !== null) return { route, labels };
  }
  return null;
}

function matchPath(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const labels: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (!part.startsWith('{')) {
      if (part !== segment) return null;
      continue;
    }
    const value = decodeSegment(segment);
    if (value === null || value === '') return null;
    labels[part.slice(1, -1)] = value;
  }
  return labels;
}

function decodeSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null; // A broken percent escape names nothing: the request matches no route and is reported as unknown.
  }
}

/** The input of a REST call under the SDK's member names. */
export function readRestInput({ route, labels }: RouteMatch, request: WireRequest): Record<string, unknown> {
  const input: Record<string, unknown> = route.body === 'json' ? readJsonObject(request.body) : {};
  for (const member of route.timestamps ?? []) {
    const value = input[member];
    if (typeof value === 'number') input[member] = new Date(Math.round(value * 1_000));
  }
  if (route.body === 'blob' && request.body.length > 0) input.Payload = request.body;
  for (const [name, member] of Object.entries(route.headers ?? {})) {
    const value = request.headers[name];
    if (value !== undefined) input[member] = value;
  }
  for (const [name, value] of request.query) {
    const member = route.query?.[name] ?? name;
    input[member] = route.numbers?.includes(member) ? Number(value) : value;
  }
  return Object.assign(input, labels);
}

/** REST JSON: errors carry their name in `X-Amzn-ErrorType`. */
export function restJson(route: RestRoute | null): Wire {
  return {
    writeAnswer:
      route?.write ??
      ((output, requestId) => ({
        statusCode: 200,
        headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId },
        body: writeJson(output),
      })),
    writeProblem: ({ code, message, statusCode, fields }, requestId) => ({
      statusCode,
      headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId, 'x-amzn-errortype': code },
      // Services differ in the case of this member; the SDK's exceptions read either.
      body: writeJson({ ...fields, message, Message: message }),
    }),
  };
}
