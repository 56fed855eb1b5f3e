import type { ServiceKey } from '../served-operations.ts';

/** An HTTP request as it came in, with its body read. */
export interface WireRequest {
  readonly method: string;
  /** Path without the query, still percent-encoded: a label may contain an encoded slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface WireAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** An AWS error before it is written. */
export interface WireProblem {
  readonly code: string;
  readonly message: string;
  readonly statusCode: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How one protocol writes answers and errors; every one of them carries the request id. */
export interface Wire {
  writeAnswer(output: object, requestId: string): WireAnswer;
  writeProblem(problem: WireProblem, requestId: string): WireAnswer;
}

/** A request whose service and operation are served. `readInput` gives the SDK's member names, or throws {@link UnreadableInput}. */
export interface FoundCall {
  readonly found: true;
  readonly service: ServiceKey;
  readonly operation: string;
  readonly wire: Wire;
  readInput(): unknown;
}

/** A request that nothing serves; `said` is what it asked for, as far as it can be told. */
export interface UnknownCall {
  readonly found: false;
  readonly said: string;
  readonly wire: Wire;
}

/** A body that is not what its protocol says. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput';
}

/** Signature Version 4: who signed, for which region and service. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly signingName: string;
}

/** Reads the credential of an `Authorization` header; null when there is none. The signature is not looked at. */
export function readCredential(authorization: string | undefined): CredentialScope | null {
  const match = /Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/.exec(authorization ?? '');
  if (match === null) return null;
  const [, accessKeyId = '', region = '', signingName = ''] = match;
  return { accessKeyId, region, signingName };
}

/** Parses a JSON body; an empty one is an empty object. */
export function readJsonObject(body: Uint8Array): Record<string, unknown> {
  const text = Buffer.from(body).toString('utf8');
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UnreadableInput('The request body is not JSON.', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnreadableInput('The request body is not a JSON object.');
  }
  return value as Record<string, unknown>;
}

/** Writes JSON as the AWS JSON protocols want it: timestamps in epoch seconds, blobs in base64, absent members left out. */
export function writeJson(value: unknown): string {
  return JSON.stringify(toWireValue(value));
}

function toWireValue(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1_000;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(toWireValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toWireValue(member)]));
}
