import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

interface TableAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Who answers DynamoDB's operations. The body and the answer pass through the server as they are. */
export interface TableService {
  handle(
    operation: string,
    body: Uint8Array,
    headers: Readonly<Record<string, string | undefined>>,
  ): Promise<TableAnswer>;
}

/** Headers that belong to one connection and must not be passed on. */
const HOP_HEADERS = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'expect', 'host'];

/**
 * Tables behind a loopback URL, for example a dynalite server. Each call takes a connection of its own, so that nothing
 * keeps the other server from closing.
 */
export function tablesAt(url: string): TableService {
  return {
    handle: (_operation, body, headers) =>
      new Promise((resolve, reject) => {
        const passed = Object.entries(headers).filter(
          ([name, value]) => value !== undefined && !HOP_HEADERS.includes(name),
        );
        const outgoing = httpRequest(
          url,
          { method: 'POST', agent: false, headers: { ...Object.fromEntries(passed), 'content-length': body.length } },
          (incoming) => {
            const chunks: Buffer[] = [];
            incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
            incoming.on('error', reject);
            incoming.on('end', () =>
              resolve({
                statusCode: incoming.statusCode ?? 500,
                headers: plainHeaders(incoming.headers),
                body: Buffer.concat(chunks),
              }),
            );
          },
        );
        outgoing.on('error', (cause) => reject(new Error(`The tables at ${url} do not answer.`, { cause })));
        outgoing.end(body);
      }),
  };
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_HEADERS.includes(name)) continue;
    plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}
