import { describe, expect, it } from 'vitest';
import type { FaultTarget } from '../../lib/core/fault-target.ts';
import type { HostCommand } from '../../lib/faults/host-commands.ts';
import type { HostFault, HostPort } from '../../lib/faults/hosts/host-fault.ts';
import { isFiltered, MOST_SERVICE_ADDRESSES, NETWORK_FILTERS } from '../../lib/faults/hosts/network-parameters.ts';
import { networkCombine } from '../../lib/faults/network-combine.ts';
import { networkCorrupt } from '../../lib/faults/network-corrupt.ts';
import { networkDuplicate } from '../../lib/faults/network-duplicate.ts';
import { networkLatency } from '../../lib/faults/network-latency.ts';
import { networkLoss } from '../../lib/faults/network-loss.ts';
import { networkRate } from '../../lib/faults/network-rate.ts';
import { networkReorder } from '../../lib/faults/network-reorder.ts';

const target = {
  kind: 'task',
  service: 'shop/checkout',
  resource: 'arn:aws:ecs:eu-west-1:111122223333:task/shop/0123',
  clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/shop',
  containerInstanceArn: 'arn:aws:ecs:eu-west-1:111122223333:container-instance/shop/aaaa',
} as unknown as FaultTarget;
const context = {
  ...{ experiment: 'shop-1', reason: 'to learn', notAfterMs: 1_700_000_030_000, untilMs: 1_700_000_090_000 },
  ...{ alarms: [], installTools: false, now: Date.now, minRemaining: 0 },
};
/** What a person must say at least, where that is something. */
const LEAST: Readonly<Record<string, object>> = { 'network-combine': { delayMs: 10, lossPercent: 1 } };
const ALL = [
  ...[networkLatency, networkLoss, networkDuplicate, networkCorrupt, networkReorder, networkRate, networkCombine],
].map((fault) => ({ name: fault.name, fault, least: LEAST[fault.name] ?? {} }));

/** What is sent to the host of the fault's own parameters; each value passes the document's pattern. */
async function sentBy(fault: HostFault, given: object, addressesOf?: HostPort['addressesOf']) {
  const commands: HostCommand[] = [];
  const port = {
    hostOf: async () => ({ instanceId: 'i-0123456789abcdef0', agentConnected: true }),
    sendCommand: async (command: HostCommand) => {
      commands.push(command);
      return { commandId: 'c' };
    },
    addressesOf,
  } as unknown as HostPort;
  const parameters = fault.parameters.parse(given);
  const prepared = await fault.prepare(port, target, parameters, context);
  if (!prepared.ready) expect.fail(prepared.because);
  await fault.inject(port, target, parameters, prepared.undo, context);
  const sent = commands[0]?.parameters ?? {};
  for (const [name, { allowedPattern }] of Object.entries(fault.script.parameters)) {
    expect(sent[name], name).toMatch(new RegExp(allowedPattern));
  }
  return sent;
}

function whyNot(fault: HostFault, given: object): string {
  const parsed = fault.parameters.safeParse(given);
  return parsed.success ? 'nothing is wrong' : parsed.error.issues.map(({ message }) => message).join('; ');
}

describe('what is hit', () => {
  it.each(ALL)('is told to the host of $name', async ({ fault, least }) => {
    const filters = {
      ...{
        interfaces: 'eth1',
        direction: 'both',
        addresses: ['10.1.0.0/16', 'fd00::7'],
        ports: ['80', 443, '8000-8099'],
      },
      ...{ portSide: 'local', protocol: 'tcp', peers: 'db.internal cache.internal' },
    };
    expect(await sentBy(fault, { ...least, ...filters })).toMatchObject({
      ...{ interfaces: 'eth1', direction: 'both', addresses: '10.1.0.0/16 fd00::7', ports: '80 443 8000-8099' },
      ...{ portSide: 'local', protocol: 'tcp', peers: 'db.internal cache.internal', serviceAddresses: '' },
    });
  });

  it('is everything that the target sends by its default routes unless told', async () => {
    expect(await sentBy(networkLatency, {})).toMatchObject({
      ...{ interfaces: '', direction: 'egress', addresses: '', ports: '', protocol: 'any', peers: '', container: '*' },
    });
  });

  it('knows peers that are services by the addresses of their tasks', async () => {
    const asked: string[] = [];
    const addressesOf = async (...service: string[]) => {
      asked.push(service.join(' '));
      return ['10.0.0.9', 'fd00::9', '10.0.0.1'];
    };
    const sent = await sentBy(networkLoss, { services: ['shop/db', 'pay/card'] }, addressesOf);
    expect(sent.serviceAddresses).toBe('10.0.0.1 10.0.0.9 fd00::9');
    expect(asked).toEqual(['shop db', 'pay card']);
  });

  it('is refused when a service has no address, or services have more than a command carries', async () => {
    await expect(sentBy(networkLoss, { services: ['shop/db'] }, async () => [])).rejects.toThrow(
      'no running task of shop/db has an address',
    );
    const many = Array.from({ length: MOST_SERVICE_ADDRESSES + 1 }, (_, host) => `10.0.0.${host}`);
    await expect(sentBy(networkLoss, { services: ['shop/db'] }, async () => many)).rejects.toThrow('65 addresses');
  });

  it.each([
    [{ addresses: ['1:2:3'] }, '1:2:3 is no address'],
    [{ addresses: ['::1::2'] }, '::1::2 is no address'],
    [{ ports: ['70000'] }, '70000 is no range of ports from 1 to 65535'],
    [{ ports: ['90-80'] }, '90-80 is no range of ports from 1 to 65535'],
    [{ ports: ['80'], protocol: 'icmp' }, 'ICMP has no ports'],
  ])('is not %o', (filters, why) => {
    for (const { fault, least } of ALL) expect(whyNot(fault, { ...least, ...filters })).toBe(why);
  });

  const HOSTILE = ['; reboot', '$(reboot)', '`reboot`', 'a\nb', '--all', "'", '"', 'x'.repeat(300), '../..', '*', 'ä'];
  it.each(Object.keys(NETWORK_FILTERS))('takes nothing for %s that is more than a word of its kind', (name) => {
    const { allowedPattern } = NETWORK_FILTERS[name as keyof typeof NETWORK_FILTERS];
    for (const hostile of HOSTILE) {
      expect(networkLatency.parameters.safeParse({ [name]: [hostile] }).success, hostile).toBe(false);
      expect(networkLatency.parameters.safeParse({ [name]: hostile }).success, hostile).toBe(false);
      expect(hostile, allowedPattern).not.toMatch(new RegExp(allowedPattern));
    }
  });

  it('tells a fault that names a part of the traffic from one that hits all of it', () => {
    const nothing = {
      interfaces: [],
      addresses: [],
      ports: [],
      portSide: 'remote',
      protocol: 'any',
      peers: [],
      services: [],
    };
    expect(isFiltered(nothing as never)).toBe(false);
    expect(isFiltered({ ...nothing, protocol: 'udp' } as never)).toBe(true);
    expect(isFiltered({ ...nothing, services: ['shop/db'] } as never)).toBe(true);
  });
});

describe('what happens to it', () => {
  it.each([
    [
      networkLatency,
      {},
      { delayMs: '100', jitterMs: '0', correlationPercent: '0', distribution: 'none', keepOrder: 'yes' },
    ],
    [networkLatency, { delayMs: 0.5, jitterMs: 0.25 }, { delayMs: '0.5', jitterMs: '0.25' }],
    [
      networkLoss,
      {},
      { model: 'random', percent: '10', toBad: '1', toGood: '10', lossInBad: '100', p13: '1', p14: '0.1' },
    ],
    [networkLoss, { model: 'markov', p13: 12.34567 }, { model: 'markov', p13: '12.3457' }],
    [networkDuplicate, { correlationPercent: 5 }, { percent: '10', correlationPercent: '5' }],
    [networkCorrupt, {}, { percent: '1' }],
    [networkReorder, { gap: 5 }, { delayMs: '50', percent: '25', gap: '5' }],
    [networkRate, {}, { rateKbit: '1000', burstBytes: '0', queueMs: '400' }],
    [
      networkCombine,
      { delayMs: 5, rateKbit: 64 },
      { delayMs: '5', rateKbit: '64', lossPercent: '0', keepOrder: 'yes' },
    ],
  ])('is told to the host: %#', async (fault, given, sent) => {
    expect(await sentBy(fault, given)).toMatchObject(sent);
  });

  it.each([
    [networkLatency, { delayMs: 0 }, 'no delay and no jitter is no latency'],
    [networkLatency, { delayMs: 10, jitterMs: 11 }, 'jitter above the delay would let packets leave before they came'],
    [networkLatency, { distribution: 'pareto' }, 'distribution and correlation are of the jitter, and there is none'],
    [networkLatency, { correlationPercent: 1 }, 'distribution and correlation are of the jitter, and there is none'],
    [networkLoss, { percent: 0 }, 'a loss of 0 % is no fault'],
    [networkLoss, { p13: 5 }, 'p13 is of the model markov, and this is random'],
    [networkLoss, { model: 'markov', percent: 5 }, 'percent is of the model random, and this is markov'],
    [
      networkLoss,
      { model: 'gilbert-elliott', correlationPercent: 5 },
      'correlationPercent is of the model random, and this is gilbert-elliott',
    ],
    [networkLoss, { model: 'gilbert-elliott', toBad: 0 }, 'nothing would be lost'],
    [networkLoss, { model: 'markov', p13: 0, p14: 0 }, 'nothing would be lost'],
    [networkLoss, { model: 'markov', p13: 60, p14: 41 }, 'p13 and p14 are more than 100 % together'],
    [networkLoss, { model: 'markov', p31: 60, p32: 41 }, 'p31 and p32 are more than 100 % together'],
    [networkDuplicate, { percent: 0 }, 'a share of 0 % is no fault'],
    [networkCorrupt, { percent: 0 }, 'a share of 0 % is no fault'],
    [networkReorder, { percent: 0 }, 'a share of 0 % is no fault'],
    [networkRate, { burstBytes: 9000 }, 'a burst below 9216 bytes would let none of the largest packets through'],
    [networkCombine, { lossPercent: 5 }, 'name two effects at least; for one alone there is a fault of its own'],
    [networkCombine, { lossPercent: 5, reorderPercent: 5 }, 'who is to be overtaken must wait: name a delay'],
    [
      networkCombine,
      { delayMs: 5, lossPercent: 5, jitterMs: 6 },
      'jitter above the delay would let packets leave before they came',
    ],
  ] as const)('cannot be %#: %o', (fault, given, why) => {
    expect(whyNot(fault, given)).toBe(why);
  });

  it.each([
    [networkLatency, { delayMs: 60_001 }],
    [networkLatency, { delayMs: -1 }],
    [networkLoss, { percent: 101 }],
    [networkRate, { rateKbit: 7 }],
    [networkReorder, { delayMs: 0 }],
    [networkLatency, { delay: 5 }],
  ])('is within its ranges, and nothing else can be said: %#', (fault, given) => {
    expect(whyNot(fault, given)).not.toBe('nothing is wrong');
  });
});
