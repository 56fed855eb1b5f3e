import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  availabilityZone,
  clusterArn,
  containerId,
  containerInstanceArn,
  instanceArn,
  instanceId,
  loadBalancerName,
  serviceArn,
  taskArn,
  taskId,
} from '../../../lib/rehearsal/fleet/names.ts';

const place = { accountId: '123456789012', region: 'eu-west-1', seed: 'monkey', cluster: 'shop' };

describe('names of a fleet', () => {
  test('are ARNs in the long form', () => {
    expect(clusterArn(place)).toBe('arn:aws:ecs:eu-west-1:123456789012:cluster/shop');
    expect(serviceArn(place, 'web')).toBe('arn:aws:ecs:eu-west-1:123456789012:service/shop/web');
    expect(taskArn(place, 'abc')).toBe('arn:aws:ecs:eu-west-1:123456789012:task/shop/abc');
    expect(clusterArn({ ...place, region: 'cn-north-1' })).toMatch(/^arn:aws-cn:/);
    expect(loadBalancerName(place, 'web')).toMatch(/^app\/shop-web\/[0-9a-f]{16}$/);
  });

  test('a task id is 32 hex characters, the same for the same seed and place, and different for anything else', () => {
    const words = fc.stringMatching(/^[a-z]{1,8}$/);
    const launches = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(words, words, words, launches, launches, (seed, cluster, service, one, two) => {
        const here = { ...place, seed, cluster };
        const id = taskId(here, service, one);
        expect(id).toMatch(/^[0-9a-f]{32}$/);
        expect(taskId({ ...here }, service, one)).toBe(id);
        expect(taskId({ ...here, seed: `${seed}x` }, service, one)).not.toBe(id);
        expect(taskId({ ...here, cluster: `${cluster}x` }, service, one)).not.toBe(id);
        expect(taskId(here, `${service}x`, one)).not.toBe(id);
        expect(taskId(here, service, two) === id).toBe(one === two);
      }),
    );
  });

  test('a known id stays what it is, so that recorded rehearsals can be compared', () => {
    // HMAC-SHA-256 with key "monkey" over "task/shop/web/1", computed with openssl.
    expect(taskId(place, 'web', 1)).toBe('ebcec1ca00b70d9e9f60902c2362fcf5');
  });

  test('container hosts and containers are named as EC2, ECS and the engine name them, each differently', () => {
    const ids = [1, 2, 3].map((host) => instanceId(place, host));
    for (const id of ids) expect(id).toMatch(/^i-[0-9a-f]{17}$/);
    expect(new Set(ids).size).toBe(3);
    expect(instanceArn(place, 'i-1')).toBe('arn:aws:ec2:eu-west-1:123456789012:instance/i-1');
    expect(containerInstanceArn(place, 1)).toMatch(
      /^arn:aws:ecs:eu-west-1:123456789012:container-instance\/shop\/[0-9a-f]{32}$/,
    );
    expect(containerInstanceArn(place, 2)).not.toBe(containerInstanceArn(place, 1));
    expect(containerId(place, 'a')).toMatch(/^[0-9a-f]{64}$/);
    expect(containerId(place, 'b')).not.toBe(containerId(place, 'a'));
    expect(instanceId({ ...place, seed: 'other' }, 1)).not.toBe(ids[0]);
  });

  test('zones go a, b, c and begin again', () => {
    expect([1, 2, 3, 4].map((launch) => availabilityZone(place, launch))).toEqual([
      'eu-west-1a',
      'eu-west-1b',
      'eu-west-1c',
      'eu-west-1a',
    ]);
  });
});
