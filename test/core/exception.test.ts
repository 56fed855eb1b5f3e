import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeException,
  exceptionFor,
  exceptionSchema,
  fits,
  notEnabled,
  placeOfArn,
} from '../../lib/core/exception.ts';

const place = { account: '111122223333', region: 'eu-west-1', cluster: 'shop', service: 'checkout' };
const hosts = { account: '111122223333', region: 'eu-west-1', hosts: 'shop-hosts' };

describe('a pattern', () => {
  it.each([
    ['checkout', 'checkout', true],
    ['checkout', 'check', false],
    ['check', 'checkout', false],
    ['checkout', '*', true],
    ['', '*', true],
    ['checkout', 'check*', true],
    ['checkout', '*out', true],
    ['checkout', '*eck*', true],
    ['checkout', 'c*k*t', true],
    ['checkout', 'c*t*k', false],
    ['aba', 'ab*ba', false],
    ['abba', 'ab*ba', true],
    ['abcab', 'ab*ab', true],
    ['checkout', '**', true],
    ['checkout', 'check**out', true],
    ['Checkout', 'checkout', false],
    // Everything but the star is literal.
    ['checkout', 'check.ut', false],
    ['a.b', 'a.b', true],
    ['a+b', 'a+*', true],
    ['[x]', '[x]', true],
    ['x', '[x]', false],
  ])('%j and %j fit: %s', (text, pattern, does) => {
    expect(fits(text, pattern)).toBe(does);
  });

  it('fits what a plain regular expression fits', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '-', '*', '*'), maxLength: 8 });
    fc.assert(
      fc.property(text, pattern, (one, other) => {
        expect(fits(one, other)).toBe(new RegExp(`^${other.replaceAll('*', '.*')}$`).test(one));
      }),
      { numRuns: 5000 },
    );
  });

  it('of many stars takes no longer than its length deserves', () => {
    // A regular expression would go back and forth here until the end of the world.
    expect(fits('a'.repeat(500), `${'*a'.repeat(200)}b`)).toBe(false);
    expect(fits('a'.repeat(500), '*a'.repeat(200))).toBe(true);
  });
});

describe('an exception', () => {
  it.each([
    [{ service: 'checkout' }, true],
    [{ service: 'check*' }, true],
    [{ service: 'search' }, false],
    [{ cluster: 'shop', service: 'checkout' }, true],
    [{ cluster: 'mall', service: 'checkout' }, false],
    [{ account: '111122223333' }, true],
    [{ account: '1111*', region: 'eu-*', cluster: 'sh*', service: '*' }, true],
    [{ account: '999*', service: '*' }, false],
    [{ region: 'us-*', cluster: 'shop' }, false],
    [{ hosts: '*' }, false],
  ])('of %j covers checkout of the cluster shop: %s', (exception, does) => {
    expect(exceptionFor(place, [exception]) !== undefined).toBe(does);
  });

  it.each([
    [{ hosts: 'shop-*' }, true],
    [{ hosts: 'mall-*' }, false],
    [{ region: 'eu-west-1' }, true],
    // Hosts belong to no cluster and no service.
    [{ cluster: '*' }, false],
    [{ service: '*' }, false],
  ])('of %j covers the hosts shop-hosts: %s', (exception, does) => {
    expect(exceptionFor(hosts, [exception]) !== undefined).toBe(does);
  });

  it('that covers first is the one that is named', () => {
    const exceptions = [
      { service: 'search' },
      { cluster: 'shop', reason: 'one' },
      { service: 'checkout', reason: 'two' },
    ];
    expect(exceptionFor(place, exceptions)).toBe(exceptions[1]);
    expect(exceptionFor(place, [])).toBeUndefined();
  });

  it('is described with its fields and its reason', () => {
    expect(describeException({ service: 'canary-*', cluster: 'shop', reason: 'pays the bills' })).toBe(
      'cluster=shop service=canary-* (pays the bills)',
    );
    expect(describeException({ hosts: 'shop-*' })).toBe('hosts=shop-*');
  });

  it.each([
    [{}, 'name at least one of account, region, cluster, service, hosts'],
    [{ reason: 'because' }, 'name at least one of account, region, cluster, service, hosts'],
    [{ hosts: 'a', cluster: 'b' }, 'hosts are no part of a cluster or service; write two exceptions'],
    [{ hosts: 'a', service: 'b' }, 'hosts are no part of a cluster or service; write two exceptions'],
    [{ servce: 'a', cluster: 'b' }, 'Unrecognized key: "servce"'],
  ])('of %j is refused: %s', (exception, problem) => {
    const parsed = exceptionSchema.safeParse(exception);
    expect(parsed.error?.issues.map(({ message }) => message)).toEqual([problem]);
  });

  it.each([{ service: '' }, { service: 7 }, { account: 'x'.repeat(513) }])('of %j is refused', (exception) => {
    expect(exceptionSchema.safeParse(exception).success).toBe(false);
  });
});

describe('account and region', () => {
  it('are read out of ARNs of services, Auto Scaling groups and instances', () => {
    for (const rest of ['service/shop/checkout', 'autoScalingGroup:0a1b:autoScalingGroupName/x', 'instance/i-0abc']) {
      expect(placeOfArn(`arn:aws:any:ap-south-1:444455556666:${rest}`)).toEqual({
        account: '444455556666',
        region: 'ap-south-1',
      });
    }
    expect(placeOfArn('shop')).toEqual({ account: '', region: '' });
  });

  it.each([
    [['*'], ['*'], undefined],
    [['111122223333'], ['eu-west-1', 'us-east-1'], undefined],
    [['999900001111', '*'], ['*'], undefined],
    [['999900001111'], ['*'], 'account 111122223333 is not enabled in the config'],
    [['*'], ['us-east-1'], 'region eu-west-1 is not enabled in the config'],
    [[], ['*'], 'account 111122223333 is not enabled in the config'],
    [['*'], [], 'region eu-west-1 is not enabled in the config'],
    [['999900001111'], ['us-east-1'], 'account 111122223333 is not enabled in the config'],
  ])('are enabled when accounts %j and regions %j name them: %s', (accounts, regions, because) => {
    expect(notEnabled(place, { accounts, regions })).toBe(because);
  });

  it('that are not known are not enabled, unless all are', () => {
    const nowhere = placeOfArn('shop');
    expect(notEnabled(nowhere, { accounts: ['111122223333'], regions: ['*'] })).toBe(
      'account unknown is not enabled in the config',
    );
    expect(notEnabled(nowhere, { accounts: ['*'], regions: ['eu-west-1'] })).toBe(
      'region unknown is not enabled in the config',
    );
  });
});
