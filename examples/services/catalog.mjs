// A catalogue of products that leaves without anybody noticing: on SIGTERM it takes no new connection, finishes the requests
// it has begun, and ends.
import { createServer } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';

const products = Array.from({ length: 100 }, (_, id) => ({ id, name: `Product ${id}`, cents: 199 + id * 50 }));

const server = createServer(async (request, response) => {
  if (request.url === '/health') return answer(response, 200, { ok: true });
  // As long as a query of a near database takes.
  await after(5 + Math.random() * 10);
  const product = products[Number(/^\/products\/(\d+)$/.exec(request.url ?? '')?.[1])];
  return answer(response, product ? 200 : 404, product ?? { error: 'no such product' });
});

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});

server.listen(Number(process.env.PORT), '127.0.0.1');
