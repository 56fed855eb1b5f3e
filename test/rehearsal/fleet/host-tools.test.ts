import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ConnectionFaults } from '../../../lib/rehearsal/fleet/connection-faults.ts';
import { connectionsCommand } from '../../../lib/rehearsal/fleet/connections-command.ts';
import type { Container, ContainerEngine } from '../../../lib/rehearsal/fleet/container-engine.ts';
import { curlCommand } from '../../../lib/rehearsal/fleet/curl-command.ts';

const INSTANCE = 'i-0123456789abcdef0';
const HOST_ARN = 'arn:aws:ecs:eu-west-1:123456789012:container-instance/shop/1';
const TASK_ARN = 'arn:aws:ecs:eu-west-1:123456789012:task/shop/aa';

function aContainer(id: string, status: Container['status'], taskId: string): Container {
  const at = new Date(0);
  const about = { id, name: `web-${id}`, image: 'web', labels: {}, createdAt: at, startedAt: at, exitCode: 0, pid: 0 };
  const taskArn = TASK_ARN.replace('/aa', `/${taskId}`);
  return { ...about, status, taskId, taskArn, desiredStatus: status === 'exited' ? 'STOPPED' : 'RUNNING' };
}

/** A host with a running container and an ended one, next to another host with one. */
function setUp() {
  const connections = new ConnectionFaults();
  const here = [aContainer('c1', 'running', 'aa'), aContainer('c2', 'exited', 'bb')];
  const engine = {
    containers: (instanceId) => (instanceId === INSTANCE ? here : [aContainer('c9', 'running', 'zz')]),
  } as Pick<ContainerEngine, 'containers'> as ContainerEngine;
  const host = { engine, connections, instanceId: INSTANCE, containerInstanceArn: HOST_ARN };
  const ask = (line: string, parameters: Readonly<Record<string, string>> = {}) =>
    connectionsCommand({ words: line.split(' '), parameters: { experiment: 'e-1', ...parameters } }, host);
  const hindered = (...places: string[]): number => connections.at(() => places).length;
  return { host, connections, ask, hindered };
}

/** As the documents give them when nothing else is asked for. */
const FILTERS = {
  ...{ interfaces: '', addresses: '', ports: '', peers: '', services: '', serviceAddresses: '' },
  portSide: 'remote',
  protocol: 'any',
};
const LATENCY = {
  ...{ ...FILTERS, direction: 'egress', delayMs: '100', jitterMs: '0', correlationPercent: '0' },
  ...{ distribution: 'none', keepOrder: 'yes' },
};
const LOSS = {
  ...{ ...FILTERS, direction: 'both', model: 'random', percent: '10', correlationPercent: '0' },
  ...{ toBad: '1', toGood: '10', lossInBad: '100', lossInGood: '0' },
  ...{ p13: '1', p31: '10', p32: '20', p23: '30', p14: '0.1' },
};
const RATE = { ...FILTERS, direction: 'egress', rateKbit: '1000', burstBytes: '0', queueMs: '400' };
const BLACKHOLE = { ...FILTERS, direction: 'both', everything: 'yes' };
const FAULTS = [
  ['network-latency', LATENCY],
  ['network-loss', LOSS],
  ['network-rate', RATE],
  ['network-blackhole', BLACKHOLE],
] as const;

describe('connections', () => {
  test.each(FAULTS)('begins %s on a container, shows whose it is, and ends it, twice', (fault, given) => {
    const { ask, hindered } = setUp();
    expect(ask(`check ${fault} c1`, given)).toEqual({ exitCode: 0, stdout: 'ok\n', stderr: '' });
    expect(hindered('aa')).toBe(0);
    expect(ask(`plan ${fault} c1`, given).stdout).toMatch(/^at the load balancer’s connections, what /);
    expect([ask('look c1').stdout, hindered('aa')]).toEqual(['no\n', 0]);
    expect(ask(`begin ${fault} c1`, given).exitCode).toBe(0);
    expect([ask('look c1').stdout, ask('look c1', { experiment: 'e-2' }).stdout]).toEqual(['yes\n', 'no\n']);
    expect([hindered('aa'), hindered('zz', HOST_ARN)]).toEqual([1, 0]);
    expect(ask('end c1', { experiment: 'e-2' }).exitCode).toBe(0);
    expect(hindered('aa')).toBe(1);
    expect([ask('end c1').exitCode, ask('end c1').exitCode, hindered('aa')]).toEqual([0, 0, 0]);
  });

  it('does nothing twice on one place, and lets a host and its container have one each', () => {
    const { ask, hindered } = setUp();
    ask('begin network-latency c1', LATENCY);
    expect(ask('begin network-loss c1', { ...LOSS, experiment: 'e-2' })).toMatchObject({ exitCode: 9 });
    expect(ask('begin network-loss host', { ...LOSS, experiment: 'e-2' }).exitCode).toBe(0);
    expect([hindered('aa'), hindered('aa', HOST_ARN)]).toEqual([1, 2]);
  });

  it('reaches no container that has ended, is on another host, or is none', () => {
    const { ask, hindered } = setUp();
    for (const id of ['c2', 'c9', 'c', 'aa', 'zz', HOST_ARN, '1', '-1', String(process.pid)]) {
      expect(ask(`begin network-blackhole ${id}`, BLACKHOLE).exitCode, id).toBe(1);
      expect(ask(`look ${id}`).stdout, id).toBe('gone\n');
    }
    expect(hindered('bb', 'zz', 'aa', HOST_ARN)).toBe(0);
  });

  const REFUSED: readonly [fault: string, given: Readonly<Record<string, string>>, why: RegExp][] = [
    ['network-latency', { ...LATENCY, ports: '5432' }, /^unknown-filter ports: .*leave it out$/],
    ['network-rate', { ...RATE, peers: 'db.internal' }, /^unknown-filter peers: /],
    ['network-loss', { ...LOSS, serviceAddresses: '10.0.0.1' }, /^unknown-filter services: /],
    ['network-blackhole', { ...BLACKHOLE, addresses: '10.0.0.0/8' }, /^unknown-filter addresses: /],
    ['network-blackhole', { ...BLACKHOLE, interfaces: 'eth0' }, /^unknown-filter interfaces: /],
    ['network-blackhole', { ...BLACKHOLE, protocol: 'udp' }, /^unknown-filter protocol: .*udp would hit nothing$/],
    ['network-latency', { ...LATENCY, jitterMs: '10', keepOrder: 'no' }, /^unknown-shape keepOrder: /],
    [
      'network-latency',
      { ...LATENCY, jitterMs: '10', distribution: 'pareto' },
      /^unknown-shape distribution: .*pareto$/,
    ],
    ['network-latency', { ...LATENCY, delayMs: 'much' }, /^bad-parameter delayMs: /],
    ['network-loss', { ...LOSS, percent: '101' }, /^bad-parameter percent: /],
    ['network-rate', { ...RATE, rateKbit: '0' }, /^bad-parameter rateKbit: /],
    ['network-rate', { ...RATE, direction: 'up' }, /^bad-parameter direction: /],
  ];

  it.each(REFUSED)('refuses what it cannot do, before anything is done: %s %o', (fault, given, why) => {
    const { ask, hindered } = setUp();
    const { exitCode, stdout } = ask(`check ${fault} c1`, given);
    expect([exitCode, stdout.trimEnd()]).toEqual([0, expect.stringMatching(why)]);
    expect(ask(`begin ${fault} c1`, given).exitCode).toBe(1);
    expect(hindered('aa', HOST_ARN)).toBe(0);
  });

  it('takes tcp, which is all that its connections are', () => {
    expect(setUp().ask('check network-blackhole c1', { ...BLACKHOLE, protocol: 'tcp', everything: 'no' }).stdout).toBe(
      'ok\n',
    );
  });

  it('does nothing without an experiment, a fault or an action that it knows', () => {
    const { ask, hindered } = setUp();
    expect(ask('begin network-latency c1', { ...LATENCY, experiment: '' }).exitCode).toBe(2);
    expect(ask('begin network-corrupt c1', LATENCY).exitCode).toBe(2);
    expect(ask('destroy network-latency c1', LATENCY).exitCode).toBe(2);
    expect(hindered('aa')).toBe(0);
  });

  it('has at most one fault at a place, whoever begins and ends what in which order, and its owner ends it', () => {
    const step = fc.record({
      action: fc.constantFrom('begin', 'end'),
      owner: fc.constantFrom('a', 'b'),
      id: fc.constantFrom('c1', 'host'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { ask, connections } = setUp();
        const places = new Map([
          ['c1', 'aa'],
          ['host', HOST_ARN],
        ]);
        const owners = new Map<string, string>();
        for (const { action, owner, id } of steps) {
          const words = action === 'begin' ? `begin network-latency ${id}` : `end ${id}`;
          ask(words, { ...LATENCY, experiment: owner });
          if (action === 'begin') owners.set(id, owners.get(id) ?? owner);
          else if (owners.get(id) === owner) owners.delete(id);
          for (const [one, place] of places) expect(connections.ownerAt(place)).toBe(owners.get(one));
        }
      }),
    );
  });
});

describe('curl', () => {
  const get = (address: string) => curlCommand({ words: ['-s', '-m', '3', address], parameters: {} }, setUp().host);
  const agent = 'http://127.0.0.1:51678/v1/tasks?taskarn=';

  it('hears from ECS’s agent what ECS wants of a task on this host, and nothing of others', () => {
    expect(get(`${agent}${TASK_ARN}`).stdout).toContain('"DesiredStatus":"RUNNING","KnownStatus":"RUNNING"');
    expect(get(`${agent}${TASK_ARN.replace('/aa', '/bb')}`).stdout).toContain(
      '"DesiredStatus":"STOPPED","KnownStatus":"STOPPED"',
    );
    expect(get(`${agent}${TASK_ARN.replace('/aa', '/zz')}`).stdout).toBe('{}');
  });

  it.each([
    'http://169.254.169.254/latest/api/token',
    'http://127.0.0.1:8080/',
    'http://127.0.0.1:51678/v1/metadata',
    'x',
  ])('reaches nothing else: %s', (address) => {
    expect(get(address)).toMatchObject({ exitCode: 7, stdout: '' });
  });
});
