// The pages of the shop. Whoever asks for its health before it has read its template is told to wait, so a task that is placed
// anew gets customers only when it can serve them.
import { createServer } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';

let template = '';

const server = createServer(async (request, response) => {
  if (template === '') return answer(response, 503, 'the template is not read yet');
  if (request.url === '/health') return answer(response, 200, 'ok');
  // As long as a page takes whose parts are in a near cache.
  await after(5 + Math.random() * 10);
  return answer(response, 200, template.replace('{path}', encodeURI(decodeURI(request.url ?? '/'))));
});

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${body}\n`);
}

process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});

server.listen(Number(process.env.PORT), '127.0.0.1');
await after(300);
template = 'You are at {path}';
