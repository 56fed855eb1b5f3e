import { describe, expect, it } from 'vitest';
import type { HostCommand, Sent } from '../../lib/faults/host-commands.ts';
import { documentsOf } from '../../lib/faults/hosts/documents.ts';
import type { HostPort } from '../../lib/faults/hosts/host-fault.ts';
import { pauseContainer } from '../../lib/faults/pause-container.ts';

const TASK = 'arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789abcdef0123456789abcdef';
const INSTANCE = 'i-0123456789abcdef0';
const HOST = 'arn:aws:ecs:eu-west-1:111122223333:container-instance/shop/aaaa';
const target = {
  kind: 'task' as const,
  service: 'shop/checkout',
  resource: TASK,
  clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/shop',
  containerInstanceArn: HOST,
};
const context = { experiment: 'shop-checkout-1', reason: 'to learn' };
const preparing = { ...context, minRemaining: 1, now: Date.now };
const act = {
  ...context,
  ...{
    notAfterMs: 1_700_000_030_999,
    untilMs: 1_700_000_090_001,
    alarms: ['cart-errors', 'other'],
    installTools: false,
    now: Date.now,
  },
};
const undo = { instanceId: INSTANCE, target: TASK, resolved: {} };

/** AWS as far as the fault sees it: what it answers, and what it was sent. */
function anAws({
  host = { instanceId: INSTANCE, agentConnected: true } as { instanceId: string; agentConnected: boolean } | null,
  sent = { commandId: 'c-1' } as Sent | Error,
  answer = {} as object | Error,
  taskStatus = 'RUNNING' as string | null,
} = {}) {
  const commands: HostCommand[] = [];
  const hostsAsked: string[][] = [];
  const given = <T>(command: HostCommand, what: T | Error): T => {
    commands.push(command);
    if (what instanceof Error) throw what;
    return what;
  };
  const port: Pick<HostPort, 'hostOf' | 'sendCommand' | 'runCommand' | 'describeTask'> = {
    hostOf: async (...asked) => {
      hostsAsked.push(asked);
      return host ?? undefined;
    },
    sendCommand: async (command) => given(command, sent),
    runCommand: async (command) => given(command, answer) as Record<string, unknown>,
    describeTask: async () => (taskStatus === null ? undefined : { lastStatus: taskStatus, desiredStatus: 'STOPPED' }),
  };
  return { port: port as HostPort, commands, hostsAsked };
}

describe('the parameters of pause-container', () => {
  it('are a minute and every container, unless they say otherwise', () => {
    expect(pauseContainer.parameters.parse({})).toEqual({ durationSeconds: 60, container: '*' });
    expect(pauseContainer.durationSeconds({})).toBe(60);
    expect(pauseContainer.durationSeconds({ durationSeconds: 3600, container: 'web_1' })).toBe(3600);
  });

  it.each([
    { durationSeconds: 0 },
    { durationSeconds: 3601 },
    { durationSeconds: 1.5 },
    { durationSeconds: '60' },
    { container: '' },
    { container: '**' },
    { container: 'web; reboot' },
    { container: '$(reboot)' },
    { container: '--all' + '\n' },
    { container: 'x'.repeat(256) },
  ])('are refused as %o', (parameters) => {
    expect(pauseContainer.parameters.safeParse(parameters).success).toBe(false);
  });
});

describe('preparing', () => {
  it('finds the host of the task, and keeps all that an undo needs', async () => {
    const { port, hostsAsked } = anAws();
    expect(await pauseContainer.prepare(port, target, { container: 'web' }, preparing)).toEqual({ ready: true, undo });
    expect(hostsAsked[0]).toEqual([target.clusterArn, HOST]);
  });

  it.each([
    ['is not on a container host', { target: { ...target, containerInstanceArn: undefined }, host: undefined }],
    ['is not on one host', { target: { ...target, kind: 'service' as const }, host: undefined }],
    ['does not know', { target, host: null }],
    [
      'agent of i-0123456789abcdef0 is not connected',
      { target, host: { instanceId: INSTANCE, agentConnected: false } },
    ],
  ])('is a no where the task %s', async (because, { target: asked, host }) => {
    const { port, commands } = anAws({ host });
    expect(await pauseContainer.prepare(port, asked as typeof target, {}, preparing)).toEqual({
      ready: false,
      because: expect.stringContaining(because),
    });
    expect(commands).toEqual([]);
  });
});

describe('the act', () => {
  it('is one command to the host, with its times, its alarms and the experiment’s name', async () => {
    const { port, commands } = anAws();
    expect(await pauseContainer.inject(port, target, { container: 'web' }, undo, act)).toEqual({
      outcome: 'accepted',
      facts: { commandId: 'c-1', instanceId: INSTANCE },
    });
    expect(commands).toEqual([
      {
        document: 'pause-container',
        instanceId: INSTANCE,
        comment: 'Capuchin shop-checkout-1',
        deliverWithinSeconds: 30,
        alarms: ['cart-errors', 'other'],
        parameters: {
          action: 'apply',
          experiment: 'shop-checkout-1',
          target: TASK,
          install: 'no',
          container: 'web',
          // No later, and no earlier, than it was told.
          notAfter: '1700000030',
          until: '1700000091',
        },
      },
    ]);
  });

  it('means every container where none is named', async () => {
    const { port, commands } = anAws();
    await pauseContainer.inject(port, target, {}, undo, act);
    expect(commands[0]?.parameters.container).toBe('*');
  });

  it('may install what the host lacks where it was told so, and only there', async () => {
    const { port, commands } = anAws();
    await pauseContainer.inject(port, target, {}, undo, { ...act, installTools: true });
    expect(commands[0]?.parameters.install).toBe('yes');
  });

  it('has failed when AWS says no, and is unknown when nobody answers', async () => {
    const refused = { code: 'InvalidInstanceId', message: 'not managed' };
    expect(await pauseContainer.inject(anAws({ sent: { refused } }).port, target, {}, undo, act)).toEqual({
      outcome: 'failed',
      facts: refused,
    });
    const lost = anAws({ sent: new Error('socket hang up') });
    await expect(pauseContainer.inject(lost.port, target, {}, undo, act)).rejects.toThrow('socket hang up');
  });

  it('keeps a comment that Run Command takes, for the longest experiment’s name', async () => {
    const { port, commands } = anAws();
    await pauseContainer.inject(port, target, {}, undo, { ...act, experiment: 'x'.repeat(64) });
    expect(commands[0]?.comment.length).toBeLessThanOrEqual(100);
  });
});

describe('confirming', () => {
  const paused = { id: 'aa', state: 'paused' };
  const applied = { code: 'applied', because: 'looked' };
  it.each([
    ['pending', { code: 'not-begun' }],
    ['pending', { code: 'beginning', members: [paused] }],
    ['took-effect', { code: 'known', ended: false, apply: applied, members: [paused, { id: 'bb', state: 'gone' }] }],
    ['took-effect', { code: 'known', ended: true, apply: applied, members: [{ id: 'aa', state: 'not-paused' }] }],
    ['took-effect', { code: 'known', ended: false, apply: applied, members: [{ id: 'aa', state: 'gone' }] }],
    ['took-effect', { code: 'known', ended: false, apply: applied, members: [{ id: 'aa', state: 'not-paused' }] }],
    ['pending', { code: 'known', ended: false, apply: applied, members: [{ id: 'aa', state: 'unknown' }] }],
    ['failed', { code: 'known', ended: false, apply: { code: 'no-container', because: 'none' }, members: [] }],
    ['failed', { code: 'known', ended: true, apply: { code: 'undone-before' }, members: [] }],
    ['failed', { code: 'agent-too-old', because: 'update it', clean: true }],
  ])('is %s by %o', async (effect, answer) => {
    const { port, commands } = anAws({ answer });
    expect(await pauseContainer.confirm(port, target, undo, context)).toMatchObject({ effect });
    expect(commands).toMatchObject([{ document: 'undo', parameters: { action: 'status' } }]);
  });

  it('names the code with which the host refused', async () => {
    const answer = { code: 'known', apply: { code: 'already-paused', because: 'by another hand' } };
    expect(await pauseContainer.confirm(anAws({ answer }).port, target, undo, context)).toEqual({
      effect: 'failed',
      because: 'already-paused: by another hand',
    });
  });

  it('is unknown when the host does not answer, or says what no script of ours says', async () => {
    await expect(
      pauseContainer.confirm(anAws({ answer: new Error('late') }).port, target, undo, context),
    ).rejects.toThrow();
    await expect(pauseContainer.confirm(anAws({ answer: { odd: 1 } }).port, target, undo, context)).rejects.toThrow();
  });
});

describe('undoing', () => {
  it('asks the host, by the document that can do nothing else, and never gives an alarm that would stop it', async () => {
    const { port, commands } = anAws({ answer: { code: 'undone', because: 'looked', undone: true } });
    expect(await pauseContainer.undo(port, target, undo, context)).toEqual({ undone: true, because: 'undone: looked' });
    expect(commands).toEqual([
      {
        document: 'undo',
        instanceId: INSTANCE,
        comment: 'Capuchin shop-checkout-1',
        deliverWithinSeconds: 30,
        parameters: { action: 'undo', experiment: 'shop-checkout-1', target: TASK },
      },
    ]);
  });

  it.each([
    [false, { code: 'not-undone', undone: false }],
    [false, { code: 'busy', undone: false }],
    [false, { code: 'undone' }],
    [false, { code: 'agent-too-old', clean: false }],
    [true, { code: 'agent-too-old', clean: true }],
  ])('is done: %s, by %o', async (undone, answer) => {
    expect(await pauseContainer.undo(anAws({ answer }).port, target, undo, context)).toMatchObject({ undone });
  });

  it.each(['STOPPED', null])('of a host that is gone is done when ECS says of the task: %s', async (taskStatus) => {
    const { port } = anAws({ answer: new Error('InvalidInstanceId'), taskStatus });
    expect(await pauseContainer.undo(port, target, undo, context)).toMatchObject({ undone: true });
  });

  it('of a host that does not answer is unknown as long as the task may be there', async () => {
    for (const taskStatus of ['RUNNING', 'DEACTIVATING', 'STOPPING']) {
      const { port } = anAws({ answer: new Error('TimedOut'), taskStatus });
      await expect(pauseContainer.undo(port, target, undo, context)).rejects.toThrow('TimedOut');
    }
  });

  it('of nonsense is an error and not an undo', async () => {
    await expect(pauseContainer.undo(anAws().port, target, { hello: 1 }, context)).rejects.toThrow();
    await expect(
      pauseContainer.undo(anAws({ answer: { undone: 'yes' } }).port, target, undo, context),
    ).rejects.toThrow();
  });
});

describe('the plan', () => {
  it('asks the host what the act would run, by a command that changes nothing and watches no alarm', async () => {
    const would = ['aa: docker pause aa', 'bb: docker pause bb'];
    const { port, commands } = anAws({ answer: { code: 'planned', would } });
    expect(await pauseContainer.plan?.(port, target, { container: 'web' }, undo, act)).toEqual(would);
    expect(commands).toMatchObject([
      { document: 'pause-container', parameters: { action: 'plan', target: TASK, container: 'web', install: 'no' } },
    ]);
    expect(commands[0]).not.toHaveProperty('alarms');
  });

  it('says why the host would refuse', async () => {
    const { port } = anAws({ answer: { code: 'already-paused', because: 'by another hand' } });
    expect(await pauseContainer.plan?.(port, target, {}, undo, act)).toEqual([
      `${TASK}: refused: already-paused: by another hand`,
    ]);
  });
});

it('tells a person which containers to thaw, and where', () => {
  const words = pauseContainer.byHand(target, undo, context);
  expect(words).toContain(INSTANCE);
  expect(words).toContain(`--filter label=com.amazonaws.ecs.task-arn=${TASK} | xargs -r docker unpause`);
});

it('sends only parameters that its documents take, and takes all of them', async () => {
  const { port, commands } = anAws({ answer: { code: 'undone', undone: true, members: [] } });
  await pauseContainer.inject(port, target, { container: 'web' }, undo, act);
  await pauseContainer.plan?.(port, target, {}, undo, act);
  await pauseContainer.undo(port, target, undo, context);
  await pauseContainer.confirm(port, target, undo, context);
  expect(commands).toHaveLength(4);
  for (const { document: name, parameters } of commands) {
    const known =
      documentsOf(pauseContainer.script).find((one) => one.name === name)?.parameters ??
      expect.fail(`there is no document ${name}`);
    expect(new Set(Object.keys(parameters))).toEqual(new Set(Object.keys(known)));
    for (const [parameter, value] of Object.entries(parameters)) {
      expect(value).toMatch(new RegExp(known[parameter]?.allowedPattern ?? 'none'));
    }
  }
});
