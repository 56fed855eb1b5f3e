import type { Wire, WireAnswer, WireRequest } from './wire.ts';

const STS_NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';
const STS_VERSION = '2011-06-15';

/** The fields of a form request, or null when the request is no form. */
export function readForm(request: WireRequest): URLSearchParams | null {
  const contentType = request.headers['content-type'] ?? '';
  if (!contentType.startsWith('application/x-www-form-urlencoded')) return null;
  return new URLSearchParams(Buffer.from(request.body).toString('utf8'));
}

/**
 * The parameters of an awsQuery call by their flat names. The one operation served takes none, so lists and structures
 * (`Name.member.1`) are not folded: they reach the closed schema as they are, and are refused there.
 */
export function readQueryInput(form: URLSearchParams): Record<string, unknown> {
  const { Action: _action, Version: version, ...parameters } = Object.fromEntries(form);
  return version === STS_VERSION ? parameters : { ...parameters, Version: version };
}

/** awsQuery: the request is a form, answers and errors are XML. */
export function awsQuery(action: string): Wire {
  const answer = (statusCode: number, requestId: string, root: string, content: string): WireAnswer => ({
    statusCode,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: `<${root} xmlns="${STS_NAMESPACE}">${content}</${root}>`,
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
  if (value === undefined || value === null) return '';
  return `<${name}>${content(value)}</${name}>`;
}

function content(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((member) => element('member', member)).join('');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, member]) => element(name, member))
      .join('');
  }
  return escapeXml(String(value));
}

const XML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => XML_ENTITIES[character] ?? character);
}
