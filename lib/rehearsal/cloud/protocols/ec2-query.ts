import * as z from 'zod';
import { foldForm } from './query-input.ts';
import { UnreadableInput, type Wire, type WireAnswer } from './wire.ts';
import { xmlElement } from './xml.ts';

/** What tells EC2's forms from the awsQuery services' (the SDK's `runtimeConfig.shared.js` and its answers). */
export const EC2_VERSION = '2016-11-15';
const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/**
 * The parameters of an ec2Query call under their names on the wire: `InstanceId.1`, `Filter.1.Value.2`. Unlike awsQuery's, lists have
 * no `member` between. All values stay text.
 */
export function readEc2Input(form: URLSearchParams): Record<string, unknown> {
  const folded = foldForm([...form].filter(([name]) => name !== 'Action' && name !== 'Version'));
  return Object.fromEntries(Object.entries(folded).map(([name, value]) => [name, withLists(value, name)]));
}

function withLists(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([part, below]) => [part, withLists(below, `${name}.${part}`)] as const);
  if (!entries.every(([part]) => /^\d+$/.test(part))) return Object.fromEntries(entries);
  const byNumber = new Map(entries.map(([part, below]) => [Number(part), below]));
  return Array.from({ length: byNumber.size }, (_, index) => {
    if (!byNumber.has(index + 1)) throw new UnreadableInput(`The list ${name} lacks its number ${index + 1}.`);
    return byNumber.get(index + 1);
  });
}

/** The filters of a Describe call; each has up to 200 values, which are alternatives. */
export const ec2Filters = z
  .array(z.strictObject({ Name: z.string().min(1), Value: z.array(z.string()).min(1).max(200) }))
  .default([]);

/**
 * ec2Query: the request is a form, answers and errors are XML of their own shape: no element for the result, `item` for what is in a
 * list, and a list of errors. Handlers give their answers under the names of the wire.
 */
export function ec2Query(action: string): Wire {
  const write = (statusCode: number, requestId: string, body: string): WireAnswer => ({
    statusCode,
    headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  });
  return {
    writeAnswer(output, requestId) {
      const content = Object.entries({ requestId, ...output })
        .map(([name, value]) => xmlElement(name, value, 'item'))
        .join('');
      return write(200, requestId, `<${action}Response xmlns="${NAMESPACE}">${content}</${action}Response>`);
    },
    writeProblem({ code, message, statusCode }, requestId) {
      const error = xmlElement('Errors', { Error: { Code: code, Message: message } }, 'item');
      return write(statusCode, requestId, `<Response>${error}${xmlElement('RequestID', requestId, 'item')}</Response>`);
    },
  };
}
