// Hands out jobs, one process only, because two would hand out the same job twice.
import { createServer } from 'node:http';

let job = 0;

const server = createServer((request, response) => {
  if (request.url === '/next') job += 1;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ job }));
});

process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});

server.listen(Number(process.env.PORT), '127.0.0.1');
