import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ContainerHost } from './container-host.ts';
import {
  type Container,
  Guest,
  look,
  only,
  remove,
  removeAll,
  startNeighbour,
  startTask,
  stateOf,
  type Task,
} from './guest/index.ts';
import { eventually } from './pace.ts';

/** Counts the signals that it takes. */
const HANDLER = ['sh', '-c', 'trap "echo x >>/tmp/hup" HUP; while :; do sleep 0.2; done'];
/** Starts another one as soon as one has ended; its own command line does not hold what theirs does. */
const KEEPER = ['sh', '-c', 'n=7777; while :; do sleep $n; done'];
const NO_INIT = { Init: false };

// An emulated machine that may be busy.
vi.setConfig({ testTimeout: 900_000, maxConcurrency: 2 });

let guest: Guest;
let neighbour: Container;

beforeAll(async () => {
  guest = await Guest.open();
  neighbour = await startNeighbour(guest, 'neighbour', { command: KEEPER, limits: NO_INIT });
}, 900_000);

afterAll(async () => {
  await removeAll(guest);
  await guest.close();
});

/** Ids of the processes of a container that run a command, as the host counts. */
async function pidsOf(container: Pick<Container, 'id'>, command: string): Promise<number[]> {
  const all = await guest.processes();
  return all.filter((one) => one.cgroup.includes(container.id) && one.command === command).map(({ pid }) => pid);
}

/** What shows that the neighbour has not been touched: its first process, and what that keeps. */
async function neighboursLife() {
  return { first: (await look(guest, neighbour.id)).pid, kept: await pidsOf(neighbour, 'sleep 7777') };
}

async function withTask(
  options: Parameters<typeof startTask>[2],
  use: (task: Task, app: Container, host: ContainerHost) => Promise<void>,
) {
  const before = await neighboursLife();
  const task = await startTask(guest, 'shop', options);
  try {
    await use(task, only(task), new ContainerHost(guest));
    expect(await neighboursLife()).toEqual(before);
  } finally {
    for (const container of task.containers)
      if ((await stateOf(guest, container)) !== 'gone') await remove(guest, container);
  }
}

describe('kill-container', () => {
  it.concurrent('ends the first process as the kernel would, so that a restart policy starts the container again', async () => {
    await withTask({ limits: { RestartPolicy: { Name: 'always' } } }, async (task, app, host) => {
      const { answer } = await host.apply('kill-container', task.arn, { container: '*', signal: 'SIGKILL' });
      expect(answer).toMatchObject({ code: 'applied', members: [{ id: app.id, state: 'killed' }] });
      await eventually(async () => {
        const now = await look(guest, app.id);
        expect(now.pid).toBeGreaterThan(0);
        expect(now.pid).not.toBe(app.pid);
      });
      expect((await host.status(task.arn)).answer).toMatchObject({
        members: [{ state: 'killed' }],
      });
      expect((await host.undo(task.arn)).answer).toMatchObject({ undone: true });
    });
  });

  it.concurrent('leaves a container without such a policy dead, with the signal as its end', async () => {
    await withTask({}, async (task, app, host) => {
      await host.apply('kill-container', task.arn, { container: '*', signal: 'SIGKILL' });
      await eventually(async () => expect(await stateOf(guest, app)).toBe('exited'));
      const { State: state } = await guest.engine<{ State: { ExitCode: number } }>('GET', `/containers/${app.id}/json`);
      expect(state.ExitCode).toBe(137);
    });
  });

  it.concurrent('tells a signal that is handled from one that would be lost, and sends only the first', async () => {
    await withTask({ command: HANDLER, limits: NO_INIT }, async (task, app, host) => {
      await eventually(async () =>
        expect((await guest.read(`/proc/${app.pid}/status`))[0]).toMatch(/SigCgt:\t[0-9a-f]*[13579bdf]\n/),
      );
      const handled = await host.apply('kill-container', task.arn, { container: '*', signal: 'SIGHUP' });
      expect(handled.answer).toMatchObject({ code: 'applied', members: [{ state: 'signalled' }] });
      expect((await guest.read(`/proc/${app.pid}/root/tmp/hup`))[0]).toBe('x\n');
      expect((await look(guest, app.id)).pid).toBe(app.pid);
      const lost = await host.apply('kill-container', task.arn, { container: '*', signal: 'SIGTERM' });
      expect(lost.answer).toMatchObject({ code: 'ignores-signal' });
      await guest.engine('POST', `/containers/${app.id}/pause`);
      expect(
        (await host.apply('kill-container', task.arn, { container: '*', signal: 'SIGKILL' })).answer,
      ).toMatchObject({
        code: 'not-running',
      });
      await guest.engine('POST', `/containers/${app.id}/unpause`);
    });
  });
});

describe('stop-container', () => {
  it.concurrent('stops, and starts again at the undo, twice and with its script killed', async () => {
    await withTask({}, async (task, app, host) => {
      const applied = await host.apply('stop-container', task.arn, { container: '*', graceSeconds: '1' });
      expect(applied.answer).toMatchObject({ code: 'applied', members: [{ state: 'stopped' }] });
      expect(await stateOf(guest, app)).toBe('exited');
      const undone = await host.undo(task.arn);
      expect(undone.answer, undone.stdout).toMatchObject({ undone: true, members: [{ state: 'not-stopped' }] });
      const { pid } = await look(guest, app.id);
      expect(pid).toBeGreaterThan(0);
      expect((await host.undo(task.arn)).answer).toMatchObject({
        undone: true,
        members: [],
      });
      expect((await look(guest, app.id)).pid).toBe(pid);
    });
  });

  it.concurrent('starts it once more when ECS’s agent has stopped what came back, and not at all when ECS has given up the task', async () => {
    await withTask({}, async (task, app, host) => {
      await host.apply('stop-container', task.arn, { container: '*', graceSeconds: '0' });
      // The agent, as its source has it: what it knows to have stopped and comes back is told to stop again, once.
      const agent = eventually(async () => expect(await stateOf(guest, app)).toBe('running')).then(() =>
        guest.engine('POST', `/containers/${app.id}/stop?t=3`),
      );
      const answers = [];
      for (let undone = false; !undone; ) {
        const { answer } = await host.undo(task.arn);
        answers.push(answer);
        undone = answer.undone === true;
      }
      await agent;
      expect(answers[0]).toMatchObject({ undone: false });
      expect(await stateOf(guest, app)).toBe('running');
    });
    await withTask({}, async (task, app, host) => {
      await host.apply('stop-container', task.arn, { container: '*', graceSeconds: '0' });
      const said = JSON.stringify({ Arn: task.arn, DesiredStatus: 'STOPPED', KnownStatus: 'STOPPED', Containers: [] });
      const server = `require('http').createServer((q, a) => a.end(q.url === '/v1/tasks?taskarn=${task.arn}' ? ${JSON.stringify(said)} : '')).listen(51678, '127.0.0.1')`;
      const ecs = await guest.start([process.execPath, '-e', server], { timeoutMs: 120_000 });
      await eventually(async () => expect((await guest.exec(['curl', '-s', 'http://127.0.0.1:51678/'])).code).toBe(0));
      const undone = await host.undo(task.arn);
      expect(undone.answer).toMatchObject({ undone: true, members: [{ state: 'not-wanted' }] });
      expect(await stateOf(guest, app)).toBe('exited');
      await guest.kill(-ecs.pid);
    });
  });
});

it.concurrent('restart-container starts another first process in the same container, and refuses what takes longer than a command may', async () => {
  await withTask({ containers: ['one', 'two'] }, async (task, app, host) => {
    const tooLong = await host.apply('restart-container', task.arn, { container: '*', graceSeconds: '30' });
    expect(tooLong.answer).toMatchObject({ code: 'too-long' });
    const { answer } = await host.apply('restart-container', task.arn, { container: 'one', graceSeconds: '1' });
    expect(answer, JSON.stringify(answer)).toMatchObject({
      code: 'applied',
      members: [{ id: app.id, state: 'restarted' }],
    });
    expect(await stateOf(guest, app)).toBe('running');
    expect((await look(guest, app.id)).pid).not.toBe(app.pid);
    const other = task.containers[1];
    expect((await look(guest, other?.id ?? '')).pid).toBe(other?.pid);
  });
});

describe('kill-process', () => {
  it.concurrent('ends what matches in the container alone, once', async () => {
    await withTask(
      { command: ['sh', '-c', 'n=7777; sleep $n & sleep 6666 & wait; wait'], limits: NO_INIT },
      async (task, app, host) => {
        await eventually(async () => expect(await pidsOf(app, 'sleep 7777')).toHaveLength(1));
        const [other] = await pidsOf(app, 'sleep 6666');
        const own = await guest.start(['sleep', '7777'], { timeoutMs: 300_000 });
        const { answer } = await host.apply('kill-process', task.arn, {
          ...{ container: '*', pattern: 'sleep 7777', signal: 'SIGTERM', everySeconds: '0' },
        });
        expect(answer).toMatchObject({ code: 'applied', members: [{ id: app.id, state: 'hit' }] });
        expect(await pidsOf(app, 'sleep 7777')).toEqual([]);
        expect(await pidsOf(app, 'sleep 6666')).toEqual([other]);
        expect(await guest.kill(own.pid)).toBe(true);
        expect((await host.undo(task.arn)).answer).toMatchObject({ undone: true });
      },
    );
  });

  it('goes on with those that come later, every so many seconds, until the undo', async () => {
    await withTask({ command: KEEPER, limits: NO_INIT }, async (task, app, host) => {
      await eventually(async () => expect(await pidsOf(app, 'sleep 7777')).toHaveLength(1));
      const { answer } = await host.apply('kill-process', task.arn, {
        ...{ container: '*', pattern: 'sleep 7777', signal: 'SIGKILL', everySeconds: '2' },
      });
      expect(answer).toMatchObject({ code: 'applied', members: [{ state: 'killing' }] });
      const seen = new Set<number>();
      await eventually(async () => {
        for (const pid of await pidsOf(app, 'sleep 7777')) seen.add(pid);
        expect(seen.size).toBeGreaterThan(3);
      });
      expect((await host.undo(task.arn)).answer).toMatchObject({ undone: true });
      const left = await pidsOf(app, 'sleep 7777');
      await new Promise((resolve) => setTimeout(resolve, 6000));
      expect(await pidsOf(app, 'sleep 7777')).toEqual(left);
      await host.awaitQuiet();
    });
  });

  it('on a host ends what matches, but nothing that keeps the host and Capuchin alive', async () => {
    const host = new ContainerHost(guest);
    const own = await guest.start(['sleep', '5555'], { timeoutMs: 300_000 });
    const ask = (pattern: string) =>
      host.apply('kill-process', 'host', { container: '*', pattern, signal: 'SIGKILL', everySeconds: '0' });
    for (const pattern of ['dockerd', 'containerd-shim', 'tini', 'capuchin/.scripts']) {
      const before = (await guest.processes()).filter(({ command }) => command.includes(pattern)).map(({ pid }) => pid);
      expect((await ask(pattern)).answer, pattern).toMatchObject({ code: 'no-process' });
      expect(
        (await guest.processes()).filter(({ command }) => command.includes(pattern)).map(({ pid }) => pid),
      ).toEqual(before);
    }
    expect((await ask('sleep 5555')).answer).toMatchObject({ code: 'applied', members: [{ state: 'hit' }] });
    expect(await own.ended).toMatchObject({ signal: 'SIGKILL' });
  });
});
