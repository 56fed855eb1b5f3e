import { expect, it } from 'vitest';
import { LoadBalancers } from '../../lib/aws/load-balancers.ts';
import { targetGroupOperations } from '../../lib/rehearsal/cloud/target-groups.ts';
import type { TargetState } from '../../lib/rehearsal/fleet/model.ts';
import { FakeFleet } from '../rehearsal/cloud/fake-fleet.ts';
import { answerAws } from './answer-aws.ts';
import { serveCloud } from './serve-cloud.ts';

const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/cart/0123456789abcdef';
const NAMESPACE = 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/';

function described(members: string): string {
  return `<DescribeTargetHealthResponse xmlns="${NAMESPACE}"><DescribeTargetHealthResult><TargetHealthDescriptions>${members}</TargetHealthDescriptions></DescribeTargetHealthResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></DescribeTargetHealthResponse>`;
}

const XML = { 'content-type': 'text/xml' };

it('reads the health of every registered target, with the reason where there is one', async () => {
  const { requests } = await answerAws(() => ({
    headers: XML,
    body: described(
      '<member><Target><Id>10.0.0.7</Id><Port>8080</Port></Target><TargetHealth><State>healthy</State></TargetHealth></member>' +
        '<member><Target><Id>10.0.0.8</Id><Port>8080</Port></Target><TargetHealth><State>unhealthy</State><Reason>Target.Timeout</Reason></TargetHealth></member>' +
        '<member><Target><Id>arn:aws:lambda:x</Id></Target></member>',
    ),
  }));
  expect(await new LoadBalancers().targetHealth(ARN)).toEqual([
    { target: '10.0.0.7:8080', state: 'healthy' },
    { target: '10.0.0.8:8080', state: 'unhealthy', reason: 'Target.Timeout' },
    { target: 'arn:aws:lambda:x', state: 'unknown' },
  ]);
  expect(Object.fromEntries(new URLSearchParams(requests[0]?.body))).toMatchObject({
    Action: 'DescribeTargetHealth',
    TargetGroupArn: ARN,
  });
});

it('finds nothing in a target group without targets', async () => {
  await answerAws(() => ({ headers: XML, body: described('') }));
  expect(await new LoadBalancers().targetHealth(ARN)).toEqual([]);
});

it('throws when there is no such target group', async () => {
  const body = `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>TargetGroupNotFound</Code><Message>One or more target groups not found</Message></Error></ErrorResponse>`;
  await answerAws(() => ({ status: 400, headers: XML, body }));
  await expect(new LoadBalancers().targetHealth(ARN)).rejects.toThrow('One or more target groups not found');
});

it('lets go of the call when it is told to', async () => {
  const { hungUp } = await answerAws(() => 'silence');
  const controller = new AbortController();
  const reading = new LoadBalancers().targetHealth(ARN, controller.signal);
  setTimeout(() => controller.abort(), 100);
  await expect(reading).rejects.toThrow(/abort/i);
  await expect.poll(hungUp).toBe(1);
});

it('reads what the local cloud’s load balancer finds', async () => {
  const target = { id: '127.0.0.1', port: 8080, availabilityZone: 'eu-west-1a' };
  const targets: TargetState[] = [
    { ...target, state: 'healthy' },
    { ...target, port: 8081, state: 'draining', reason: 'Target.DeregistrationInProgress' },
  ];
  const fleet = Object.assign(new FakeFleet(), { targetHealth: (arn: string) => (arn === ARN ? targets : undefined) });
  await serveCloud({ services: { LoadBalancing: targetGroupOperations(fleet) } });
  const loadBalancers = new LoadBalancers();
  expect(await loadBalancers.targetHealth(ARN)).toEqual([
    { target: '127.0.0.1:8080', state: 'healthy' },
    { target: '127.0.0.1:8081', state: 'draining', reason: 'Target.DeregistrationInProgress' },
  ]);
  await expect(loadBalancers.targetHealth(ARN.replace('cart', 'web'))).rejects.toThrow(/not found/);
});
