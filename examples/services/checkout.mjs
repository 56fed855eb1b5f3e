// A checkout with a weakness that is common in real fleets: its health check answers as soon as the process listens, but it
// cannot quote before it has read all prices, which takes some six seconds. A load balancer believes the health check, so
// after every replacement a share of the customers is turned away. To mend it, let /health answer 503 until prices are read.
import { createServer } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';

const prices = new Map();
let warm = false;

async function readPrices() {
  for (let page = 0; page < 60; page += 1) {
    await after(100);
    for (let item = 0; item < 10; item += 1) prices.set(page * 10 + item, 99 + page * 7 + item);
  }
  warm = true;
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://checkout');
  if (url.pathname === '/health') return answer(response, 200, { ok: true });
  if (!warm) return answer(response, 503, { error: 'the price cache is not ready' });
  await after(5 + Math.random() * 10);
  const items = Number(url.searchParams.get('items') ?? 1);
  const cents = Array.from({ length: items }, (_, item) => prices.get(item) ?? 0).reduce(
    (sum, price) => sum + price,
    0,
  );
  return answer(response, 200, { items, cents });
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
await readPrices();
