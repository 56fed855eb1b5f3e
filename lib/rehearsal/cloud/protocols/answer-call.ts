import type * as z from 'zod';
import { AwsError, type Caller, type ServedService } from '../operation.ts';
import { type HandledServiceKey, servedService } from '../served-operations.ts';
import type { TableService } from './dynamodb.ts';
import {
  type FoundCall,
  type UnknownCall,
  UnreadableInput,
  type WireAnswer,
  type WireProblem,
  type WireRequest,
} from './wire.ts';

/** Called with one sentence for everything that makes a rehearsal untrue; `cause` is what was thrown, if anything was. */
export type OnDefect = (sentence: string, cause?: unknown) => void;

/** What answers calls. */
export interface Answerers {
  readonly services: Readonly<Partial<Record<HandledServiceKey, ServedService>>>;
  readonly tables: TableService | undefined;
  readonly onDefect: OnDefect;
}

/** Where the table of served operations is, for the mend in a defect's sentence. */
const TABLE = 'lib/rehearsal/cloud/served-table.ts';

/** Answers a request that nothing serves, and reports it. */
export function answerUnknown({ said, wire }: UnknownCall, onDefect: OnDefect, requestId: string): WireAnswer {
  onDefect(`The local cloud was asked for ${said}, which it does not serve; add it to ${TABLE} or do not call it.`);
  const message = `The local cloud of this rehearsal does not serve ${said}.`;
  return wire.writeProblem({ code: 'UnknownOperationException', message, statusCode: 400, fields: {} }, requestId);
}

/** Answers a served call. Never throws: what a handler throws becomes an AWS error. */
export async function answerCall(
  call: FoundCall,
  request: WireRequest,
  caller: Caller,
  answerers: Answerers,
  requestId: string,
): Promise<WireAnswer> {
  const name = `${call.service}.${call.operation}`;
  try {
    if (call.service === 'DynamoDB') return await answerByTables(call, request, answerers, requestId);
    const handler = answerers.services[call.service]?.[call.operation];
    if (handler === undefined)
      return answerUnknown({ found: false, said: name, wire: call.wire }, answerers.onDefect, requestId);
    const input = readInput(call, handler.input);
    if ('problem' in input) {
      answerers.onDefect(
        `${name} was called with parameters that the local cloud does not serve (${input.problem.message}); ` +
          "send others, or teach the operation's schema in lib/rehearsal/cloud.",
      );
      return call.wire.writeProblem(input.problem, requestId);
    }
    return call.wire.writeAnswer(await handler.answer(input.value, caller), requestId);
  } catch (error) {
    return call.wire.writeProblem(readProblem(error, name, answerers.onDefect), requestId);
  }
}

async function answerByTables(
  call: FoundCall,
  request: WireRequest,
  { tables, onDefect }: Answerers,
  requestId: string,
): Promise<WireAnswer> {
  const said = `DynamoDB.${call.operation}`;
  if (tables === undefined) return answerUnknown({ found: false, said, wire: call.wire }, onDefect, requestId);
  const answer = await tables.handle(call.operation, request.body, request.headers);
  return { ...answer, headers: { 'x-amzn-requestid': requestId, ...answer.headers } };
}

function readInput(
  call: FoundCall,
  schema: z.ZodType,
): { readonly value: unknown } | { readonly problem: WireProblem } {
  const code = servedService(call.service).malformed;
  try {
    const parsed = schema.safeParse(call.readInput());
    if (parsed.success) return { value: parsed.data };
    const message = parsed.error.issues.map(sayIssue).join('; ');
    return { problem: { code, message, statusCode: 400, fields: {} } };
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error;
    return { problem: { code: 'SerializationException', message: error.message, statusCode: 400, fields: {} } };
  }
}

function sayIssue(issue: z.core.$ZodIssue): string {
  const place = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  const where = place.replace(/^\./, '');
  if (issue.code !== 'unrecognized_keys') return where === '' ? issue.message : `${where}: ${issue.message}`;
  const keys = issue.keys.map((key) => (where === '' ? key : `${where}.${key}`));
  return `unknown parameter ${keys.join(', ')}`;
}

function readProblem(error: unknown, name: string, onDefect: OnDefect): WireProblem {
  if (error instanceof AwsError) {
    return { code: error.code, message: error.message, statusCode: error.statusCode, fields: error.fields };
  }
  const said = error instanceof Error ? error.message : String(error);
  onDefect(`The local cloud failed to answer ${name} (${said}); this is a defect of the rehearsal.`, error);
  return { code: 'InternalFailure', message: `The local cloud failed: ${said}`, statusCode: 500, fields: {} };
}
