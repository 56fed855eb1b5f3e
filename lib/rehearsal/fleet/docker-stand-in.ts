/*
 * What `docker` is on a rehearsal's container hosts: hands its command line to the rehearsal, prints the answer and ends with its
 * exit code. Arguments: the rehearsal's socket, the host's instance id, then the command line. Node starts this file; it is no
 * module to import.
 */
import { request } from 'node:http';
import type { DockerAnswer } from './docker-commands.ts';

const [socketPath = '', instanceId = '', ...words] = process.argv.slice(2);

const asking = request({ socketPath, method: 'POST', path: `/${instanceId}` }, (response) => {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.once('end', () => {
    const { exitCode, stdout, stderr } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as DockerAnswer;
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = exitCode;
  });
});
asking.once('error', () => {
  process.stderr.write('Cannot connect to the Docker daemon at the rehearsal. Is the docker daemon running?\n');
  process.exitCode = 1;
});
asking.end(JSON.stringify(words));
