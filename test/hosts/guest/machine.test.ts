import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Machine } from './machine.ts';
import { prepare } from './prepare.ts';

const MACHINE = path.join(import.meta.dirname, 'machine.ts');

it('names each package that is missing, and the command that installs it', () => {
  const missing = ['/usr/bin/qemu-system-x86_64', '/usr/sbin/nft'];
  expect(() => prepare(undefined, (file) => existsSync(file) && !missing.includes(file))).toThrow(
    'has not: qemu-system-x86, nftables. Install them with `sh scripts/guest-packages.sh`',
  );
});

it('names the folder that should hold a kernel, and the command that fetches it', async () => {
  const cache = await mkdtemp(path.join(tmpdir(), 'capuchin-guest-'));
  onTestFinished(() => rm(cache, { recursive: true }));
  expect(() => prepare(cache)).toThrow(`no kernel for the guest in ${cache}. Fetch it with`);
});

it('says how much memory it needs where there is too little', async () => {
  await expect(Machine.boot({ memoryMiB: 100_000_000 })).rejects.toThrow(
    /^the guest needs 100000500 MiB of memory, and this machine has \d+ MiB to spare$/,
  );
});

it('tells the last lines of the console when it does not come up, and leaves nothing running', async () => {
  await expect(Machine.boot({ limitMs: 400 })).rejects.toThrow(/did not boot: not up after 400 ms\. .*last lines/);
  expect(emulatorsOf(process.pid)).toEqual([]);
});

it('ends with the process that booted it, also when that is killed', async () => {
  const script = `import { Machine } from ${JSON.stringify(MACHINE)}; await Machine.boot();`;
  const booting = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: 'ignore' });
  const ended = once(booting, 'exit');
  const [emulator] = await vi.waitFor(
    () => {
      const found = emulatorsOf(booting.pid ?? 0);
      expect(found).toHaveLength(1);
      return found;
    },
    { timeout: 60_000, interval: 50 },
  );
  booting.kill('SIGKILL');
  await ended;
  await vi.waitFor(() => expect(isRunning(emulator ?? 0)).toBe(false), { timeout: 10_000, interval: 50 });
});

/** Processes that a process has started and that are an emulator. */
function emulatorsOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((child) => child !== '' && readFileSync(`/proc/${child}/comm`, 'utf8').startsWith('qemu'))
    .map(Number);
}

/** One that has ended but that nobody has asked about does not count. */
function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
