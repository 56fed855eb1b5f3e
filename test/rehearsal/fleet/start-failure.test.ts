import { describe, expect, test } from 'vitest';
import type { ServiceDefinition } from '../../../lib/rehearsal/fleet/fleet-file.ts';
import {
  newService,
  type ServiceEvent,
  type ServiceLife,
  serviceAfter,
} from '../../../lib/rehearsal/fleet/service-scheduler.ts';
import { startFailure } from '../../../lib/rehearsal/fleet/start-failure.ts';

const START = new Date('2026-11-23T10:00:00Z');
const definition: ServiceDefinition = {
  name: 'checkout',
  desired: 2,
  command: 'node x.js',
  health: '/health',
  tags: {},
  propagateTags: 'NONE',
  launchType: 'FARGATE',
  traffic: { requestsPerSecond: 0, path: '/' },
  stopTimeoutSeconds: 30,
  startTimeoutSeconds: 10,
  unhealthyThreshold: 3,
  environment: {},
  workingDirectory: '/',
  commandPlace: { line: 12, column: 5 },
};

function at(ms: number): Date {
  return new Date(START.getTime() + ms);
}

/** A service whose first two tasks are launched, after the given events of each. */
function launchedAnd(events: (task: string) => readonly ServiceEvent[], nowMs = 100): ServiceLife {
  const service = {
    name: 'checkout',
    arn: 'arn:aws:ecs:eu-west-1:123456789012:service/shop/checkout',
    clusterArn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop',
    tags: {},
    propagateTags: 'NONE' as const,
    desired: 2,
    launchType: 'FARGATE' as const,
    createdAt: START,
    loadBalancer: 'app/shop-checkout/0123456789abcdef',
    taskDefinitionArn: 'arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-checkout:1',
  };
  const place = { accountId: '123456789012', region: 'eu-west-1', seed: 's', cluster: 'shop' };
  let { life } = serviceAfter(newService(service, place, definition), { kind: 'look' }, START);
  for (const { state } of life.tasks) {
    for (const event of events(state.id)) life = serviceAfter(life, event, at(nowMs)).life;
  }
  return life;
}

function told(life: ServiceLife, nowMs = 200): string | null {
  return startFailure(life, definition, 'fleet.yaml', START, at(nowMs))?.message ?? null;
}

function blamed(life: ServiceLife, command = definition.command): string | undefined {
  return startFailure(life, { ...definition, command }, 'fleet.yaml', START, at(200))?.blame;
}

const exited = (task: string, lastLines: readonly string[]): ServiceEvent => ({
  kind: 'process-exited',
  task,
  exitCode: 1,
  lastLines,
});

describe('a service that cannot start is told in one sentence', () => {
  test('when its program ends: exit code, the line that names the error, and where to mend it', () => {
    const lines = [
      'node:internal:1',
      'throw err;',
      "Error: Cannot find module '/x.js'",
      '    at Module (node:1:2)',
      'Node.js v24',
    ];
    expect(told(launchedAnd((task) => [exited(task, lines)]))).toBe(
      'service checkout: its command "node x.js" ended with exit code 1 before it was healthy; ' +
        "it said: Error: Cannot find module '/x.js'; mend the command in fleet.yaml:12",
    );
  });

  test('with the end of its output when no line names an error', () => {
    const lines = ['1', '2', '3', '4', '5', '6'];
    expect(told(launchedAnd((task) => [exited(task, lines)]))).toContain('; it said: 2 | 3 | 4 | 5 | 6; mend');
  });

  test('when its command is no program', () => {
    const life = launchedAnd((task) => [{ kind: 'process-not-started', task, why: 'spawn nix ENOENT' }]);
    expect(told(life)).toContain('its command "node x.js" could not be started (spawn nix ENOENT); mend the command');
  });

  test("a command that is no program, or that a shell cannot find, is the file's fault; a program that dies is its own", () => {
    const exits = (exitCode: number) =>
      launchedAnd((task) => [{ kind: 'process-exited', task, exitCode, lastLines: [] }]);
    expect(blamed(launchedAnd((task) => [{ kind: 'process-not-started', task, why: 'spawn nix ENOENT' }]))).toBe(
      'command',
    );
    expect(blamed(exits(127), 'nix --serve')).toBe('command');
    expect(blamed(exits(127), ['node', 'x.js'])).toBe('program');
    expect(blamed(exits(1), 'node x.js')).toBe('program');
  });

  test('when nothing listens on its port in time, after a moment for its last words', () => {
    const started = launchedAnd((task) => [{ kind: 'process-started', task }]);
    const { life } = serviceAfter(started, { kind: 'look' }, at(10_000));
    expect(told(life, 10_500)).toBeNull();
    expect(told(life, 12_500)).toContain(
      'was not healthy within 10 s: nothing listened on the port in its environment variable PORT;',
    );
  });

  test('when its health path answers wrongly in time', () => {
    const running = launchedAnd((task) => [
      { kind: 'process-started', task },
      { kind: 'port-open', task },
      { kind: 'checked', task, health: 'UNHEALTHY', failuresInARow: 2, found: 'answered 404' },
    ]);
    const { life } = serviceAfter(running, { kind: 'look' }, at(10_000));
    expect(told(life, 12_500)).toContain('was not healthy within 10 s: GET /health answered 404; mend');
  });

  test('not while one of its first tasks may still become healthy', () => {
    const life = launchedAnd((task) => [{ kind: 'process-started', task }]);
    const [first] = life.tasks;
    const step = serviceAfter(life, exited(first?.state.id ?? '', []), at(300));
    expect(told(step.life, 400)).toBeNull();
  });

  test('when only a part of it became healthy in twice the start time-out', () => {
    const life = launchedAnd((task) => [
      { kind: 'process-started', task },
      { kind: 'port-open', task },
    ]);
    const id = life.tasks[0]?.state.id ?? '';
    const { life: one } = serviceAfter(
      life,
      { kind: 'checked', task: id, health: 'HEALTHY', failuresInARow: 0, found: 'answered 200' },
      at(300),
    );
    expect(told(one, 20_000)).toBeNull();
    expect(told(one, 20_001)).toBe(
      'service checkout: only 1 of 2 tasks are healthy 20 s after the start; mend the command in fleet.yaml:12',
    );
  });
});
