import { spawnSync } from 'node:child_process';
import path from 'node:path';

const SCRIPT = path.join(import.meta.dirname, '../../../lib/faults/hosts/packet-program.sh');

export type Way = 'egress' | 'ingress';

/** A step of the classic byte code: code, where to when it is so and when not, number. */
type Step = readonly [code: number, yes: number, no: number, number: number];

/** What `packet_program` makes of rules. @throws Error with its words when it refuses. */
export function programOf(rules: readonly string[], way: Way, shell: readonly string[] = ['/bin/sh']): readonly Step[] {
  const [command = '', ...words] = shell;
  const text = `. '${SCRIPT}'; packet_program "$1" 77`;
  const { status, stdout, stderr } = spawnSync(command, [...words, '-c', text, 'sh', way], {
    input: rules.map((rule) => `${rule}\n`).join(''),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr.trim());
  const [count, ...steps] = stdout.trimEnd().split('\n');
  if (Number(count) !== steps.length) throw new Error(`${count} steps are ${steps.length}`);
  return steps.map((step) => step.split(' ').map(Number) as unknown as Step);
}

const PASS = 0;
/** TC_ACT_STOLEN: swallowed, and the sender is told that all is well. */
const SWALLOW = 4;

/** Whether the packet gets through, by a machine as the kernel's (Documentation/networking/filter.rst). */
export function passes(program: readonly Step[], frame: Buffer): boolean {
  const verdict = run(program, frame);
  if (verdict !== PASS && verdict !== SWALLOW) throw new Error(`verdict ${verdict}`);
  return verdict === PASS;
}

function run(program: readonly Step[], frame: Buffer): number {
  let [a, x] = [0, 0];
  const memory = new Array<number>(16).fill(0);
  for (let at = 0; ; at++) {
    const step = program[at];
    if (step === undefined) throw new Error('ran out of the program');
    const [code, yes, no, number] = step;
    const place = number === 0xfffff000 ? 12 : (code & 0xe0) === 0x40 ? x + number : number;
    const size = [4, 2, 1][(code >> 3) & 3] ?? 0;
    switch (code) {
      case 0x20:
      case 0x28:
      case 0x30:
      case 0x40:
      case 0x48:
      case 0x50:
        // The kernel ends a program with 0 that reads behind the end.
        if (place + size > frame.length) return 0;
        a = frame.readUIntBE(place, size);
        break;
      case 0xb1:
        if (number >= frame.length) return 0;
        x = 4 * (frame.readUInt8(number) & 15);
        break;
      case 0x00:
        a = number;
        break;
      case 0x60:
        a = memory[number] ?? Number.NaN;
        break;
      case 0x61:
        x = memory[number] ?? Number.NaN;
        break;
      case 0x02:
        memory[number] = a;
        break;
      case 0x03:
        memory[number] = x;
        break;
      case 0x04:
        a = (a + number) >>> 0;
        break;
      case 0x0c:
        a = (a + x) >>> 0;
        break;
      case 0x14:
        a = (a - number) >>> 0;
        break;
      case 0x44:
        a = (a | number) >>> 0;
        break;
      case 0x54:
        a = (a & number) >>> 0;
        break;
      case 0x74:
        a >>>= number;
        break;
      case 0x07:
        x = a;
        break;
      case 0x87:
        a = x;
        break;
      case 0x05:
        at += number;
        break;
      case 0x06:
        return number;
      default:
        at += isSo(code, a, (code & 8) === 0 ? number : x) ? yes : no;
    }
  }
}

function isSo(code: number, a: number, number: number): boolean {
  switch (code & 0xf7) {
    case 0x15:
      return a === number;
    case 0x25:
      return a > number;
    case 0x35:
      return a >= number;
    case 0x45:
      return (a & number) !== 0;
    default:
      throw new Error(`no such step: ${code}`);
  }
}

/** A packet as the target sends or receives it. */
export interface Packet {
  readonly way: Way;
  readonly remote: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp' | number;
  readonly remotePort?: number;
  readonly localPort?: number;
  readonly payload?: Buffer;
  /** Words of options in the header of IPv4 or TCP. */
  readonly options?: number;
  /** Not the first part of a packet. */
  readonly laterFragment?: boolean;
}

const OWN = { 4: '192.0.2.77', 6: '2001:db8::77' } as const;

export function bytesOf(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((one) => Number.parseInt(one, 16));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const all =
    tail === undefined ? left : [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}

/** Its frame, with Ethernet's header. */
export function frameOf(packet: Packet): Buffer {
  const { way, remote, protocol, options = 0, laterFragment = false } = packet;
  const family = remote.includes(':') ? 6 : 4;
  const [own, other] = [bytesOf(OWN[family]), bytesOf(remote)];
  const ends = way === 'egress' ? [own, other] : [other, own];
  const ethernet = Buffer.alloc(14);
  ethernet.writeUInt16BE(family === 4 ? 0x0800 : 0x86dd, 12);
  const number =
    protocol === 'tcp' ? 6 : protocol === 'udp' ? 17 : protocol === 'icmp' ? (family === 4 ? 1 : 58) : protocol;
  const inner = laterFragment ? Buffer.alloc(40, 0xff) : innerOf(packet);
  if (family === 4) {
    const head = Buffer.alloc(12);
    head[0] = 0x45 + options;
    head.writeUInt16BE(20 + 4 * options + inner.length, 2);
    head.writeUInt16BE(laterFragment ? 185 : 0, 6);
    head[9] = number;
    return Buffer.concat([ethernet, head, ...ends, Buffer.alloc(4 * options, 1), inner]);
  }
  const head = Buffer.alloc(8);
  head[0] = 0x60;
  head[6] = laterFragment ? 44 : number;
  const fragment = laterFragment ? Buffer.from([number, 0, 5, 200, 0, 0, 0, 1]) : Buffer.alloc(0);
  return Buffer.concat([ethernet, head, ...ends, fragment, inner]);
}

function innerOf({
  way,
  protocol,
  remotePort = 0,
  localPort = 0,
  payload = Buffer.alloc(0),
  options = 0,
}: Packet): Buffer {
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(way === 'egress' ? localPort : remotePort, 0);
  ports.writeUInt16BE(way === 'egress' ? remotePort : localPort, 2);
  if (protocol === 'udp') return Buffer.concat([ports, Buffer.alloc(4), payload]);
  if (protocol !== 'tcp') return Buffer.concat([Buffer.from([8]), Buffer.alloc(20), payload]);
  const rest = Buffer.alloc(16 + 4 * options);
  rest[8] = (5 + options) << 4;
  return Buffer.concat([ports, rest, payload]);
}

/** A DNS query; `framed` as TCP carries it, with its length before it. */
export function queryFor(name: string, { framed = false } = {}): Buffer {
  const labels = name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]);
  const header = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
  // With the extension of RFC 6891 behind the question, as resolvers send it.
  const message = Buffer.concat([header, ...labels, Buffer.from([0, 0, 28, 0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0])]);
  if (!framed) return message;
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);
}
