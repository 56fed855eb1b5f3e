/*
 * What `docker`, `curl` and `connections` are on a rehearsal's container hosts: hands its command line and the document's parameters
 * to the rehearsal, prints the answer and ends with its exit code. Arguments: the rehearsal's socket, the host's instance id, the
 * tool, then the command line. Node starts this file; it is no module to import.
 */
import { request } from 'node:http';
import type { ToolAnswer, ToolCall } from './tool-host.ts';

const [socketPath = '', instanceId = '', tool = '', ...words] = process.argv.slice(2);
const given = Object.entries(process.env).flatMap(([name, value = '']): [string, string][] =>
  name.startsWith('SSM_') ? [[name.slice('SSM_'.length), value]] : [],
);
const call: ToolCall = { words, parameters: Object.fromEntries(given) };

const asking = request({ socketPath, method: 'POST', path: `/${tool}/${instanceId}` }, (response) => {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.once('end', () => {
    const { exitCode, stdout, stderr } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ToolAnswer;
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = exitCode;
  });
});
asking.once('error', () => {
  process.stderr.write('Cannot connect to the Docker daemon at the rehearsal. Is the docker daemon running?\n');
  process.exitCode = 1;
});
asking.end(JSON.stringify(call));
