// Keeps the books. It has no handler for SIGTERM, so stopping it ends what it was doing in the middle: one more reason why it
// did not opt in.
import { createServer } from 'node:http';

const entries = [];

const server = createServer((request, response) => {
  if (request.url === '/balance') entries.push(entries.length % 2 === 0 ? 250 : -100);
  const cents = entries.slice(-1000).reduce((sum, entry) => sum + entry, 0);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ entries: entries.length, cents }));
});

server.listen(Number(process.env.PORT), '127.0.0.1');
