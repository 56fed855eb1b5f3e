import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { prepare } from './prepare.ts';
import { Wire } from './wire.ts';

/** Software emulation on a machine that does other things too. As a rule it takes 15 s. */
const BOOT_LIMIT_MS = 400_000;
const CONSOLE_LINES = 40;
/** What the emulator takes besides the guest's memory. As seen: 1 GiB of translated code at most, which comes by and by. */
const EMULATOR_MIB = 500;
const MIB = 1_048_576;

/**
 * `norandmaps` makes everything three times as fast: what the emulator has translated it finds again by its address only. A panic, which the
 * end of the guest's first process is, ends the emulator.
 */
const KERNEL_OPTIONS = [
  ...['console=ttyS0', 'quiet', 'loglevel=3', 'rdinit=/init', 'panic=-1'],
  ...['norandmaps', 'nokaslr', 'mitigations=off', 'audit=0', 'apparmor=0', 'tsc=reliable', 'random.trust_cpu=on'],
];

/** A virtual machine that runs Debian's kernel on this machine's own root, read-only, with a memory disk on top. */
export class Machine {
  readonly wire: Wire;
  /** How long it took until its programs answered. */
  readonly bootMs: number;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, wire: Wire, bootMs: number) {
    this.#process = child;
    this.wire = wire;
    this.bootMs = bootMs;
  }

  /**
   * Boots one, and shows its console when CAPUCHIN_GUEST_CONSOLE is set. It cannot outlive this process: the kernel kills it then, and it
   * powers off when its wire is cut.
   * @throws Error that says what is missing, or with the console's last lines when it does not come up.
   */
  static async boot({ limitMs = BOOT_LIMIT_MS, memoryMiB = 2500 } = {}): Promise<Machine> {
    const startedMs = Date.now();
    const [neededMiB, availableMiB] = [memoryMiB + EMULATOR_MIB, Math.floor(process.availableMemory() / MIB)];
    if (availableMiB < neededMiB) {
      throw new Error(`the guest needs ${neededMiB} MiB of memory, and this machine has ${availableMiB} MiB to spare`);
    }
    const prepared = prepare();
    const commandLine = [
      ...KERNEL_OPTIONS,
      `GUEST_BOOT="${prepared.bootScript}" GUEST_MODULES="${prepared.modules}" GUEST_NODE="${process.execPath}"`,
    ].join(' ');
    const child = spawn(
      prepared.setpriv,
      [
        ...['--pdeathsig', 'KILL', prepared.qemu],
        ...['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'Nehalem', '-smp', '2', '-m', String(memoryMiB)],
        ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
        ...['-kernel', prepared.kernel, '-initrd', prepared.initialRamDisk, '-append', commandLine],
        ...['-virtfs', 'local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap'],
        ...['-device', 'virtio-serial', '-chardev', 'socket,id=wire,fd=3'],
        ...['-device', 'virtserialport,chardev=wire,name=capuchin'],
      ],
      { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
    );
    const said = lastLines(child);
    const wire = new Wire(child.stdio[3] as Duplex);
    try {
      await Promise.race([
        wire.ready,
        once(child, 'exit').then(([code, signal]) => Promise.reject(new Error(`it ended (${code ?? signal})`))),
        once(AbortSignal.timeout(limitMs), 'abort').then(() => Promise.reject(new Error(`not up after ${limitMs} ms`))),
      ]);
    } catch (cause) {
      await stop(child);
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`the guest did not boot: ${why}. Its console's last lines:\n${said().join('\n')}`, { cause });
    }
    child.once('exit', (code, signal) => {
      const why = `the guest has ended (${code ?? signal}):\n${said().join('\n')}`;
      wire.fail(why);
      // The wire is cut a moment earlier, and whoever hears of that does not hear why.
      if (signal !== 'SIGKILL') process.stderr.write(`${why}\n`);
    });
    return new Machine(child, wire, Date.now() - startedMs);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get hasEnded(): boolean {
    return hasEnded(this.#process);
  }

  /** Pulls its plug. Nothing in it is worth keeping. */
  async stop(): Promise<void> {
    await stop(this.#process);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function lastLines({ stdout, stderr }: ChildProcess): () => readonly string[] {
  let text = '';
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text = `${text}${part}`.slice(-16_384);
      if (process.env.CAPUCHIN_GUEST_CONSOLE !== undefined) process.stderr.write(part);
    });
  }
  return () => text.trimEnd().split(/\r*\n/).slice(-CONSOLE_LINES);
}
