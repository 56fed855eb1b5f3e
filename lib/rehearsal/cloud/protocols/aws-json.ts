import type { ServedServiceRow } from '../served-operations.ts';
import { readJsonObject, type Wire, type WireRequest, writeJson } from './wire.ts';

/**
 * AWS JSON 1.0 and 1.1: everything is a POST, the operation stands in `X-Amz-Target`, errors carry their name in `__type`.
 * CloudWatch's clients also read the older query name of an error from `x-amzn-query-error`.
 */
export function awsJson(protocol: ServedServiceRow['protocol'], request: WireRequest): Wire {
  const version = protocol === 'awsJson1_0' ? '1.0' : '1.1';
  const headers = (requestId: string) => ({
    'content-type': `application/x-amz-json-${version}`,
    'x-amzn-requestid': requestId,
  });
  const queryCompatible = request.headers['x-amzn-query-mode'] === 'true';
  return {
    writeAnswer: (output, requestId) => ({ statusCode: 200, headers: headers(requestId), body: writeJson(output) }),
    writeProblem: ({ code, message, statusCode, fields }, requestId) => ({
      statusCode,
      headers: {
        ...headers(requestId),
        ...(queryCompatible ? { 'x-amzn-query-error': `${code};${statusCode < 500 ? 'Sender' : 'Receiver'}` } : {}),
      },
      body: writeJson({ ...fields, __type: code, message }),
    }),
  };
}

/** Splits `AmazonSSM.GetParameter` into its two halves. */
export function readTarget(header: string): { readonly target: string; readonly operation: string } {
  const dot = header.lastIndexOf('.');
  return { target: header.slice(0, Math.max(dot, 0)), operation: header.slice(dot + 1) };
}

/** The input of an AWS JSON call. */
export function readAwsJsonInput(request: WireRequest): unknown {
  return readJsonObject(request.body);
}
