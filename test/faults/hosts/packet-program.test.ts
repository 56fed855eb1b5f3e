import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, frameOf, type Packet, passes, programOf, queryFor, type Way } from './packet-machine.ts';

/** Whether each packet gets through these rules. */
function through(rules: readonly string[], ...packets: readonly Packet[]): boolean[] {
  const programs = { egress: programOf(rules, 'egress'), ingress: programOf(rules, 'ingress') };
  return packets.map((packet) => passes(programs[packet.way], frameOf(packet)));
}

const web: Packet = { way: 'egress', remote: '10.1.2.3', protocol: 'tcp', remotePort: 443, localPort: 50_000 };
const web6: Packet = { ...web, remote: 'fd00:1::3' };
const asked = (name: string, more: Partial<Packet> = {}): Packet => ({
  ...{ way: 'egress', remote: '10.0.0.2', protocol: 'udp', remotePort: 53, localPort: 40_000, payload: queryFor(name) },
  ...more,
});

describe('a program of rules', () => {
  it('lets everything through where no rule fits', () => {
    expect(through([], web, web6)).toEqual([true, true]);
    expect(through(['drop udp any any any'], web, web6)).toEqual([true, true]);
  });

  it('goes by the port of the end that is meant, in each direction, in both families', () => {
    const back: Packet = { ...web, way: 'ingress' };
    const served: Packet = { ...web, way: 'ingress', remotePort: 50_000, localPort: 443 };
    const packets = [web, web6, back, served];
    expect(through(['drop tcp remote:443 any any'], ...packets)).toEqual([false, false, false, true]);
    expect(through(['drop tcp local:443 any any'], ...packets)).toEqual([true, true, true, false]);
    expect(through(['drop any remote:80,400-500 any any'], ...packets)).toEqual([false, false, false, true]);
    expect(through(['drop udp remote:443 any any'], ...packets)).toEqual([true, true, true, true]);
  });

  it('finds ports behind options, and none in a later fragment, which an address is enough for', () => {
    const packets = [
      { ...web, options: 5 },
      { ...web, laterFragment: true },
      { ...web6, laterFragment: true },
    ];
    expect(through(['drop tcp remote:443 any any'], ...packets)).toEqual([false, true, true]);
    expect(through(['drop tcp remote:65535 any any'], ...packets)).toEqual([true, true, true]);
    expect(through(['drop tcp any 10.1.0.0/16,fd00:1::/32 any'], ...packets)).toEqual([false, false, false]);
  });

  it('ends with the first rule that fits', () => {
    expect(through(['keep any any 10.1.2.3 any', 'drop any any any any'], web, web6)).toEqual([true, false]);
  });

  it('lets IPv6’s links find their neighbours, and drops its other ICMP', () => {
    const icmp: Packet = { way: 'egress', remote: 'fd00:1::3', protocol: 'icmp' };
    const solicit = frameOf(icmp);
    solicit[54] = 135;
    const program = programOf(['drop any any any any'], 'egress');
    expect(passes(program, solicit)).toBe(true);
    const echo = frameOf(icmp);
    echo[54] = 128;
    expect(passes(program, echo)).toBe(false);
    expect(passes(program, frameOf({ ...icmp, remote: '10.0.0.1' }))).toBe(false);
  });

  it('lets alone what is not IP', () => {
    const arp = frameOf(web);
    arp.writeUInt16BE(0x0806, 12);
    expect(passes(programOf(['drop any any any any'], 'egress'), arp)).toBe(true);
  });

  it('is the same by every shell and awk that is here', () => {
    const rules = ['keep any any 169.254.169.254,fd00:ec2::254 any', 'drop any remote:53 10.0.0.0/8 example.com,ssm.*'];
    expect(programOf(rules, 'egress', ['busybox', 'ash'])).toEqual(programOf(rules, 'egress', ['dash']));
  });

  it.each([
    ['drop tcp remote:0-70000 any any', 'no ports'],
    ['drop tcp remote:90-80 any any', 'no ports'],
    ['drop tcp remote:80x any any', 'no ports'],
    ['drop icmp remote:80 any any', 'ICMP has no ports'],
    ['drop any any 10.0.0.256 any', 'no address'],
    ['drop any any 10.0.0.0/33 any', 'no address'],
    ['drop any any fd00::1::2 any', 'no address'],
    ['drop any any fd00:1 any', 'no address'],
    ['drop any any fd00::/129 any', 'no address'],
    ['drop any any any a..b', 'no name'],
    ['drop any any any $(reboot)', 'no name'],
    ['reject any any any any', 'no rule'],
    ['drop any any any', 'no rule'],
  ])('is refused of %s', (rule, because) => {
    expect(() => programOf([rule], 'egress')).toThrow(because);
  });

  it('is refused when it is longer than the kernel takes', () => {
    const many = Array.from({ length: 1500 }, (_, i) => `10.0.${i >> 8}.${i & 255}`).join(',');
    expect(() => programOf([`drop any any ${many} any`], 'egress')).toThrow('too much to block');
    expect(programOf([`drop any any ${many.split(',').slice(0, 500).join(',')} any`], 'egress').length).toBeLessThan(
      4096,
    );
  });
});

describe('addresses', () => {
  const v4 = fc
    .tuple(...Array.from({ length: 4 }, () => fc.constantFrom(0, 1, 10, 127, 128, 255)))
    .map((part) => part.join('.'));
  const v6 = fc
    .array(fc.constantFrom('0', '1', 'fd00', '8000', 'ffff'), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.join(':'));
  const range = fc.oneof(
    fc.tuple(v4, fc.integer({ min: 0, max: 32 })).map(([address, bits]) => `${address}/${bits}`),
    fc.tuple(v6, fc.integer({ min: 0, max: 128 })).map(([address, bits]) => `${address}/${bits}`),
    v4,
    v6,
  );
  const contains = (one: string, address: string): boolean => {
    const [base = '', bits = one.includes(':') ? '128' : '32'] = one.split('/');
    const [left, right] = [bytesOf(base), bytesOf(address)];
    const leading = (bytes: Buffer) =>
      [...bytes]
        .map((byte) => byte.toString(2).padStart(8, '0'))
        .join('')
        .slice(0, Number(bits));
    return left.length === right.length && leading(left) === leading(right);
  };

  it('are hit exactly when a range holds them', () => {
    fc.assert(
      fc.property(
        fc.array(range, { minLength: 1, maxLength: 5 }),
        fc.array(fc.oneof(v4, v6), { minLength: 20, maxLength: 40 }),
        fc.constantFrom<Way>('egress', 'ingress'),
        (ranges, addresses, way) => {
          const program = programOf([`drop any any ${ranges.join(',')} any`], way);
          for (const remote of [...addresses, ...ranges.map((one) => one.split('/')[0] ?? '')]) {
            const isHit = ranges.some((one) => contains(one, remote));
            expect([remote, passes(program, frameOf({ ...web, way, remote }))]).toEqual([remote, !isHit]);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('may be written short', () => {
    const rules = ['drop any any ::1,fd00::,2001:db8::/32,FD09::A any'];
    const to = (remote: string): Packet => ({ ...web, remote });
    expect(
      through(rules, to('::1'), to('fd00::'), to('2001:db8:5::9'), to('fd09::a'), to('::2'), to('2001:db9::')),
    ).toEqual([false, false, false, false, true, true]);
  });
});

describe('names', () => {
  const rules = ['drop any remote:53 any example.com,db.internal'];

  it('fit themselves and what is below them, in whatever case, and nothing else', () => {
    const fits = ['example.com', 'www.example.com', 'a.b.c.EXAMPLE.Com', 'db.internal', 'eu-1._x.DB.INTERNAL'];
    const others = [
      'example.org',
      'myexample.com',
      'example.com.evil.net',
      'com',
      'internal',
      'b.internal',
      'xample.com',
      'e-ample.com',
    ];
    expect(through(rules, ...fits.map((name) => asked(name)))).toEqual(fits.map(() => false));
    expect(through(rules, ...others.map((name) => asked(name)))).toEqual(others.map(() => true));
  });

  it('are found by UDP and TCP, IPv4 and IPv6, with and without options and the length before a message', () => {
    const more: Partial<Packet>[] = [
      {},
      { remote: 'fd00::2' },
      { options: 3 },
      { protocol: 'tcp', payload: queryFor('www.example.com', { framed: true }) },
      { protocol: 'tcp', payload: queryFor('www.example.com'), options: 3 },
      { protocol: 'tcp', payload: queryFor('www.example.com', { framed: true }), remote: 'fd00::2' },
    ];
    expect(through(rules, ...more.map((one) => asked('www.example.com', one)))).toEqual(more.map(() => false));
  });

  it('let connections open: there is no question in them yet', () => {
    expect(through(rules, asked('', { protocol: 'tcp', payload: Buffer.alloc(0) }))).toEqual([true]);
  });

  it('of a first label fit whatever comes behind it', () => {
    const first = ['keep udp remote:53 any ssm.*,ssmmessages.*', 'drop any remote:53 any any'];
    const names = [
      'SSM.eu-west-1.amazonaws.com',
      'ssmmessages.eu-west-1.amazonaws.com',
      'ssm2.eu-west-1.amazonaws.com',
      'x.ssm.com',
    ];
    expect(through(first, ...names.map((name) => asked(name)))).toEqual([true, true, false, false]);
    expect(through(first, asked('', { protocol: 'tcp', payload: Buffer.alloc(0) }))).toEqual([false]);
  });

  it('fit exactly when their labels are the last of the question’s', () => {
    const label = fc.oneof(
      fc.constantFrom('a', 'b', 'ab', 'com', 'A', 'aB'),
      fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,20}[a-zA-Z0-9])?$/),
    );
    const name = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.'));
    fc.assert(
      fc.property(
        fc.array(name, { minLength: 1, maxLength: 4 }),
        fc.array(name, { minLength: 20, maxLength: 30 }),
        (listed, questions) => {
          const program = programOf([`drop any remote:53 any ${listed.join(',')}`], 'egress');
          const below = listed.flatMap((one) => [one, `x.${one}`, `x${one}`, one.toUpperCase()]);
          for (const question of [...questions, ...below]) {
            const lower = question.toLowerCase();
            const isHit = listed.some((one) => lower === one.toLowerCase() || lower.endsWith(`.${one.toLowerCase()}`));
            expect([question, passes(program, frameOf(asked(question)))]).toEqual([question, !isHit]);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
