import { describe, expect, test } from 'vitest';
import type { ServiceState } from '../../../lib/rehearsal/fleet/model.ts';
import { ServiceMessages } from '../../../lib/rehearsal/fleet/service-messages.ts';
import { newService, type ServiceEvent, serviceAfter } from '../../../lib/rehearsal/fleet/service-scheduler.ts';

const place = { accountId: '123456789012', region: 'eu-west-1', seed: 'monkey', cluster: 'shop' };
const START = Date.parse('2026-11-23T10:00:00Z');
const service: ServiceState = {
  name: 'web',
  arn: 'arn:aws:ecs:eu-west-1:123456789012:service/shop/web',
  clusterArn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop',
  tags: {},
  propagateTags: 'NONE',
  desired: 2,
  launchType: 'FARGATE',
  createdAt: new Date(START),
  loadBalancer: 'app/shop-web/0123456789abcdef',
  taskDefinitionArn: 'arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-web:1',
};

/** A service at work that writes its log; `told` gives what is new, oldest first, without the service's name. */
function world() {
  const messages = new ServiceMessages();
  let life = newService(service, place, { stopTimeoutSeconds: 30, startTimeoutSeconds: 20, unhealthyThreshold: 3 });
  let nowMs = START;
  let seen = 0;
  const happen = (event: ServiceEvent): void => {
    nowMs += 100;
    const { life: next } = serviceAfter(life, event, new Date(nowMs));
    messages.note(life, next, new Date(nowMs));
    life = next;
  };
  return {
    messages,
    happen,
    group: `(target-group ${life.rules.targetGroupArn})`,
    ids: () => life.tasks.map(({ state }) => state.id),
    bringUp(task: string): void {
      happen({ kind: 'process-started', task });
      happen({ kind: 'port-open', task });
      happen({ kind: 'checked', task, health: 'HEALTHY', failuresInARow: 0, found: 'answered 200' });
    },
    told(): string[] {
      const fresh = messages.list.slice(0, messages.list.length - seen).reverse();
      seen = messages.list.length;
      return fresh.map(({ message }) => message.replace('(service web) ', ''));
    },
  };
}

describe('a service’s log', () => {
  test('tells a start as ECS does, and the steady state once it is reached', () => {
    const { happen, ids, bringUp, told, group, messages } = world();
    happen({ kind: 'look' });
    const [one = '', two = ''] = ids();
    expect(told()).toEqual([`has started 2 tasks: (task ${one}) (task ${two}).`]);
    bringUp(one);
    expect(told()).toEqual([`registered 1 targets in ${group}`]);
    bringUp(two);
    expect(told()).toEqual([`registered 1 targets in ${group}`, 'has reached a steady state.']);
    happen({ kind: 'look' });
    expect(told()).toEqual([]);
    expect(messages.list[0]?.message).toBe('(service web) has reached a steady state.');
  });

  test('tells what follows from a task that a person stops, and the steady state again only when it is healthy again', () => {
    const { happen, ids, bringUp, told, group } = world();
    happen({ kind: 'look' });
    const [one = '', two = ''] = ids();
    bringUp(one);
    bringUp(two);
    told();
    happen({ kind: 'stop-asked', task: one, reason: 'e-1', stopCode: 'UserInitiated' });
    expect(told()).toEqual([`deregistered 1 targets in ${group}`, 'has begun draining connections on 1 tasks.']);
    happen({ kind: 'look' });
    const third = ids()[2] ?? '';
    expect(told()).toEqual([`has started 1 tasks: (task ${third}).`]);
    happen({ kind: 'process-started', task: third });
    happen({ kind: 'port-open', task: third });
    expect(told()).toEqual([`registered 1 targets in ${group}`]);
    happen({ kind: 'checked', task: third, health: 'HEALTHY', failuresInARow: 0, found: 'answered 200' });
    expect(told()).toEqual(['has reached a steady state.']);
  });

  test('tells a task that the scheduler itself gives up', () => {
    const { happen, ids, bringUp, told, group } = world();
    happen({ kind: 'look' });
    const [one = '', two = ''] = ids();
    bringUp(one);
    bringUp(two);
    told();
    happen({ kind: 'checked', task: two, health: 'UNHEALTHY', failuresInARow: 3, found: 'did not answer' });
    expect(told()).toEqual([
      `has stopped 1 running tasks: (task ${two}).`,
      `deregistered 1 targets in ${group}`,
      'has begun draining connections on 1 tasks.',
    ]);
  });

  test('keeps the latest hundred, newest first', () => {
    const { happen, ids, bringUp, messages } = world();
    for (let n = 0; n < 40; n += 1) {
      happen({ kind: 'look' });
      for (const id of ids().slice(-2)) bringUp(id);
      happen({ kind: 'process-exited', task: ids().at(-1) ?? '', exitCode: 1, lastLines: [] });
    }
    expect(messages.list).toHaveLength(100);
    const times = messages.list.map(({ createdAt }) => createdAt.getTime());
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(new Set(messages.list.map(({ id }) => id)).size).toBe(100);
  });
});
