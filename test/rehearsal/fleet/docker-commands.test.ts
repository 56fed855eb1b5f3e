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
    const task = { taskArn: `arn:task/${index}`, taskId: String(index), desiredStatus: 'RUNNING' } as const;
    const process = { startedAt: createdAt, pid: status === 'exited' ? 0 : 4000 + index };
    const about = { id, name: `web-${index}`, image: 'web', labels, createdAt, exitCode: index };
    containers.set(id, { ...about, ...task, ...process, status });
  }
  const stopped: string[] = [];
  const engine = {
    containers: (instanceId: string) => (instanceId === HOST ? [...containers.values()] : []),
    freeze: (container: Container, frozen: boolean) => {
      containers.set(container.id, { ...container, status: frozen ? 'paused' : 'running' });
      return Promise.resolve(container.name !== 'web-9');
    },
    kill: ({ name }: Container, signal: string) => {
      killed.push(`${name} ${signal}`);
    },
    stop: (container: Container, graceMs: number) => {
      stopped.push(`${container.name} ${graceMs}`);
      if (graceMs === 7_000) return Promise.resolve(false);
      containers.set(container.id, { ...container, status: 'exited', pid: 0 });
      return Promise.resolve(true);
    },
    start: (container: Container) => {
      containers.set(container.id, { ...container, startedAt: new Date(1_800_000_000_000) });
    },
  };
  const docker = (line: string, instanceId = HOST) => dockerCommand(line.split(' '), { engine, instanceId });
  return { docker, killed, stopped, containers, engine };
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
    const { engine } = setUp();
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

describe('docker stop, start and restart', () => {
  const look = '{{.State.Status}} {{.State.Pid}} {{.State.StartedAt}}';
  const state = async (docker: (line: string) => Promise<{ stdout: string }>, name: string) =>
    (await docker(`inspect -f ${look.replaceAll(' ', '/')} ${name}`)).stdout.trim();

  it('give the process its time, and leave alone what does not run', async () => {
    const { docker, stopped } = setUp();
    expect(await state(docker, 'web-0')).toBe('running/4000/2023-11-14T22:13:20.000Z');
    expect(await docker('stop -t 3 web-0 web-1 web-2')).toEqual({
      exitCode: 0,
      stdout: 'web-0\nweb-1\nweb-2\n',
      stderr: '',
    });
    expect(stopped).toEqual(['web-0 3000', 'web-1 3000']);
    expect(await state(docker, 'web-0')).toBe('exited/0/2023-11-14T22:13:20.000Z');
    expect((await docker('stop web-0')).exitCode).toBe(0);
    expect(await setUp().docker('stop --time=7 web-0')).toMatchObject({ exitCode: 1, stdout: '' });
  });

  it('move the moment of the start, of what has ended only', async () => {
    const { docker, stopped } = setUp();
    expect((await docker('start web-0 web-2')).stdout).toBe('web-0\nweb-2\n');
    expect(await state(docker, 'web-0')).toMatch(/^running.*2023-11-14/);
    expect(await state(docker, 'web-2')).toMatch(/2027-01-15T08:00:00.000Z$/);
    expect((await docker('restart -t 0 web-0')).stdout).toBe('web-0\n');
    expect(stopped).toEqual(['web-0 0']);
    expect(await state(docker, 'web-0')).toMatch(/2027-01-15T08:00:00.000Z$/);
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
  ['stop', 1],
  ['stop -t soon web-0', 125],
  ['restart -s TERM web-0', 125],
  ['exec web-0 sh', 1],
])('docker %s ends with %i', async (line, exitCode) => {
  const answer = await setUp().docker(line);
  expect(answer.exitCode).toBe(exitCode);
  if (exitCode !== 0) expect(answer.stderr).not.toBe('');
});
