// Inside the guest, in one network namespace: measures what others answer, and, in the world outside, answers. Told by its parent what to do.
import { createSocket } from 'node:dgram';
import { createServer, get, request } from 'node:http';
import { connect, createServer as createTcpServer, isIPv6 } from 'node:net';

const CHUNK = Buffer.alloc(64 * 1024, 'x');

/** A query for one name: header, the name's labels, its type, class IN. */
function dnsQuery(id, name, type) {
  const labels = name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  const header = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, type === 'AAAA' ? 28 : 1, 0, 1])]);
}

/** Everything outside resolves: to 10.99.0.11, fd99::11, or, when it begins with `no-`, to nothing. */
function dnsAnswer(query) {
  let end = 12;
  while (query[end] !== 0) end += query[end] + 1;
  const question = query.subarray(12, end + 5);
  const isKnown = !query.subarray(13, 16).equals(Buffer.from('no-'));
  const isLong = query[end + 2] === 28;
  const address = isLong ? Buffer.from('fd990000000000000000000000000011', 'hex') : Buffer.from([10, 99, 0, 11]);
  const header = Buffer.from([query[0], query[1], 0x81, isKnown ? 0x80 : 0x83, 0, 1, 0, isKnown ? 1 : 0, 0, 0, 0, 0]);
  const record = Buffer.from([0xc0, 12, 0, isLong ? 28 : 1, 0, 1, 0, 0, 0, 0, 0, address.length]);
  return Buffer.concat([header, question, ...(isKnown ? [record, address] : [])]);
}

const framed = (message) => Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);

function serve() {
  // A connection lives as long as the other end wants it.
  createServer({ keepAliveTimeout: 0 }, (asked, response) => {
    if (asked.method === 'POST') {
      asked.resume().on('end', () => response.end('ok'));
      return;
    }
    let left = Number(/^\/bytes\/(\d+)$/.exec(asked.url)?.[1] ?? 2);
    const more = () => {
      while (left > 0) {
        const part = CHUNK.subarray(0, Math.min(left, CHUNK.length));
        left -= part.length;
        if (!response.write(part)) return response.once('drain', more);
      }
      response.end();
    };
    more();
  }).listen(80, '::');
  for (const address of ['10.99.0.53', '10.99.0.11', '10.99.0.12', 'fd99::53', 'fd99::11', 'fd99::12']) {
    // One socket for each address, so that an answer comes from where the question went.
    const type = isIPv6(address) ? 'udp6' : 'udp4';
    const echo = createSocket(type);
    echo.on('message', (message, from) => echo.send(message, from.port, from.address)).bind(7, address);
    const names = createSocket(type);
    names.on('message', (message, from) => names.send(dnsAnswer(message), from.port, from.address)).bind(53, address);
  }
  createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (message) => socket.end(framed(dnsAnswer(message.subarray(2)))));
  }).listen(53, '::');
}

const failed = (error) => ({ error: error.code ?? error.message });

/** Milliseconds from a start with parts, or why not. */
const clock = () => {
  const start = performance.now();
  return () => performance.now() - start;
};

const measures = {
  /** One request by HTTP on a connection of its own; `sendBytes` makes it a POST. */
  http: ({ url, timeoutMs, sendBytes = 0 }) =>
    new Promise((resolve) => {
      const took = clock();
      const asked = (sendBytes > 0 ? request : get)(url, { agent: false, method: sendBytes > 0 ? 'POST' : 'GET' });
      const limit = setTimeout(() => asked.destroy(new Error('timeout')), timeoutMs);
      const end = (answer) => {
        clearTimeout(limit);
        resolve({ ...answer, ms: took() });
      };
      asked.on('error', (error) => end(failed(error)));
      asked.on('response', (response) => {
        let bytes = 0;
        response.on('data', (part) => {
          bytes += part.length;
        });
        response.on('error', (error) => end(failed(error)));
        response.on('end', () => end({ status: response.statusCode, bytes: sendBytes || bytes }));
      });
      let left = sendBytes;
      const more = () => {
        while (left > 0) {
          const part = CHUNK.subarray(0, Math.min(left, CHUNK.length));
          left -= part.length;
          if (!asked.write(part)) return asked.once('drain', more);
        }
        asked.end();
      };
      more();
    }),

  /** One connection by TCP. */
  connect: ({ host, port, timeoutMs }) =>
    new Promise((resolve) => {
      const took = clock();
      const socket = connect({ host, port });
      const end = (answer) => {
        clearTimeout(limit);
        socket.destroy();
        resolve({ ...answer, ms: took() });
      };
      const limit = setTimeout(() => end({ error: 'timeout' }), timeoutMs);
      socket.on('error', (error) => end(failed(error)));
      socket.on('connect', () => end({}));
    }),

  /** One name from one server; `code` 0 is an answer, 3 no such name. */
  resolve: ({ server, name, type = 'A', overTcp = false, timeoutMs }) =>
    new Promise((resolve) => {
      const took = clock();
      const query = dnsQuery(Math.floor(Math.random() * 65536), name, type);
      const socket = overTcp ? connect({ host: server, port: 53 }) : createSocket(isIPv6(server) ? 'udp6' : 'udp4');
      const end = (answer) => {
        clearTimeout(limit);
        socket.removeAllListeners();
        socket.on('error', () => {});
        if (overTcp) socket.destroy();
        else socket.close();
        resolve({ ...answer, ms: took() });
      };
      const limit = setTimeout(() => end({ error: 'timeout' }), timeoutMs);
      socket.on('error', (error) => end(failed(error)));
      const read = (message) => end({ code: message[3] & 15, answers: message[7] });
      if (overTcp) {
        socket.on('connect', () => socket.write(framed(query)));
        socket.on('data', (message) => read(message.subarray(2)));
        socket.on('close', () => end({ error: 'closed' }));
      } else {
        socket.on('message', read);
        socket.send(query, 53, server, (error) => {
          if (error) end(failed(error));
        });
      }
    }),

  /** A series of numbered datagrams to an echo; one time in milliseconds for each, null for each that was lost, and in
   *  which order they came back. */
  echo: ({ host, count, intervalMs, timeoutMs }) =>
    new Promise((resolve) => {
      const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
      const sent = [];
      const times = new Array(count).fill(null);
      const order = [];
      let copies = 0;
      socket.on('message', (message) => {
        const number = message.readUInt32BE();
        order.push(number);
        if (times[number] === null) times[number] = performance.now() - sent[number];
        else copies++;
      });
      socket.on('error', () => {});
      const sends = setInterval(() => {
        if (sent.length === count) return;
        const datagram = Buffer.alloc(64);
        datagram.writeUInt32BE(sent.length);
        sent.push(performance.now());
        socket.send(datagram, 7, host, () => {});
        if (sent.length < count) return;
        clearInterval(sends);
        setTimeout(() => {
          socket.close();
          resolve({ times, copies, order });
        }, timeoutMs);
      }, intervalMs);
    }),
};

process.on('message', async ({ question, measure, ...asked }) => {
  try {
    process.send({ question, ...(await measures[measure](asked)) });
  } catch (error) {
    process.send({ question, error: String(error) });
  }
});
process.on('disconnect', () => process.exit(0));
if (process.argv[2] === 'outside') serve();
