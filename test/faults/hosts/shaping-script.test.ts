import { execFileSync } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { networkLatency } from '../../../lib/faults/network-latency.ts';

const FOLDER = path.join(import.meta.dirname, '..', '..', '..', 'lib', 'faults', 'hosts');
const SHARED = ['common.sh', 'healing.sh', 'acting.sh', ...networkLatency.script.shares];

/** What some words of shell print, with the functions of the scripts and these parameters. */
function run(words: string, parameters: Readonly<Record<string, string>> = {}, own?: string): string[] {
  const files = own === undefined ? SHARED : [...SHARED, own];
  // Without its last line, which runs the act.
  const joined = files.map((file) => `eval "$(grep -v '^main$' '${path.join(FOLDER, file)}')"`).join('\n');
  const env = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`SSM_${name}`, value]));
  const stdout = execFileSync('/bin/sh', ['-c', `${joined}\n${words}`], {
    env: { PATH: process.env.PATH ?? '', SSM_action: 'apply', ...env },
    encoding: 'utf8',
  });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('a range of ports', () => {
  it('becomes blocks that hold exactly its ports, each once', () => {
    const port = fc.integer({ min: 1, max: 65_535 });
    const range = fc.tuple(port, port).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      // Many at a time: a shell for each would take minutes.
      fc.property(fc.array(range, { minLength: 20, maxLength: 20 }), (ranges) => {
        const lines = run(ranges.map(([first, last]) => `echo range; blocks ${first} ${last}`).join('\n')).join('\n');
        for (const [index, text] of lines.split('range\n').slice(1).entries()) {
          const held = text
            .trim()
            .split('\n')
            .map((line) => line.split(' ').map(Number) as [number, number]);
          let next = ranges[index]?.[0] ?? 0;
          for (const [value, mask] of held) {
            expect(value).toBe(next);
            expect(value & mask).toBe(value);
            next = value + (65_536 - mask);
          }
          expect(next - 1).toBe(ranges[index]?.[1]);
          expect(held.length).toBeLessThanOrEqual(30);
        }
      }),
      { numRuns: 5 },
    );
  });
});

describe('the discipline', () => {
  const SHARE = { percent: '30', correlationPercent: '0' };
  const LATENCY = { delayMs: '100', jitterMs: '0', correlationPercent: '0', distribution: 'none', keepOrder: 'yes' };
  const LOSS = {
    ...{ model: 'random', ...SHARE, toBad: '1', toGood: '10', lossInBad: '100', lossInGood: '0' },
    ...{ p13: '1', p31: '10', p32: '20', p23: '30', p14: '0.1' },
  };
  const COMBINE = {
    ...{ delayMs: '0', jitterMs: '0', delayCorrelationPercent: '0', distribution: 'none', keepOrder: 'yes' },
    ...{ lossPercent: '0', duplicatePercent: '0', corruptPercent: '0', reorderPercent: '0', rateKbit: '0' },
  };
  const RATE = { rateKbit: '1000', burstBytes: '0', queueMs: '400' };
  it.each([
    ['network-latency', LATENCY, 'netem limit 11100 delay 100ms'],
    ['network-latency', { ...LATENCY, delayMs: '0.5' }, 'netem limit 1100 delay 0.5ms'],
    ['network-latency', { ...LATENCY, delayMs: '600' }, 'netem limit 50000 delay 600ms'],
    [
      'network-latency',
      { ...LATENCY, jitterMs: '20', correlationPercent: '25', distribution: 'normal' },
      'netem limit 19100 delay 100ms 20ms 25% distribution normal rate 32gbit',
    ],
    ['network-latency', { ...LATENCY, jitterMs: '20', keepOrder: 'no' }, 'netem limit 19100 delay 100ms 20ms 0%'],
    ['network-loss', LOSS, 'netem limit 1100 loss random 30%'],
    ['network-loss', { ...LOSS, correlationPercent: '5' }, 'netem limit 1100 loss random 30% 5%'],
    ['network-loss', { ...LOSS, model: 'gilbert-elliott' }, 'netem limit 1100 loss gemodel 1% 10% 100% 0%'],
    ['network-loss', { ...LOSS, model: 'markov' }, 'netem limit 1100 loss state 1% 10% 20% 30% 0.1%'],
    ['network-duplicate', SHARE, 'netem limit 1100 duplicate 30%'],
    ['network-corrupt', { ...SHARE, correlationPercent: '1' }, 'netem limit 1100 corrupt 30% 1%'],
    ['network-reorder', { ...SHARE, delayMs: '50', gap: '0' }, 'netem limit 6100 delay 50ms reorder 30%'],
    ['network-reorder', { ...SHARE, delayMs: '50', gap: '5' }, 'netem limit 6100 delay 50ms reorder 30% gap 5'],
    ['network-rate', RATE, 'tbf rate 1000kbit burst 16384 latency 400ms'],
    ['network-rate', { ...RATE, rateKbit: '1000000' }, 'tbf rate 1000000kbit burst 500000 latency 400ms'],
    ['network-rate', { ...RATE, burstBytes: '10000' }, 'tbf rate 1000kbit burst 10000 latency 400ms'],
    [
      'network-combine',
      { ...COMBINE, delayMs: '50', lossPercent: '1', duplicatePercent: '2', corruptPercent: '3', reorderPercent: '4' },
      'netem limit 6100 delay 50ms loss random 1% duplicate 2% corrupt 3% reorder 4%',
    ],
    // 451 ms of 1000 kbit/s are 37 packets of 1514 bytes.
    ['network-combine', { ...COMBINE, delayMs: '50', rateKbit: '1000' }, 'netem limit 47 delay 50ms rate 1000kbit'],
    ['network-combine', { ...COMBINE, delayMs: '50', jitterMs: '5' }, 'netem limit 8100 delay 50ms 5ms 0% rate 32gbit'],
  ])('of %s with %o', (fault, parameters, words) => {
    expect(run('echo $(discipline)', parameters, `${fault}.sh`)).toEqual([words]);
  });

  it('stands under one that takes the kernel’s large packets apart, by the largest frame of the interfaces', () => {
    const links = [
      '1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue',
      '2: eth0@if9: <UP> mtu 1500 qdisc noqueue',
      '3: eth1: <UP> mtu 9001 qdisc mq',
    ].join('\n');
    const said = (interfaces: string, own: string, parameters: Readonly<Record<string, string>>) =>
      run(
        `in_net() { echo "${links}"; }; interfaces='${interfaces}'; disciplines aa`,
        { ...parameters, direction: 'both' },
        own,
      );
    const under = (device: string, burst: number) => [
      `qdisc add dev ${device} root handle ca9c: tbf rate 100gbit burst ${burst} latency 1s`,
      `qdisc add dev ${device} parent ca9c:1 handle ca9d: netem limit 11100 delay 100ms`,
    ];
    expect(said('eth0', 'network-latency.sh', LATENCY)).toEqual([
      ...under('capuchin-out', 1532),
      ...under('capuchin-in', 1532),
    ]);
    expect(said('eth0\neth1', 'network-latency.sh', LATENCY).slice(0, 2)).toEqual(under('capuchin-out', 9033));
    expect(said('eth1', 'network-rate.sh', RATE)).toEqual([
      'qdisc add dev capuchin-out root handle ca9d: tbf rate 1000kbit burst 16384 latency 400ms',
      'qdisc add dev capuchin-in root handle ca9d: tbf rate 1000kbit burst 16384 latency 400ms',
    ]);
  });

  it.each(['', '1e3', '1.2.3', '.5', '-1', '1;reboot', '$(reboot)', '1%'])('takes no number like "%s"', (delayMs) => {
    const [answer = ''] = run(
      'SSM_action=plan; check_shape; echo passed',
      { ...LATENCY, delayMs },
      'network-latency.sh',
    );
    expect(answer).toContain('"code":"bad-parameter"');
  });
});

describe('the filters', () => {
  const filters = (way: string, hit: string, more: Readonly<Record<string, string>> = {}, id = 'aa') =>
    run(`interface=eth0 spared='169.254.170.2 fd00:ec2::254' hit='${hit}' filters ${id} ${way} capuchin-out`, more)
      .filter((line) => line.includes('redirect') || line.includes('link') || line.includes('divisor'))
      .map((line) =>
        line.replace('filter add dev eth0 ', '').replace(' action mirred egress redirect dev capuchin-out', ' →'),
      );

  it('hit both families of everything', () => {
    expect(filters('egress', '')).toEqual([
      'egress protocol ip pref 51863 u32 match u32 0 0 →',
      'egress protocol ipv6 pref 51864 u32 match u32 0 0 →',
    ]);
  });

  it('lead from addresses to ports, by the family of each', () => {
    expect(filters('egress', '10.0.0.0/8', { ports: '80-81', protocol: 'tcp' })).toEqual([
      'egress protocol ip pref 51863 handle 1: u32 divisor 1',
      'egress protocol ip pref 51863 u32 ht 1: match ip protocol 6 0xff match u8 5 0x0f at 0 match u16 0 0x1fff at 6 match ip dport 80 0xfffe →',
      'egress protocol ip pref 51863 u32 match ip dst 10.0.0.0/8 link 1:',
    ]);
    expect(filters('ingress', 'fd00::/8', { protocol: 'icmp' })).toEqual([
      'ingress protocol ipv6 pref 51868 handle 4: u32 divisor 1',
      'ingress protocol ipv6 pref 51868 u32 ht 4: match ip6 protocol 58 0xff →',
      'ingress protocol ipv6 pref 51868 u32 match ip6 src fd00::/8 link 4:',
    ]);
  });

  it.each([
    ['egress', 'remote', 'dport'],
    ['egress', 'local', 'sport'],
    ['ingress', 'remote', 'sport'],
    ['ingress', 'local', 'dport'],
  ])('read on the %s the %s port as %s', (way, portSide, word) => {
    const ports = filters(way, '', { ports: '53', protocol: 'udp', portSide });
    expect(ports).toHaveLength(2);
    for (const line of ports) expect(line).toContain(`protocol 17 0xff`);
    for (const line of ports) expect(line).toContain(` ${word} 53 0xffff →`);
  });

  it('spare metadata, credentials and neighbour discovery before anything is hit, and a host’s DHCP too', () => {
    const all = run("interface=eth0 spared='169.254.170.2 fd00:ec2::254' hit= filters aa ingress capuchin-in");
    expect(all.slice(0, 5).map((line) => line.replace('filter add dev eth0 ingress protocol ', ''))).toEqual([
      'ip pref 51865 u32 match ip src 169.254.170.2 flowid 1:1',
      'ipv6 pref 51866 u32 match ip6 src fd00:ec2::254 flowid 1:1',
      'ipv6 pref 51866 u32 match ip6 protocol 58 0xff match u8 133 0xff at 40 flowid 1:1',
      'ipv6 pref 51866 u32 match ip6 protocol 58 0xff match u8 134 0xfe at 40 flowid 1:1',
      'ipv6 pref 51866 u32 match ip6 protocol 58 0xff match u8 136 0xfe at 40 flowid 1:1',
    ]);
    const host = run('interface=eth0 spared= hit= filters host egress capuchin-out');
    expect(host).toContain(
      'filter add dev eth0 egress protocol ip pref 51861 u32 match ip protocol 17 0xff match ip sport 68 0xffff flowid 1:1',
    );
  });
});

describe('the ways of a host that no fault closes', () => {
  const ways = (region: string) =>
    run(
      `AWS_SSM_REGION_NAME='${region}'; command() { return 1; }; timeout() { shift 3; echo "10.0.0.1 STREAM $*"; }
       spared_addresses host || echo refused`,
    );
  it('are those to metadata, credentials and Systems Manager', () => {
    expect(ways('eu-west-1').slice(0, 4)).toEqual(['169.254.169.254', '169.254.170.2', 'fd00:ec2::254', '10.0.0.1']);
  });
  it('must be known', () => {
    expect(ways('')).toContain('refused');
    expect(ways('eu-west-1; reboot')).toContain('refused');
  });
});
