import * as z from 'zod';
import type { RestRoute } from './rest-json.ts';
import type { WireAnswer } from './wire.ts';

/** What a handler of `Invoke` may answer. */
const invokeAnswer = z.strictObject({
  StatusCode: z.int().min(200).max(299),
  Payload: z.instanceof(Uint8Array).optional(),
  FunctionError: z.string().optional(),
  LogResult: z.string().optional(),
  ExecutedVersion: z.string().optional(),
  DurableExecutionArn: z.string().optional(),
});

const ANSWER_HEADERS = {
  FunctionError: 'x-amz-function-error',
  LogResult: 'x-amz-log-result',
  ExecutedVersion: 'x-amz-executed-version',
  DurableExecutionArn: 'x-amz-durable-execution-arn',
} as const;

/** `Invoke` answers with the payload's bytes; everything else stands in the status and in headers. */
function writeInvokeAnswer(output: object, requestId: string): WireAnswer {
  const answer = invokeAnswer.parse(output);
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-amzn-requestid': requestId };
  for (const member of ['FunctionError', 'LogResult', 'ExecutedVersion', 'DurableExecutionArn'] as const) {
    const value = answer[member];
    if (value !== undefined) headers[ANSWER_HEADERS[member]] = value;
  }
  return { statusCode: answer.StatusCode, headers, body: answer.Payload ?? new Uint8Array() };
}

/** Lambda's routes, as in `schemas_0.js` of the SDK's client 3.1162.0. */
export const lambdaRoutes: readonly RestRoute[] = [
  {
    service: 'Lambda',
    operation: 'Invoke',
    method: 'POST',
    path: '/2015-03-31/functions/{FunctionName}/invocations',
    query: { Qualifier: 'Qualifier' },
    headers: {
      'x-amz-invocation-type': 'InvocationType',
      'x-amz-log-type': 'LogType',
      'x-amz-client-context': 'ClientContext',
      'x-amz-durable-execution-name': 'DurableExecutionName',
      'x-amz-tenant-id': 'TenantId',
    },
    body: 'blob',
    write: writeInvokeAnswer,
  },
  {
    service: 'Lambda',
    operation: 'CheckpointDurableExecution',
    method: 'POST',
    path: '/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint',
    body: 'json',
  },
  {
    service: 'Lambda',
    operation: 'GetDurableExecutionState',
    method: 'GET',
    path: '/2025-12-01/durable-executions/{DurableExecutionArn}/state',
    query: { CheckpointToken: 'CheckpointToken', Marker: 'Marker', MaxItems: 'MaxItems' },
    numbers: ['MaxItems'],
    body: 'none',
  },
];
