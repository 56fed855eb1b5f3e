import { describe, expect, it } from 'vitest';
import type { Container } from '../../../lib/rehearsal/fleet/container-engine.ts';
import { dockerCommand } from '../../../lib/rehearsal/fleet/docker-commands.ts';

const HOST = 'i-0123456789abcdef0';

/** An engine of plain data, with one container of each state. */
function setUp() {
  const containers = new Map<string, Container>();
  const killed: string[] = [];
  for (const [index, status] of (['running', 'paused', 'exited'] as const).entries()) {
    const id = String(index).repeat(64);
    const labels = { 'com.amazonaws.ecs.task-arn': `arn:task/${index}`, team: 'shop' };
    const createdAt = new Date(1_700_000_000_000 - index);
    containers.set(id, { id, name: `web-${index}`, image: 'web', labels, createdAt, status, exitCode: index });
  }
  const engine = {
    containers: (instanceId: string) => (instanceId === HOST ? [...containers.values()] : []),
    freeze: (container: Container, frozen: boolean) => {
      containers.set(container.id, { ...container, status: frozen ? 'paused' : 'running' });
      return Promise.resolve(container.name !== 'web-9');
    },
    kill: ({ name }: Container, signal: string) => {
      killed.push(`${name} ${signal}`);
    },
  };
  const docker = (line: string, instanceId = HOST) => dockerCommand(line.split(' '), { engine, instanceId });
  return { docker, killed, containers };
}

const [RUNNING, PAUSED, EXITED] = ['0', '1', '2'].map((digit) => digit.repeat(64));

describe('docker ps', () => {
  it('shows running and paused containers, all with -a, filtered by label and state', async () => {
    const { docker } = setUp();
    const ids = async (line: string) => (await docker(line)).stdout.split('\n').slice(0, -1);
    expect(await ids('ps -q --no-trunc')).toEqual([RUNNING, PAUSED]);
    expect(await ids('ps -aq')).toEqual(['000000000000', '111111111111', '222222222222']);
    expect(await ids('ps -a -q --no-trunc --filter label=com.amazonaws.ecs.task-arn=arn:task/2')).toEqual([EXITED]);
    expect(await ids('ps -q --no-trunc --filter label=team --filter=status=paused')).toEqual([PAUSED]);
    expect(await ids('ps -q -f label=team=other')).toEqual([]);
  });

  it('of another host shows none of them', async () => {
    expect((await setUp().docker('ps -aq', 'i-0')).stdout).toBe('');
  });
});

describe('docker inspect', () => {
  it('renders the fields that scripts look at', async () => {
    const { docker } = setUp();
    expect(await docker(`inspect --format {{.State.Paused}} ${RUNNING} web-1`)).toEqual({
      exitCode: 0,
      stdout: 'false\ntrue\n',
      stderr: '',
    });
    expect((await docker('inspect -f {{.State.Status}}/{{.State.ExitCode}} 222')).stdout).toBe('exited/2\n');
    expect((await docker('inspect 000')).stdout).toContain('"Status": "running"');
  });

  it('renders a label, whose action has spaces', async () => {
    const { containers } = setUp();
    const engine = { containers: () => [...containers.values()], freeze: () => Promise.resolve(true), kill: () => {} };
    const words = ['inspect', '-f', '{{index .Config.Labels "team"}}{{index .Config.Labels "none"}}', 'web-0'];
    expect((await dockerCommand(words, { engine, instanceId: HOST })).stdout).toBe('shop\n');
  });

  it('ends with 1 for what it does not find, and still shows the rest', async () => {
    const { docker } = setUp();
    expect(await docker('inspect -f {{.State.Paused}} gone web-0')).toEqual({
      exitCode: 1,
      stdout: 'false\n',
      stderr: 'Error: No such object: gone\n',
    });
    expect(await docker('inspect -f {{.State.Colour}} web-0')).toMatchObject({ exitCode: 1, stdout: '' });
  });
});

describe('docker pause and unpause', () => {
  it('change the state, once', async () => {
    const { docker } = setUp();
    expect(await docker('pause web-0')).toEqual({ exitCode: 0, stdout: 'web-0\n', stderr: '' });
    expect(await docker('pause web-0')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `Error response from daemon: Container ${RUNNING} is already paused\n`,
    });
    expect((await docker('unpause web-0')).exitCode).toBe(0);
    expect((await docker('unpause web-0')).stderr).toBe(
      `Error response from daemon: Container ${RUNNING} is not paused\n`,
    );
  });

  it('go on with the others when one cannot be', async () => {
    expect(await setUp().docker('pause gone web-2 web-0')).toEqual({
      exitCode: 1,
      stdout: 'web-0\n',
      stderr:
        'Error response from daemon: No such container: gone\n' +
        `Error response from daemon: Container ${EXITED} is not running\n`,
    });
  });
});

it('docker kill sends the signal that is named, by name or number, to what runs', async () => {
  const { docker, killed } = setUp();
  await docker('kill -s TERM web-0');
  await docker('kill --signal=SIGHUP web-1');
  await docker('kill -s 9 web-0');
  await docker('kill web-0');
  expect(killed).toEqual(['web-0 SIGTERM', 'web-1 SIGHUP', 'web-0 SIGKILL', 'web-0 SIGKILL']);
  expect(await docker('kill -s NOPE web-0')).toMatchObject({ exitCode: 1 });
  expect(await docker('kill web-2')).toMatchObject({ exitCode: 1, stdout: '' });
});

it.each([
  ['info', 0],
  ['info --format {{.ServerVersion}}', 0],
  ['ps', 125],
  ['ps -q --last 3', 125],
  ['ps -q --filter name=web', 125],
  ['inspect', 1],
  ['pause', 1],
  ['inspect -f', 125],
  ['exec web-0 sh', 1],
])('docker %s ends with %i', async (line, exitCode) => {
  const answer = await setUp().docker(line);
  expect(answer.exitCode).toBe(exitCode);
  if (exitCode !== 0) expect(answer.stderr).not.toBe('');
});
