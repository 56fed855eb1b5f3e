import { describe, expect, it } from 'vitest';
import type { FaultTarget } from '../../lib/core/fault-target.ts';
import { dependencyFailure } from '../../lib/faults/dependency-failure.ts';
import { dnsFailure } from '../../lib/faults/dns-failure.ts';
import type { HostCommand } from '../../lib/faults/host-commands.ts';
import { AWS_SERVICES } from '../../lib/faults/hosts/aws-services.ts';
import type { HostFault, HostPort } from '../../lib/faults/hosts/host-fault.ts';
import { networkBlackhole } from '../../lib/faults/network-blackhole.ts';
import { networkPartition } from '../../lib/faults/network-partition.ts';

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

/** What is sent to the host, less what every fault sends; each value passes the document's pattern. */
async function sentBy(
  fault: HostFault,
  given: object,
  more: Partial<HostPort> = {},
): Promise<Readonly<Record<string, string>>> {
  const commands: HostCommand[] = [];
  const port = {
    hostOf: async () => ({ instanceId: 'i-0123456789abcdef0', agentConnected: true }),
    sendCommand: async (command: HostCommand) => {
      commands.push(command);
      return { commandId: 'c' };
    },
    ...more,
  } as unknown as HostPort;
  const parameters = fault.parameters.parse(given);
  const prepared = await fault.prepare(port, target, parameters, context);
  if (!prepared.ready) expect.fail(prepared.because);
  await fault.inject(port, target, parameters, prepared.undo, context);
  const all = commands[0]?.parameters ?? {};
  for (const [name, { allowedPattern }] of Object.entries(fault.script.parameters)) {
    expect(all[name], name).toMatch(new RegExp(allowedPattern));
  }
  return Object.fromEntries(Object.keys(fault.script.parameters).map((name) => [name, all[name] ?? '']));
}

function whyNot(fault: HostFault, given: object): string {
  const parsed = fault.parameters.safeParse(given);
  return parsed.success ? 'nothing is wrong' : parsed.error.issues.map(({ message }) => message).join('; ');
}

/** Nobody's parameter of any kind. */
const HOSTILE = ['; reboot', '$(reboot)', '`reboot`', 'a\nb', '--all', "'", '"', 'x'.repeat(300), '../..', '*', 'ä'];

describe('network-blackhole', () => {
  it('is told exactly what vanishes, as the host reads it', async () => {
    const sent = await sentBy(networkBlackhole, {
      ports: [443, '8000-8100'],
      protocol: 'tcp',
      addresses: 'fd00::/8 10.1.2.3',
    });
    expect(sent).toEqual({
      ...{ container: '*', direction: 'both', interfaces: '', addresses: 'fd00::/8 10.1.2.3', ports: '443 8000-8100' },
      ...{ portSide: 'remote', protocol: 'tcp', peers: '', services: '', serviceAddresses: '', everything: 'no' },
    });
  });

  it('never takes no filter for everything, nor both', () => {
    expect(whyNot(networkBlackhole, {})).toContain('everything: true');
    expect(whyNot(networkBlackhole, { direction: 'egress', portSide: 'local' })).toContain('everything: true');
    expect(whyNot(networkBlackhole, { everything: true, ports: [80] })).toContain('exclude each other');
    expect(networkBlackhole.parameters.safeParse({ everything: true }).success).toBe(true);
    expect(networkBlackhole.parameters.safeParse({ protocol: 'icmp' }).success).toBe(true);
  });

  it('takes the addresses of a service’s tasks before the act, and none without any', async () => {
    const asked: string[][] = [];
    const addressesOf = async (...service: string[]) => {
      asked.push(service);
      return ['10.0.0.9', 'fd00::9'];
    };
    const sent = await sentBy(networkBlackhole, { services: ['shop/cart'] }, { addressesOf });
    expect(sent.serviceAddresses).toBe('10.0.0.9 fd00::9');
    expect(asked).toEqual([['shop', 'cart']]);
    await expect(
      sentBy(networkBlackhole, { services: ['shop/cart'] }, { addressesOf: async () => [] }),
    ).rejects.toThrow('shop/cart');
  });
});

describe('network-partition', () => {
  const list = ['10.0.0.1', '10.0.0.2,FD00:0::2', '10.0.0.3', '10.0.0.4'];

  it('tells every target the same members, as a host writes its own addresses', async () => {
    const sent = await sentBy(networkPartition, { topology: 'ring', members: list });
    expect(sent).toMatchObject({
      topology: 'ring',
      members: '10.0.0.1 10.0.0.2,fd00::2 10.0.0.3 10.0.0.4',
      direction: 'both',
    });
  });

  it.each([
    ['whom', {}],
    ['without a topology', { members: list }],
    ['4 members or more', { topology: 'ring', members: list.slice(1) }],
    ['3 members or more', { topology: 'bridge', members: list.slice(2) }],
    ['stands twice', { topology: 'split', members: ['fd00::2', 'fd00:0::2'] }],
    ['is no address', { topology: 'split', members: ['10.0.0.1', ':::::'] }],
    ['is no address', { addresses: ['fd00:::1'] }],
  ])('is refused: %s', (because, given) => {
    expect(whyNot(networkPartition, given)).toContain(because);
  });

  it('may be from addresses, peers or services alone', () => {
    for (const given of [{ addresses: ['10.0.0.0/8'] }, { peers: ['db.internal'] }, { services: ['shop/cart'] }]) {
      expect(networkPartition.parameters.safeParse(given).success).toBe(true);
    }
  });
});

describe('dns-failure', () => {
  it('is of all names unless some are listed', async () => {
    expect(await sentBy(dnsFailure, {})).toMatchObject({ names: '' });
    expect(await sentBy(dnsFailure, { names: ['db.internal', '_ldap._tcp.example.com'] })).toMatchObject({
      names: 'db.internal _ldap._tcp.example.com',
    });
  });

  it.each(['a..b', '.a', 'a.', '-a.b', 'a-.b', `${'a'.repeat(64)}.b`, 'a b;c', ...HOSTILE])(
    'refuses the name %j',
    (name) => {
      expect(dnsFailure.parameters.safeParse({ names: [name] }).success).toBe(false);
    },
  );

  it('refuses the few names that the program could not tell from others', () => {
    const valid = (length: number) => dnsFailure.parameters.safeParse({ names: [`${'a'.repeat(length)}.com`] }).success;
    const unclear = [45, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57];
    expect(Array.from({ length: 63 }, (_, i) => i + 1).filter((length) => !valid(length))).toEqual(unclear);
  });
});

describe('dependency-failure', () => {
  it('knows the names of a service, and asks for its ranges where it has lists', async () => {
    const asked: string[][] = [];
    const prefixesOf = async (lists: readonly string[]) => {
      asked.push([...lists]);
      return ['3.5.64.0/21', '2a05:d070:8000::/40'];
    };
    expect(await sentBy(dependencyFailure, { service: 's3' }, { prefixesOf })).toMatchObject({
      ...{
        endpoints: 's3 s3.dualstack s3-control',
        ranges: '3.5.64.0/21 2a05:d070:8000::/40',
        hosts: '',
        traffic: 'web',
      },
    });
    expect(asked).toEqual([['s3', 'ipv6.s3']]);
    expect(await sentBy(dependencyFailure, { service: 'kms' })).toMatchObject({ endpoints: 'kms', ranges: '' });
  });

  it('does not begin with half of a service: without its ranges, or with more than can be told', async () => {
    await expect(sentBy(dependencyFailure, { service: 's3' }, { prefixesOf: async () => [] })).rejects.toThrow(
      'no ranges of s3',
    );
    const many = Array.from({ length: 101 }, (_, i) => `10.0.${i}.0/24`);
    await expect(sentBy(dependencyFailure, { service: 's3' }, { prefixesOf: async () => many })).rejects.toThrow(
      '101 ranges',
    );
  });

  it('can tell a host of every service', async () => {
    for (const service of Object.keys(AWS_SERVICES)) {
      const sent = await sentBy(dependencyFailure, { service }, { prefixesOf: async () => ['10.0.0.0/8'] });
      expect(sent.endpoints).not.toBe('');
    }
  });

  it('says what fails, and may look up AWS’s lists', () => {
    expect(whyNot(dependencyFailure, {})).toContain('which service or which hosts');
    expect(dependencyFailure.parameters.safeParse({ service: 'toaster' }).success).toBe(false);
    expect(dependencyFailure.permissions).toContainEqual(
      expect.objectContaining({ actions: expect.arrayContaining(['ec2:GetManagedPrefixListEntries']), use: 'looking' }),
    );
  });
});

it.each(HOSTILE)('no parameter of any of them takes %j', (text) => {
  for (const fault of [networkBlackhole, networkPartition, dnsFailure, dependencyFailure]) {
    for (const name of Object.keys(fault.parameters.parse(START[fault.name] ?? {}))) {
      // It is compared with names, and has a test of its own.
      if (name === 'container') continue;
      for (const value of [text, [text]]) {
        expect([name, fault.parameters.safeParse({ ...START[fault.name], [name]: value }).success]).toEqual([
          name,
          false,
        ]);
      }
    }
    for (const [name, { allowedPattern }] of Object.entries(fault.script.parameters)) {
      if (name === 'container') continue;
      expect(text).not.toMatch(new RegExp(allowedPattern));
    }
  }
});
/** The least that each takes. */
const START: Readonly<Record<string, object>> = {
  'network-blackhole': { ports: [80] },
  'network-partition': { addresses: ['10.0.0.1'] },
  'dependency-failure': { hosts: ['a.b'] },
};
