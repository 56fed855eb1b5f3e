import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askHttp } from '../../../functions/experiment/http-check.ts';
import { type HttpProbe, probeSchema } from '../../../lib/core/probe.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A server of its own for each test, which counts its requests and its open connections. */
async function serve(answer: Answer) {
  const open = new Set<unknown>();
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => answer(request, response, requests.push(request)));
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, open };
}

/** The port of a server that has just gone: nobody listens there. */
async function deadUrl(): Promise<string> {
  const server = createSocketServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const ask = (url: string, changes: object = {}) =>
  askHttp(probeSchema.parse({ type: 'http', name: 'front', url, ...changes }) as HttpProbe, 'during');

const text =
  (body: string, status = 200): Answer =>
  (_, response) => {
    response.writeHead(status).end(body);
  };

describe('an answer', () => {
  it('with an expected status holds, and says so with the time it took', async () => {
    const { url } = await serve(text('fine'));
    expect(await ask(`${url}/health?key=1`)).toEqual({
      probe: 'front',
      phase: 'during',
      answer: 'holds',
      because: expect.stringMatching(/^GET http:\/\/127\.0\.0\.1:\d+\/health gave 200 in \d+ ms; wanted 200 to 299$/),
    });
  });

  it('with another status is a violation', async () => {
    const { url } = await serve(text('ill', 503));
    expect(await ask(url)).toMatchObject({ answer: 'violated', because: expect.stringContaining('gave 503') });
  });

  it('that comes later than the tolerance is a violation, though it comes', async () => {
    const { url } = await serve((_, response) => setTimeout(() => response.end('late'), 150));
    expect(await ask(url, { maxLatencyMs: 100 })).toMatchObject({
      answer: 'violated',
      because: expect.stringMatching(/gave 200 in \d{3,} ms; wanted 200 to 299 within 100 ms/),
    });
    expect(await ask(url, { maxLatencyMs: 5000 })).toMatchObject({ answer: 'holds' });
  });

  it('is asked for with the method and the headers of the probe, and a name by which it is known', async () => {
    const { url, requests } = await serve(text(''));
    await ask(url, { method: 'HEAD', headers: { 'X-Check': 'yes' } });
    await ask(url, { headers: { 'User-Agent': 'mine' } });
    expect(requests[0]?.method).toBe('HEAD');
    expect(requests[0]?.headers).toMatchObject({
      'x-check': 'yes',
      'user-agent': 'capuchin-probe',
      connection: 'close',
    });
    expect(requests[1]?.headers).toMatchObject({ 'user-agent': 'mine', connection: 'close' });
  });
});

describe('a body', () => {
  it.each([
    [{ contains: '"UP"' }, '{"status":"UP"}', 'holds'],
    [{ contains: '"UP"' }, '{"status":"DOWN"}', 'violated'],
    [{ matches: '^\\{"status":"(UP|OK)"' }, '{"status":"OK"}', 'holds'],
    [{ matches: '^UP' }, 'not UP', 'violated'],
    [{ contains: 'grün' }, 'alles grün', 'holds'],
  ])('that must fit %j and is %s: %s', async (expectBody, body, answer) => {
    const { url } = await serve(text(body));
    expect((await ask(url, { expectBody })).answer).toBe(answer);
  });

  it('is read up to 64 KB and no further, even when it never ends', async () => {
    const { url, open } = await serve((_, response) => {
      response.write(`${'x'.repeat(65_536 - 2)}ab`);
      const more = setInterval(() => response.write('c'.repeat(65_536)), 5);
      response.on('close', () => clearInterval(more));
    });
    expect((await ask(url, { expectBody: { matches: 'ab$' } })).answer).toBe('holds');
    expect((await ask(url, { expectBody: { contains: 'c' } })).answer).toBe('violated');
    await expect.poll(() => open.size).toBe(0);
  });

  it('is not matched beyond 64 KB though more of it came', async () => {
    const { url } = await serve(text(`${'x'.repeat(65_530)}within, beyond`));
    expect((await ask(url, { expectBody: { contains: 'within' } })).answer).toBe('holds');
    expect((await ask(url, { expectBody: { contains: 'beyond' } })).answer).toBe('violated');
  });

  it('that nobody wants to see is not waited for, and its connection is ended', async () => {
    const { url, open } = await serve((_, response) => {
      const more = setInterval(() => response.write('c'.repeat(65_536)), 5);
      response.on('close', () => clearInterval(more));
    });
    expect((await ask(url)).answer).toBe('holds');
    await expect.poll(() => open.size).toBe(0);
  });

  it('that was compressed is matched as it was before', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('all is UP'));
    });
    expect((await ask(url, { expectBody: { contains: 'is UP' } })).answer).toBe('holds');
  });

  it('with a pattern that would search for ever is unknown soon', async () => {
    const { url } = await serve(text(`${'a'.repeat(50)}!`));
    const startMs = performance.now();
    const answer = await ask(url, { expectBody: { matches: '^(a+)+$' } });
    expect(answer).toMatchObject({ answer: 'unknown', because: expect.stringContaining('took too long') });
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it('that stops half-way is a violation when it had to be read', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await ask(url, { expectBody: { contains: 'half' } })).toMatchObject({ answer: 'violated' });
  });
});

describe('no answer', () => {
  it('because nobody listens is a violation', async () => {
    expect(await ask(await deadUrl())).toMatchObject({
      answer: 'violated',
      because: expect.stringMatching(/gave no answer: .*ECONNREFUSED.*; wanted 200 to 299$/),
    });
  });

  it('because the connection is cut is a violation', async () => {
    const { url } = await serve((request) => request.socket.destroy());
    expect(await ask(url)).toMatchObject({ answer: 'violated', because: expect.stringContaining('gave no answer') });
  });

  it('because the name is unknown is a violation', async () => {
    // A label of more than 63 letters is no name to any resolver (RFC 1035), so none is asked.
    expect(await ask(`http://${'a'.repeat(64)}/`)).toMatchObject({
      answer: 'violated',
      because: expect.stringMatching(/gave no answer: .*(ENOTFOUND|EAI_AGAIN)/),
    });
  });

  it('within the time-out is a violation, and the connection is not left open', async () => {
    const { url, open } = await serve(() => undefined);
    expect(await ask(url, { timeoutSeconds: 1 })).toMatchObject({
      answer: 'violated',
      because: expect.stringContaining('gave no answer: silent for 1 s'),
    });
    await expect.poll(() => open.size).toBe(0);
  });

  it('to the end of a body that had to be read is a violation too', async () => {
    const { url } = await serve((_, response) => {
      response.write('and then');
    });
    expect(await ask(url, { timeoutSeconds: 1, expectBody: { contains: 'and then' } })).toMatchObject({
      answer: 'violated',
      because: expect.stringContaining('silent for 1 s'),
    });
  });

  it('because the client will not send it is unknown', async () => {
    // fetch refuses this port, whatever listens there.
    expect(await ask('http://127.0.0.1:6000/')).toMatchObject({
      answer: 'unknown',
      because: expect.stringContaining('could not be asked: bad port'),
    });
  });

  it('because a name that was filled in makes no URL is unknown', async () => {
    const probe = probeSchema.parse({ type: 'http', name: 'front', url: 'http://{service}/' }) as HttpProbe;
    const answer = await askHttp({ ...probe, url: 'http://a%3Ab/' }, 'before');
    expect(answer).toMatchObject({ answer: 'unknown', because: expect.stringContaining('could not be asked') });
  });
});

describe('a redirect', () => {
  const hops =
    (most: number): Answer =>
    (request, response) => {
      const hop = Number(new URL(request.url ?? '', 'http://x').searchParams.get('hop') ?? 0);
      if (hop >= most) response.end('arrived');
      else response.writeHead(302, { location: `/?hop=${hop + 1}` }).end();
    };

  it('is an answer like others unless it is to be followed', async () => {
    const { url, requests } = await serve(hops(1));
    expect(await ask(url)).toMatchObject({ answer: 'violated', because: expect.stringContaining('gave 302') });
    expect(await ask(url, { expectStatus: 302 })).toMatchObject({ answer: 'holds' });
    expect(requests).toHaveLength(2);
  });

  it('is followed five times and no further', async () => {
    const five = await serve(hops(5));
    const expectBody = { contains: 'arrived' };
    expect(await ask(five.url, { followRedirects: true, expectBody })).toMatchObject({ answer: 'holds' });
    expect(five.requests).toHaveLength(6);
    const six = await serve(hops(6));
    expect(await ask(six.url, { followRedirects: true })).toMatchObject({
      answer: 'violated',
      because: expect.stringContaining('more than 5 redirects'),
    });
  });

  it('to another origin does not carry the probe’s headers there', async () => {
    const there = await serve(text('there'));
    const here = await serve((_, response) => response.writeHead(307, { location: there.url }).end());
    expect((await ask(here.url, { followRedirects: true, headers: { 'X-Key': 'k' } })).answer).toBe('holds');
    expect(here.requests[0]?.headers['x-key']).toBe('k');
    expect(there.requests[0]?.headers['x-key']).toBeUndefined();
  });

  it.each(['mailto:ann@shop.example', 'file:///etc/hostname', 'http://'])('to %s is a violation', async (location) => {
    const { url } = await serve((_, response) => response.writeHead(301, { location }).end());
    expect(await ask(url, { followRedirects: true })).toMatchObject({
      answer: 'violated',
      because: expect.stringContaining('no http or https URL'),
    });
  });
});

describe('attempts', () => {
  it('end with the first good one', async () => {
    const { url, requests } = await serve((_, response, count) => response.writeHead(count < 3 ? 500 : 200).end());
    expect(await ask(url, { attempts: 5 })).toMatchObject({
      answer: 'holds',
      because: expect.stringContaining('at attempt 3 of 5'),
    });
    expect(requests).toHaveLength(3);
  });

  it('are a violation when none was good', async () => {
    const { url, requests } = await serve(text('', 500));
    expect(await ask(url, { attempts: 2 })).toMatchObject({
      answer: 'violated',
      because: expect.stringContaining('at attempt 2 of 2'),
    });
    expect(requests).toHaveLength(2);
  });

  it('leave no connection behind, whatever came of them', async () => {
    const { url, open } = await serve((_, response, count) =>
      response.writeHead(count % 2 ? 500 : 200).end('x'.repeat(100_000)),
    );
    for (let n = 0; n < 4; n++) await ask(url, { attempts: 2 });
    await expect.poll(() => open.size).toBe(0);
  });
});
