import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, killGroup, processesOf, TASK, TestHost } from './host.ts';

const states = (...pairs: readonly (readonly [string, string])[]) => pairs.map(([id, state]) => ({ id, state }));
const inSeconds = (seconds: number): string => String(Math.floor(Date.now() / 1000) + seconds);

async function hostWith(...ids: readonly string[]): Promise<TestHost> {
  const host = await TestHost.start();
  for (const id of ids) host.add(id);
  return host;
}

describe('applying', () => {
  it('freezes the task’s own containers, and neither ECS’s nor another task’s', async () => {
    const host = await hostWith('aa', 'bb');
    host.add('cc', { name: '~internal~ecs~pause' });
    host.add('dd', { task: `${TASK}f` });
    host.add('ee', { status: 'exited' });
    const { exitCode, stdout, answer } = await host.run('apply');
    expect(exitCode).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(answer).toMatchObject({ capuchin: 1, action: 'apply', code: 'applied' });
    expect(answer.members).toEqual(states(['aa', 'paused'], ['bb', 'paused']));
    expect(['aa', 'bb', 'cc', 'dd', 'ee'].map((id) => host.statusOf(id))).toEqual([
      'paused',
      'paused',
      'running',
      'running',
      'exited',
    ]);
  });

  it('freezes only the container that is named', async () => {
    const host = await hostWith('aa', 'bb');
    expect((await host.run('apply', { container: 'bb' })).answer.members).toEqual(states(['bb', 'paused']));
    expect(host.statusOf('aa')).toBe('running');
  });

  it('arms the undo before it freezes anything, and freezes nothing when it cannot', async () => {
    const host = await hostWith('aa');
    // Nothing that starts a session of its own.
    host.onlyTools('sh', 'cat', 'date', 'dirname', 'find', 'flock', 'mkdir', 'mv', 'timeout', 'tr', 'cut', 'tail');
    const { answer } = await host.run('apply');
    expect(answer.code).toBe('no-timer');
    expect(host.calls('pause')).toEqual([]);
  });

  it.each([
    ['too-late', { notAfter: '1000' }, () => {}],
    ['too-late', { until: inSeconds(-1) }, () => {}],
    ['no-container', { container: 'zz' }, () => {}],
    ['no-container', {}, (host: TestHost) => host.remove('aa')],
    ['already-paused', {}, (host: TestHost) => host.set('aa', 'paused')],
    ['engine-silent', {}, (host: TestHost) => host.mood('down')],
    ['bad-parameter', { container: '$(reboot)' }, () => {}],
    ['bad-parameter', { until: '1e9' }, () => {}],
    ['bad-parameter', { experiment: '../../etc' }, () => {}],
    ['bad-parameter', { target: `${TASK}/..` }, () => {}],
    ['bad-parameter', { target: `${TASK} --privileged` }, () => {}],
  ])('refuses with %s when asked for %o, and changes nothing', async (code, parameters, prepare) => {
    const host = await hostWith('aa');
    prepare(host);
    const { exitCode, answer } = await host.run('apply', parameters);
    expect(exitCode).toBe(0);
    expect(answer).toMatchObject({ action: 'apply', code, because: expect.stringMatching(/\w{2}/) });
    expect([...host.calls('pause'), ...host.calls('unpause')]).toEqual([]);
    expect(processesOf(host)).toEqual([]);
  });

  it('refuses under an agent that hands on no parameters, and says whether anything is under a fault', async () => {
    const host = await hostWith('aa');
    const first = await host.run('apply');
    expect(first.answer.code).toBe('applied');
    expect((await host.runByOldAgent()).answer).toMatchObject({ code: 'agent-too-old', clean: false });
    await host.run('undo');
    expect((await host.runByOldAgent()).answer).toMatchObject({ code: 'agent-too-old', clean: true });
  });

  it('says in a plan what it would freeze, and freezes nothing', async () => {
    const host = await hostWith('aa', 'bb');
    host.add('cc', { task: `${TASK}f` });
    const { answer } = await host.run('plan');
    expect(answer).toMatchObject({ action: 'plan', code: 'planned' });
    expect(answer.would).toEqual(['aa: docker pause aa', 'bb: docker pause bb']);
    expect(host.calls('pause')).toEqual([]);
    host.set('aa', 'paused');
    expect((await host.run('plan')).answer).toMatchObject({ code: 'already-paused' });
  });

  it('acts once, however often its command comes', async () => {
    const host = await hostWith('aa');
    await host.run('apply');
    expect((await host.run('apply')).answer.code).toBe('came-twice');
    await host.run('undo');
    expect((await host.run('apply')).answer.code).toBe('came-twice');
    expect(host.statusOf('aa')).toBe('running');
    expect((await host.run('status')).answer).toMatchObject({ apply: { code: 'applied' } });
  });

  it('takes back what it did when one of several cannot be frozen', async () => {
    const host = await hostWith('aa', 'bb');
    host.mood('refuses');
    const { answer } = await host.run('apply');
    expect(answer).toMatchObject({ code: 'failed', because: expect.stringContaining('cannot freeze'), undone: true });
    await eventually(() => expect(processesOf(host)).toEqual([]));
  });

  it('counts what it sees and not what the engine answers', async () => {
    const host = await hostWith('aa');
    host.mood('loses-answer');
    expect((await host.run('apply')).answer.code).toBe('applied');
    expect((await host.run('undo')).answer).toMatchObject({ undone: true });
    expect(host.statusOf('aa')).toBe('running');
  });

  it('leaves a container alone that another hand freezes at the same moment', async () => {
    const host = await hostWith('aa');
    host.mood('slow', '1');
    const applying = host.run('apply');
    await eventually(() => expect(host.calls('pause')).toHaveLength(1));
    host.set('aa', 'paused');
    expect((await applying).answer).toMatchObject({ code: 'failed', undone: true });
    await host.run('undo');
    expect(host.statusOf('aa')).toBe('paused');
    expect(host.calls('unpause')).toEqual([]);
  });

  it('does not call it undone while the engine may still be at a freezing that it has not answered', async () => {
    const host = await hostWith('aa');
    host.mood('slow', '9');
    expect((await host.run('apply')).answer).toMatchObject({ code: 'failed', undone: false });
    expect((await host.run('undo')).answer).toMatchObject({ code: 'not-undone', undone: false });
    // What the engine does in the end is still taken back.
    host.set('aa', 'paused');
    expect((await host.run('undo')).answer).toMatchObject({ code: 'undone', undone: true });
    expect(host.statusOf('aa')).toBe('running');
  });
});

describe('undoing', () => {
  it('thaws what the experiment froze, leaves nothing running, and can be asked again', async () => {
    const host = await hostWith('aa', 'bb');
    await host.run('apply');
    expect(processesOf(host)).not.toEqual([]);
    const first = await host.run('undo');
    expect(first).toMatchObject({ exitCode: 0, answer: { code: 'undone', undone: true } });
    expect(first.answer.members).toEqual(states(['aa', 'not-paused'], ['bb', 'not-paused']));
    await eventually(() => expect(processesOf(host)).toEqual([]));
    // By now somebody else may freeze it; that is theirs.
    host.set('aa', 'paused');
    expect((await host.run('undo')).answer).toMatchObject({ undone: true, members: [] });
    expect(host.statusOf('aa')).toBe('paused');
  });

  it('before the act keeps the act from happening', async () => {
    const host = await hostWith('aa');
    expect((await host.run('undo')).answer).toMatchObject({ undone: true, members: [] });
    expect((await host.run('apply')).answer.code).toBe('undone-before');
    expect(host.statusOf('aa')).toBe('running');
    // It does not even ask what is there, let alone arm anything.
    expect(host.calls('ps')).toEqual([]);
  });

  it('in the middle of the act stops it, and waits until it has', async () => {
    const host = await hostWith('aa', 'bb');
    host.mood('slow', '1');
    const applying = host.run('apply');
    await eventually(() => expect(host.calls('pause')).toHaveLength(1));
    const undone = await host.run('undo');
    expect(undone.answer).toMatchObject({ undone: true });
    expect([host.statusOf('aa'), host.statusOf('bb')]).toEqual(['running', 'running']);
    expect((await applying).answer).toMatchObject({ code: 'undone-before', undone: true });
    expect(host.calls('pause')).toHaveLength(1);
  });

  it('twice at once thaws once, and both know that it is undone', async () => {
    const host = await hostWith('aa');
    await host.run('apply');
    const both = await Promise.all([host.run('undo'), host.run('undo')]);
    for (const { answer } of both) expect(answer).toMatchObject({ code: 'undone', undone: true });
    expect(host.calls('unpause')).toHaveLength(1);
  });

  it('after a script that was killed in its act thaws what the engine has frozen all the same', async () => {
    const host = await hostWith('aa');
    host.mood('slow', '1');
    const script = host.spawn('apply');
    await eventually(() => expect(host.calls('pause')).toHaveLength(1));
    killGroup(script);
    await once(script, 'exit');
    expect((await host.run('undo')).answer).toMatchObject({ undone: true });
    expect(host.calls('unpause')).toHaveLength(1);
    expect(host.statusOf('aa')).toBe('running');
  });

  it('says so when a container is thawed by another hand or gone', async () => {
    const host = await hostWith('aa', 'bb', 'cc');
    await host.run('apply');
    host.set('aa', 'running');
    host.remove('bb');
    expect((await host.run('undo')).answer).toMatchObject({
      undone: true,
      members: states(['aa', 'not-paused'], ['bb', 'gone'], ['cc', 'not-paused']),
    });
    expect(host.calls('unpause')).toEqual(['unpause cc']);
  });

  it.each(['stuck', 'down'] as const)('is not done while the engine is %s, whatever it answers', async (mood) => {
    const host = await hostWith('aa');
    await host.run('apply');
    host.mood(mood);
    expect(await host.run('undo')).toMatchObject({ exitCode: 0, answer: { code: 'not-undone', undone: false } });
    host.calm(mood);
    expect((await host.run('undo')).answer).toMatchObject({ undone: true });
    expect(host.statusOf('aa')).toBe('running');
  });

  it('of one experiment leaves what another one froze', async () => {
    const host = await hostWith('aa');
    await host.run('apply');
    expect((await host.run('undo', { experiment: 'trial-2' })).answer).toMatchObject({ undone: true, members: [] });
    expect(host.statusOf('aa')).toBe('paused');
  });
});

describe('the host’s own timer', () => {
  it('thaws at the deadline with everything else dead, even the command’s files', async () => {
    const host = await hostWith('aa', 'bb');
    const deadlineS = Number(inSeconds(5));
    const script = host.spawn('apply', { until: String(deadlineS) });
    await eventually(() => expect([host.statusOf('aa'), host.statusOf('bb')]).toEqual(['paused', 'paused']));
    killGroup(script);
    for (const file of readdirSync(host.folder)) if (file.startsWith('command-')) rmSync(path.join(host.folder, file));
    await eventually(() => expect([host.statusOf('aa'), host.statusOf('bb')]).toEqual(['running', 'running']));
    expect(Date.now()).toBeGreaterThanOrEqual(deadlineS * 1000);
    await eventually(() => expect(processesOf(host)).toEqual([]));
    expect((await host.run('apply')).answer.code).not.toBe('applied');
  });

  it('tries again until the engine answers', async () => {
    const host = await hostWith('aa');
    await host.run('apply', { until: inSeconds(4) });
    host.mood('down');
    await eventually(() => expect(existsSync(path.join(host.stateOf('trial-1'), 'tombstone'))).toBe(true));
    host.calm('down');
    await eventually(() => expect(host.statusOf('aa')).toBe('running'));
    await eventually(() => expect(processesOf(host)).toEqual([]));
  });
});

describe('a timer of systemd', () => {
  const unit = 'capuchin-trial-1-0123456789abcdef0123456789abcdef';

  it.each([true, false])(
    'thaws at the deadline, and punctually (systemd that knows --collect: %s)',
    async (knowsCollect) => {
      const host = await hostWith('aa');
      host.addSystemd({ knowsCollect });
      await host.run('apply', { until: inSeconds(4) });
      expect(host.statusOf('aa')).toBe('paused');
      await eventually(() => expect(host.statusOf('aa')).toBe('running'));
      const armed = host.systemdCalls().at(-1);
      expect(armed).toContain(` --unit=${unit} --on-active=`);
      expect(armed).toContain(' --timer-property=AccuracySec=100ms ');
      expect(armed?.includes(' --collect ')).toBe(knowsCollect);
      await eventually(() => expect(processesOf(host)).toEqual([]));
    },
  );

  it('is stopped by an undo that comes before it', async () => {
    const host = await hostWith('aa');
    host.addSystemd({ knowsCollect: true });
    await host.run('apply');
    expect((await host.run('undo')).answer).toMatchObject({ undone: true });
    expect(host.systemdCalls().at(-1)).toBe(`systemctl stop ${unit}.timer`);
  });
});

describe('the status', () => {
  it('follows the act from before it to after its undo', async () => {
    const host = await hostWith('aa', 'bb');
    expect((await host.run('status')).answer).toMatchObject({ code: 'not-begun', members: [] });
    await host.run('apply');
    expect((await host.run('status')).answer).toMatchObject({
      code: 'known',
      ended: false,
      apply: { code: 'applied' },
      members: states(['aa', 'paused'], ['bb', 'paused']),
    });
    host.remove('bb');
    host.set('aa', 'running');
    expect((await host.run('status')).answer.members).toEqual(states(['aa', 'not-paused'], ['bb', 'gone']));
    await host.run('undo');
    expect((await host.run('status')).answer).toMatchObject({ code: 'known', ended: true });
  });

  it('tells a refusal, and an act that has not answered yet', async () => {
    const host = await hostWith('aa');
    await host.run('apply', { notAfter: '1' });
    expect((await host.run('status')).answer).toMatchObject({ code: 'known', apply: { code: 'too-late' } });
    host.mood('slow', '1');
    const applying = host.run('apply', { experiment: 'trial-2' });
    await eventually(() => expect(host.calls('pause')).toHaveLength(1));
    expect((await host.run('status', { experiment: 'trial-2' })).answer.code).toBe('beginning');
    expect((await applying).answer.code).toBe('applied');
  });
});

it('forgets what is two days old, but never what it has still to undo', async () => {
  const host = await hostWith('aa');
  const longAgo = new Date(Date.now() - 3 * 86_400_000);
  for (const experiment of ['old', 'stuck', 'new']) {
    const folder = host.stateOf(experiment);
    mkdirSync(path.join(folder, 'acted'), { recursive: true });
    if (experiment === 'stuck') writeFileSync(path.join(folder, 'acted', 'zz'), 'settled\n');
    if (experiment !== 'new') utimesSync(folder, longAgo, longAgo);
  }
  expect((await host.run('apply')).answer.code).toBe('applied');
  expect(['old', 'stuck', 'new', 'trial-1'].filter((experiment) => existsSync(host.stateOf(experiment)))).toEqual([
    'stuck',
    'new',
    'trial-1',
  ]);
});
