import { describe, expect, it } from 'vitest';
import type { FaultTarget } from '../../lib/core/fault-target.ts';
import { cpuStress } from '../../lib/faults/cpu-stress.ts';
import { diskFill } from '../../lib/faults/disk-fill.ts';
import type { HostCommand } from '../../lib/faults/host-commands.ts';
import { documentsOf } from '../../lib/faults/hosts/documents.ts';
import type { HostPort, ReversibleHostFault } from '../../lib/faults/hosts/host-fault.ts';
import { ioStress } from '../../lib/faults/io-stress.ts';
import { memoryStress } from '../../lib/faults/memory-stress.ts';

const TASK = 'arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789abcdef';
const target: FaultTarget = {
  kind: 'task',
  resource: TASK,
  clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/shop',
  service: 'shop/checkout',
  containerInstanceArn: 'arn',
};
const undo = (of: string) => ({ instanceId: 'i-0123456789abcdef0', target: of, resolved: {} });
const context = { experiment: 'trial', reason: 'to learn' };

/** What the host is told besides what every host fault tells it. */
async function wire(fault: ReversibleHostFault, given: object): Promise<Readonly<Record<string, string>>> {
  const sent: HostCommand[] = [];
  const port = {
    sendCommand: async (command: HostCommand) => {
      sent.push(command);
      return { commandId: 'c' };
    },
  } as unknown as HostPort;
  const act = { ...context, notAfterMs: 1e12, untilMs: 2e12, alarms: [], installTools: false, now: Date.now };
  await fault.inject(port, target, given, undo(TASK), act);
  const { action, experiment, target: _, install, notAfter, until, container, ...own } = sent[0]?.parameters ?? {};
  return own;
}

describe('what the host is told', () => {
  it('has a default for everything: every processor, most of what is free, the container’s own disk', async () => {
    expect(await wire(cpuStress, {})).toEqual({ loadPercent: '100', workers: '0', cgroup: 'target' });
    expect(await wire(memoryStress, {})).toEqual({
      ...{ percent: '80', of: 'free', megabytes: '0', workers: '1', killFirst: 'workers', cgroup: 'target' },
    });
    expect(await wire(ioStress, {})).toEqual({
      ...{ workers: '1', method: 'mixed', megabytesPerSecond: '0', mostMegabytes: '8192', fileMegabytes: '64' },
      ...{ path: 'auto', cgroup: 'target' },
    });
    expect(await wire(diskFill, {})).toEqual({ percent: '90', megabytes: '0', path: 'auto' });
  });

  it('matches the pattern of its document, at the ends of the ranges too', async () => {
    const cases: (readonly [ReversibleHostFault, object])[] = [
      [cpuStress, { loadPercent: 1, workers: 256, cgroup: 'host' }],
      [memoryStress, { percent: 0.05, of: 'limit', megabytes: 9_999_999, workers: 64, killFirst: 'largest' }],
      [memoryStress, { percent: 99.9999 }],
      [
        ioStress,
        { workers: 64, method: 'sync', megabytesPerSecond: 100_000, mostMegabytes: 10_000_000, path: '/data/x-y_z.1' },
      ],
      [diskFill, { percent: 100, megabytes: 9_999_999, path: 'engine' }],
      [diskFill, { path: '/' }],
    ];
    for (const [fault, given] of cases) {
      const { parameters } = documentsOf(fault.script)[0];
      for (const [name, value] of Object.entries(await wire(fault, given))) {
        expect(value, name).toMatch(new RegExp(parameters[name]?.allowedPattern ?? 'no such parameter'));
      }
    }
  });
});

describe('a stress fault refuses', () => {
  it.each([
    [cpuStress, { loadPercent: 0 }],
    [cpuStress, { loadPercent: 101 }],
    [cpuStress, { loadPercent: 12.5 }],
    [cpuStress, { workers: 257 }],
    [cpuStress, { workers: -1 }],
    [cpuStress, { cgroup: 'none' }],
    [memoryStress, { percent: 100.1 }],
    [memoryStress, { of: 'swap' }],
    [memoryStress, { workers: 0 }],
    [memoryStress, { killFirst: 'app' }],
    [ioStress, { method: 'burn' }],
    [ioStress, { fileMegabytes: 0 }],
    [ioStress, { mostMegabytes: 0 }],
    [diskFill, { percent: -1 }],
    [diskFill, { megabytes: 0.5 }],
  ])('$name %o', (fault, given) => {
    expect(fault.parameters.safeParse(given).success).toBe(false);
  });

  it.each([
    ...['', 'data', '../etc', '/a b', '/a;b', '/$(reboot)', '/a\n', '"/a"', '/*', '-rf', `/${'a'.repeat(256)}`],
  ])('the path %j', (path) => {
    const { allowedPattern = '' } = documentsOf(diskFill.script)[0].parameters.path ?? {};
    for (const fault of [diskFill, ioStress]) expect(fault.parameters.safeParse({ path }).success).toBe(false);
    expect(path).not.toMatch(new RegExp(allowedPattern));
  });

  it('files that may not be written once', () => {
    const read = (given: object) => ioStress.parameters.safeParse(given);
    expect(read({ workers: 4, fileMegabytes: 256, mostMegabytes: 1024 }).success).toBe(true);
    expect(read({ workers: 4, fileMegabytes: 257, mostMegabytes: 1024 }).error?.message).toContain(
      'mostMegabytes: 1024 MiB do not fill 4 files of 257 MiB once',
    );
  });
});

it('a person is told the mark of the fault on this very target', () => {
  expect(memoryStress.byHand(target, undo(TASK), context)).toMatch(
    /On instance i-0123456789abcdef0, .*\^CAPUCHIN_WORKER=memory\/0123456789abcdef\/' .*kill -9$/,
  );
  expect(diskFill.byHand(target, undo('host'), context)).toContain("'^CAPUCHIN_WORKER=space/host/'");
});

it('no stress fault needs a package that a host has not anyway', () => {
  for (const fault of [cpuStress, memoryStress, ioStress, diskFill]) {
    expect(fault.prerequisites.join()).not.toContain('stress-ng');
    expect(fault.scopes).toEqual(['container', 'host']);
  }
});
