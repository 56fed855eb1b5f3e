import { describe, expect, it } from 'vitest';
import type { HostFault } from '../../../lib/faults/hosts/host-fault.ts';
import { restartContainer } from '../../../lib/faults/restart-container.ts';
import { stopContainer } from '../../../lib/faults/stop-container.ts';
import { eventually, processesOf, TASK, TestHost } from './host.ts';

async function hostWith(fault: HostFault, ...ids: readonly string[]): Promise<TestHost> {
  const host = await TestHost.start(fault);
  for (const id of ids) host.add(id);
  // No agent of ECS listens on the machine that tests.
  host.addTool('curl', '#!/bin/sh\nexit 7\n');
  return host;
}
const grace = { graceSeconds: '5' };

describe('stop-container', () => {
  it('stops what is running of the task, with its grace, and starts it again', async () => {
    const host = await hostWith(stopContainer, 'aa', 'bb');
    host.add('cc', { status: 'exited' });
    expect((await host.run('plan', grace)).answer.would).toEqual([
      'aa: docker stop -t 5 aa',
      'bb: docker stop -t 5 bb',
    ]);
    expect((await host.run('apply', grace)).answer).toMatchObject({
      code: 'applied',
      members: [{ state: 'stopped' }, { state: 'stopped' }],
    });
    expect((await host.run('undo')).answer).toMatchObject({
      undone: true,
      members: [{ state: 'not-stopped' }, { state: 'not-stopped' }],
    });
    expect(['aa', 'bb', 'cc'].map((id) => host.statusOf(id))).toEqual(['running', 'running', 'exited']);
    await host.run('undo');
    expect(host.calls('start')).toEqual(['start aa', 'start bb']);
    await eventually(() => expect(processesOf(host)).toEqual([]));
  });

  it('starts it again by the host’s timer, and nothing that another hand has started or taken away', async () => {
    const host = await hostWith(stopContainer, 'aa', 'bb', 'cc');
    await host.run('apply', { ...grace, until: String(Math.floor(Date.now() / 1000) + 6) });
    host.set('bb', 'running');
    host.remove('cc');
    await eventually(() => expect(processesOf(host)).toEqual([]));
    expect(host.statusOf('aa')).toBe('running');
    expect(host.calls('start')).toEqual(['start aa']);
  });

  it('counts no stop that is not seen, and refuses what is frozen or would take longer than a command may', async () => {
    const host = await hostWith(stopContainer, 'aa', 'bb');
    expect((await host.run('apply', { graceSeconds: '30' })).answer).toMatchObject({ code: 'too-long' });
    host.set('aa', 'paused');
    expect((await host.run('apply', { ...grace, experiment: 'trial-2' })).answer).toMatchObject({
      code: 'not-running',
    });
    host.set('aa', 'running');
    host.mood('stuck');
    expect((await host.run('apply', { ...grace, experiment: 'trial-3' })).answer).toMatchObject({ code: 'failed' });
  });

  it('leaves a container down whose task ECS has given up, by the word of ECS’s agent on the host', async () => {
    const host = await hostWith(stopContainer, 'aa');
    const says = (desired: string, known: string) =>
      host.addTool(
        'curl',
        `#!/bin/sh
case "$*" in *'http://127.0.0.1:51678/v1/tasks?taskarn=${TASK}') ;; *) exit 22 ;; esac
echo '{"Arn":"${TASK}","DesiredStatus":"${desired}","KnownStatus":"${known}","Containers":[{"Name":"web"}]}'\n`,
      );
    says('STOPPED', 'RUNNING');
    await host.run('apply', grace);
    expect((await host.run('undo')).answer).toMatchObject({ undone: true, members: [{ state: 'not-wanted' }] });
    expect(host.calls('start')).toEqual([]);
    host.set('aa', 'running');
    says('RUNNING', 'RUNNING');
    await host.run('apply', { ...grace, experiment: 'trial-2' });
    expect((await host.run('undo', { experiment: 'trial-2' })).answer).toMatchObject({ undone: true });
    expect(host.calls('start')).toEqual(['start aa']);
  });

  it('is not undone while ECS’s agent stops once more what came back, and starts it again after that', async () => {
    const host = await hostWith(stopContainer, 'aa');
    await host.run('apply', grace);
    host.setKills('aa', 'container kill aa');
    expect((await host.run('undo')).answer).toMatchObject({ undone: false, members: [{ state: 'stopping' }] });
    expect((await host.run('undo')).answer).toMatchObject({ undone: false, members: [{ state: 'stopping' }] });
    expect(host.calls('start')).toEqual(['start aa']);
    host.set('aa', 'exited');
    host.setKills('aa');
    expect((await host.run('undo')).answer).toMatchObject({ undone: true, members: [{ state: 'not-stopped' }] });
    expect(host.calls('start')).toEqual(['start aa', 'start aa']);
  });
});

describe('restart-container', () => {
  it('is seen by another beginning, arms nothing and has nothing to undo', async () => {
    const host = await hostWith(restartContainer, 'aa', 'bb');
    const { answer } = await host.run('apply', { ...grace, container: 'aa' });
    expect(answer).toMatchObject({ code: 'applied', members: [{ id: 'aa', state: 'restarted' }] });
    expect(host.calls('restart')).toEqual(['restart -t 5 aa']);
    expect(processesOf(host)).toEqual([]);
    expect((await host.run('undo')).answer).toMatchObject({ undone: true, members: [] });
    expect((await host.run('status')).answer).toMatchObject({ members: [{ state: 'restarted' }] });
  });

  it('has failed when the container goes on as before', async () => {
    const host = await hostWith(restartContainer, 'aa');
    host.mood('stuck');
    expect((await host.run('apply', grace)).answer).toMatchObject({ code: 'failed' });
  });
});
