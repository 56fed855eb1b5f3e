import { readFileSync } from 'node:fs';

/** Memory of a process in MB, as the kernel counts it. Linux only. */
export interface ProcessMemory {
  /** What is resident now. */
  readonly residentMb: number;
  /** The most that was resident since the process started. */
  readonly peakMb: number;
}

/** @throws Error when the process is gone, or this is no Linux. */
export function memoryOf(pid: number | 'self'): ProcessMemory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (name: string): number => {
    const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    if (kilobytes === undefined) throw new Error(`/proc/${pid}/status says nothing of ${name}`);
    return Number(kilobytes) / 1024;
  };
  return { residentMb: read('VmRSS'), peakMb: read('VmHWM') };
}

/** A variable of a running process. Linux only. */
export function variableOf(pid: number, name: string): string | undefined {
  const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return variables.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
}
