// Inside the guest: takes one request a line over a virtio-serial port, and answers one line for each, several at a time. When the other
// end goes away it ends, and the guest with it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';

const PORTS = '/sys/class/virtio-ports';
const LARGEST_OUTPUT_BYTES = 4 * 1024 * 1024;
/** What a command leaves running in the background may hold its output open; this long after its end it counts as ended all the same. */
const AFTER_EXIT_MS = 300;

const port = readdirSync(PORTS).find((name) => readFileSync(`${PORTS}/${name}/name`, 'utf8').trim() === 'capuchin');
if (port === undefined) throw new Error('the guest has no port "capuchin"');
const wire = openSync(`/dev/${port}`, 'r+');

function say(message) {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(wire, bytes, sent);
}

function execute({ id, argv, env, stdin, timeoutMs }) {
  const [file, ...args] = argv;
  const startedMs = Date.now();
  // A session of its own, so that a time-out ends everything that it has started and that has not left it.
  const child = spawn(file, args, { env: { ...process.env, ...env }, cwd: '/', detached: true });
  const parts = { stdout: [], stderr: [] };
  let size = 0;
  let endedMs = 0;
  let answered = false;
  const answer = (code, signal, error = '') => {
    if (answered) return;
    answered = true;
    clearTimeout(limit);
    const [stdout, stderr] = [parts.stdout, parts.stderr].map((each) => Buffer.concat(each).toString());
    say({ id, code, signal, stdout, stderr: stderr + error, startedMs, endedMs: endedMs || Date.now() });
  };
  const limit = setTimeout(() => {
    kill({ pid: -child.pid, signal: 'SIGKILL' });
    answer(null, 'TIMEOUT', `not ended after ${timeoutMs} ms`);
  }, timeoutMs);
  for (const stream of ['stdout', 'stderr']) {
    child[stream].on('data', (part) => {
      size += part.length;
      if (size < LARGEST_OUTPUT_BYTES) parts[stream].push(part);
    });
  }
  child.on('spawn', () => say({ id, pid: child.pid }));
  child.on('error', (error) => answer(null, null, String(error)));
  child.on('close', (code, signal) => answer(code, signal));
  child.on('exit', (code, signal) => {
    endedMs = Date.now();
    setTimeout(() => answer(code, signal), AFTER_EXIT_MS);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(stdin ?? '');
}

/** Whether there was such a process. */
function kill({ pid, signal }) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

const read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
};

const list = (folder) => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/** Every process but kernel threads, zombies, and this one with its peers and what it is running. */
function processes() {
  const all = [];
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const stat = read(`/proc/${pid}/stat`) ?? '';
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = (read(`/proc/${pid}/cmdline`) ?? '').split('\0').join(' ').trim();
    if (state === 'Z' || command === '' || [...peers.values()].some((peer) => peer.pid === Number(pid))) continue;
    const cgroup = (read(`/proc/${pid}/cgroup`) ?? '').trim().split(':').at(-1);
    all.push({ pid: Number(pid), parent: Number(parent), state, cgroup, command });
  }
  return all;
}

/** One call of the engine's own interface, without a process of its own. */
function engine({ id, method, path: url, body }) {
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const call = request({ socketPath: '/run/docker.sock', method, path: url, headers }, (response) => {
    const parts = [];
    response.on('data', (part) => parts.push(part));
    response.on('end', () => say({ id, status: response.statusCode, body: Buffer.concat(parts).toString() }));
  });
  call.on('error', (error) => say({ id, status: 0, body: error.message }));
  call.end(body === undefined ? undefined : JSON.stringify(body));
}

/** Programs that measure, by the network namespace that they are in: `outside`, `host`, or a process id. */
const peers = new Map();
let lastQuestion = 0;
const questions = new Map();

function peerIn(namespace) {
  const known = peers.get(namespace);
  if (known !== undefined) return known;
  const enter =
    namespace === 'outside'
      ? ['ip', 'netns', 'exec', 'outside']
      : ['nsenter', '-t', namespace === 'host' ? '1' : namespace, '-n'];
  const [file, ...args] = [...enter, process.execPath, path.join(import.meta.dirname, 'peer.mjs'), namespace];
  const peer = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  peer.on('message', ({ question, ...answer }) => {
    say({ id: questions.get(question)?.id, ...answer });
    questions.delete(question);
  });
  // Asked in the moment of its end; how that went, its end tells.
  peer.on('error', () => {});
  peer.on('exit', () => {
    if (peers.get(namespace) === peer) peers.delete(namespace);
    for (const [question, asked] of questions) {
      if (asked.peer !== peer) continue;
      say({ id: asked.id, error: `the program that measures in ${namespace} has ended` });
      questions.delete(question);
    }
  });
  peers.set(namespace, peer);
  return peer;
}

function measure({ id, namespace, ...question }) {
  const peer = peerIn(namespace);
  questions.set(++lastQuestion, { id, peer });
  peer.send({ ...question, question: lastQuestion });
}

/** Ends the program that measures in a namespace, or all of them but the one outside, which also answers. */
async function leave({ id, namespace }) {
  const all = [...peers].filter(([name]) => (namespace === 'all' ? name !== 'outside' : name === namespace));
  for (const [, peer] of all) peer.kill('SIGKILL');
  await Promise.all(all.map(([, peer]) => once(peer, 'exit')));
  say({ id });
}

const operations = {
  exec: execute,
  engine,
  measure,
  leave,
  processes: ({ id }) => say({ id, processes: processes() }),
  now: ({ id }) => say({ id, nowMs: Date.now() }),
  read: ({ id, files }) => say({ id, contents: files.map(read) }),
  list: ({ id, folder }) => say({ id, names: list(folder) }),
  kill: (asked) => say({ id: asked.id, found: kill(asked) }),
};

const lines = createInterface({ input: createReadStream('', { fd: wire, highWaterMark: 64 * 1024 }) });
lines.on('line', (line) => {
  const asked = JSON.parse(line);
  operations[asked.operation](asked);
});
lines.on('close', () => process.exit(0));
peerIn('outside');
say({ id: 0, ready: true });
