import { describe, expect, it } from 'vitest';
import { clockSkew } from '../../lib/faults/clock-skew.ts';
import type { HostFault } from '../../lib/faults/hosts/host-fault.ts';
import { killContainer } from '../../lib/faults/kill-container.ts';
import { killProcess } from '../../lib/faults/kill-process.ts';
import { restartContainer } from '../../lib/faults/restart-container.ts';
import { stopAgent } from '../../lib/faults/stop-agent.ts';
import { stopContainer } from '../../lib/faults/stop-container.ts';

const parsed = (fault: HostFault, given: object): unknown => fault.parameters.parse(given);

describe('the parameters', () => {
  it('have defaults that need no thought, but for the text that tells which processes end', () => {
    expect(parsed(killContainer, {})).toEqual({ container: '*', signal: 'SIGKILL' });
    expect(parsed(stopContainer, {})).toEqual({ durationSeconds: 60, container: '*', graceSeconds: 10 });
    expect(parsed(restartContainer, {})).toEqual({ container: '*', graceSeconds: 10 });
    expect(parsed(stopAgent, {})).toEqual({ durationSeconds: 300 });
    expect(parsed(clockSkew, {})).toEqual({ durationSeconds: 300, offsetSeconds: 120, driftPpm: 0 });
    expect(parsed(killProcess, { pattern: 'java -jar' })).toEqual({
      ...{ durationSeconds: 60, container: '*', pattern: 'java -jar', signal: 'SIGKILL', everySeconds: 0 },
    });
    expect(killProcess.parameters.safeParse({}).success).toBe(false);
  });

  it.each([
    [killContainer, { signal: 'SIGSTOP' }],
    [killContainer, { signal: '9' }],
    [killContainer, { signal: 'KILL' }],
    [killContainer, { durationSeconds: 60 }],
    [stopContainer, { graceSeconds: -1 }],
    [stopContainer, { graceSeconds: 31 }],
    [restartContainer, { graceSeconds: 1.5 }],
    [killProcess, { pattern: 'sh' }],
    [killProcess, { pattern: 'a'.repeat(201) }],
    [killProcess, { pattern: ' java' }],
    [killProcess, { pattern: 'java.*' }],
    [killProcess, { pattern: 'java$(reboot)' }],
    [killProcess, { pattern: 'ja\nva' }],
    [killProcess, { pattern: 'java', everySeconds: 601 }],
    [killProcess, { pattern: 'java', signal: 'SIGCONT' }],
    [stopAgent, { container: 'web' }],
    [clockSkew, { offsetSeconds: 31_536_001 }],
    [clockSkew, { offsetSeconds: Number.NaN }],
    [clockSkew, { driftPpm: 100_001 }],
    [clockSkew, { driftPpm: 0.5 }],
  ] as const)('of $name refuse %o', (fault: HostFault, given) => {
    expect(fault.parameters.safeParse(given).success).toBe(false);
  });

  it('of clock-skew refuse what would change nothing, or less than could be told', () => {
    const issue = (given: object) => clockSkew.parameters.safeParse(given).error?.issues[0]?.message;
    expect(issue({ offsetSeconds: 0 })).toContain('nothing would change');
    expect(issue({ offsetSeconds: -0.05 })).toContain('0.1 at least');
    for (const offsetSeconds of [-0.1, 0.1, 3600]) expect(issue({ offsetSeconds })).toBeUndefined();
    expect(issue({ offsetSeconds: 0, driftPpm: -1 })).toBeUndefined();
  });
});

describe('the reach', () => {
  it('is a container, a host, or either; a clock is the host’s alone, and the summary says why', () => {
    for (const fault of [killContainer, stopContainer, restartContainer]) expect(fault.scopes).toEqual(['container']);
    expect(killProcess.scopes).toEqual(['container', 'host']);
    expect(stopAgent.scopes).toEqual(['host']);
    expect(clockSkew.scopes).toEqual(['host']);
    expect(clockSkew.summary).toMatch(/every container of the host.*Not on one container/s);
  });

  it('warns of ECS’s essential containers where a container ends', () => {
    for (const { summary } of [killContainer, stopContainer, restartContainer]) expect(summary).toContain('essential');
  });
});

it('what ends with its act is one-shot, and the rest has an end and tells a person how to bring it about', () => {
  expect([killContainer, restartContainer].map(({ kind }) => kind)).toEqual(['one-shot', 'one-shot']);
  const undo = { instanceId: 'i-0123456789abcdef0', target: 'host', resolved: {} };
  const target = { kind: 'host' as const, resource: undo.instanceId, zone: 'eu-west-1a' };
  const context = { experiment: 'shop-1', reason: 'to learn' };
  const words = [stopContainer, killProcess, stopAgent, clockSkew].map((fault) => fault.byHand(target, undo, context));
  expect(words).toEqual([
    expect.stringContaining('docker start'),
    expect.stringContaining('/run/capuchin/.scripts/'),
    expect.stringContaining('systemctl start ecs'),
    expect.stringContaining('makestep'),
  ]);
});
