import type { ServiceKey } from '../served-operations.ts';
import { foldForm } from './query-input.ts';
import type { Wire, WireAnswer, WireRequest } from './wire.ts';
import { xmlElement } from './xml.ts';

/** What tells the awsQuery services apart: the version in the form, and the namespace of the answers (the SDK's `runtimeConfig.shared.js`). */
const dialects = {
  STS: { version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
  AutoScaling: { version: '2011-01-01', namespace: 'http://autoscaling.amazonaws.com/doc/2011-01-01/' },
  LoadBalancing: { version: '2015-12-01', namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/' },
  SNS: { version: '2010-03-31', namespace: 'http://sns.amazonaws.com/doc/2010-03-31/' },
} as const satisfies Partial<Record<ServiceKey, { version: string; namespace: string }>>;

export type QueryService = keyof typeof dialects;

const queryServices = Object.keys(dialects) as readonly QueryService[];

/** The service that a form means, by its version; undefined when it is none that is served. */
export function findQueryService(form: URLSearchParams): QueryService | undefined {
  return queryServices.find((service) => dialects[service].version === form.get('Version'));
}

/** The fields of a form request, or null when the request is no form. */
export function readForm(request: WireRequest): URLSearchParams | null {
  const contentType = request.headers['content-type'] ?? '';
  if (!contentType.startsWith('application/x-www-form-urlencoded')) return null;
  return new URLSearchParams(Buffer.from(request.body).toString('utf8'));
}

/** The parameters of an awsQuery call, with lists and structures folded; every value is text. */
export function readQueryInput(form: URLSearchParams): Record<string, unknown> {
  return foldForm([...form].filter(([name]) => name !== 'Action' && name !== 'Version'));
}

/** awsQuery: the request is a form, answers and errors are XML. An unknown service's errors carry no namespace. */
export function awsQuery(service: QueryService | undefined, action: string): Wire {
  const namespace = service === undefined ? '' : ` xmlns="${dialects[service].namespace}"`;
  const answer = (statusCode: number, requestId: string, root: string, content: string): WireAnswer => ({
    statusCode,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<${root}${namespace}>${content}</${root}>`,
  });
  return {
    writeAnswer: (output, requestId) =>
      answer(
        200,
        requestId,
        `${action}Response`,
        `${element(`${action}Result`, output)}${element('ResponseMetadata', { RequestId: requestId })}`,
      ),
    writeProblem: ({ code, message, statusCode, fields }, requestId) =>
      answer(
        statusCode,
        requestId,
        'ErrorResponse',
        element('Error', { Type: statusCode < 500 ? 'Sender' : 'Receiver', Code: code, Message: message, ...fields }) +
          element('RequestId', requestId),
      ),
  };
}

function element(name: string, value: unknown): string {
  return xmlElement(name, value, 'member');
}
