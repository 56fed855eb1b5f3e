import { createServer } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { newFolder, start } from './command-line.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('a call that the local cloud cannot answer as AWS does makes the rehearsal fail, and is named', async () => {
  const port = await freePort();
  const fleet = path.join(import.meta.dirname, 'fixtures', 'small-fleet.yaml');
  const rehearsal = start([
    'rehearse',
    '--fleet',
    fleet,
    '--port',
    String(port),
    '--within',
    '5s',
    '--out',
    newFolder(),
  ]);
  await rehearsal.says(/The plan/);
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonEC2ContainerServiceV20141113.PutAttributes',
      authorization:
        'AWS4-HMAC-SHA256 Credential=SOMEBODY/20260101/us-east-1/ecs/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: '{}',
  });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ __type: expect.stringContaining('UnknownOperationException') });
  const { code, talk, out } = await rehearsal.ended;
  expect(out).toMatch(/steady +held/);
  expect(talk).toMatch(/defect: .*PutAttributes/);
  expect(code).toBe(1);
}, 150_000);
