import type { HostLoss, HostSample, RehearsalFacts, RehearsedHosts } from '../../../lib/rehearsal/result.ts';
import { at, exampleFacts, samplesOf } from './example-facts.ts';

export const HOSTS_EXPERIMENT = 'x-20261123-shop-hosts-2d11';
export const LOST_HOST = 'i-0b1c2d3e4f5a6b7c8';
export const NEXT_HOST = 'i-0f9e8d7c6b5a4f3e2';
const OTHER_HOST = 'i-01234567890abcdef';

const LOSS: HostLoss = {
  instanceId: LOST_HOST,
  zone: 'eu-west-1b',
  at: at(34.2),
  tasks: [
    { service: 'storefront', task: '11111111aaaaaaaa11111111aaaaaaaa' },
    { service: 'storefront', task: '22222222bbbbbbbb22222222bbbbbbbb' },
  ],
  placed: [
    {
      service: 'storefront',
      task: '33333333cccccccc33333333cccccccc',
      instanceId: OTHER_HOST,
      at: at(34.9),
      afterSeconds: 0.7,
    },
    {
      service: 'storefront',
      task: '44444444dddddddd44444444dddddddd',
      instanceId: OTHER_HOST,
      at: at(35.1),
      afterSeconds: 0.9,
    },
  ],
  replacement: { instanceId: NEXT_HOST, zone: 'eu-west-1b', at: at(38.4), afterSeconds: 4.2 },
};

const SAMPLES: readonly HostSample[] = Array.from({ length: 75 }, (_, index) => {
  const second = 6 + index;
  const isShort = second >= 34 && second < 38;
  return {
    at: at(second),
    inService: second >= 35 && isShort ? 2 : 3,
    connected: isShort ? 2 : 3,
    tasks: second === 34 ? 4 : 6,
  };
});

export const HOSTS: RehearsedHosts = {
  cluster: 'shop',
  name: 'shop-hosts',
  group: 'shop-hosts',
  desired: 3,
  services: ['storefront'],
  outcome: 'held',
  samples: SAMPLES,
  losses: [LOSS],
};

/** The example with a service on three container hosts, of which one was terminated and replaced: held. */
export function hostedFacts(hosts: Partial<RehearsedHosts> = {}): RehearsalFacts {
  const { result, services, steps, ...facts } = exampleFacts();
  const step = (seconds: number, kind: string, text: string) => {
    return { at: at(seconds), experiment: HOSTS_EXPERIMENT, group: 'shop-hosts', kind, text };
  };
  return {
    ...facts,
    result: {
      ...result,
      fleet: { services: 5, tasks: 15, hosts: 3 },
      plan: [
        ...result.plan,
        {
          experiment: HOSTS_EXPERIMENT,
          group: 'shop-hosts',
          fault: 'terminate-host',
          at: at(34),
          offsetSeconds: 26.8,
        },
      ],
      experiments: [
        ...result.experiments,
        {
          experiment: HOSTS_EXPERIMENT,
          group: 'shop-hosts',
          fault: 'terminate-host',
          targets: [LOST_HOST],
          positions: [1],
          verdict: 'held',
          because: 'the steady state held during and after the fault',
          tookEffect: true,
          recoverySeconds: 4.2,
          requests: { total: 1010, failed: 1 },
        },
      ],
    },
    services: [
      ...services,
      {
        cluster: 'shop',
        name: 'storefront',
        group: null,
        desired: 6,
        onHosts: 'shop-hosts',
        outcome: 'host lost',
        hypothesis: { errorRate: 0.02, p99Ms: 250 },
        samples: samplesOf(41, { requestsPerSecond: 40, desired: 6, usualMs: 2.9, missing: [34, 35] }),
      },
    ],
    hostGroups: [{ ...HOSTS, ...hosts }],
    steps: [
      ...steps,
      step(7.2, 'planned', 'terminate-host drawn for 09:30:34'),
      step(34.0, 'started', 'all guards said yes; the claim is ours'),
      step(34.2, 'injected', `terminate-host on ${LOST_HOST}: accepted`),
      step(34.2, 'tasks-lost', `${LOST_HOST} took 2 tasks of storefront (11111111, 22222222) with it`),
      step(34.9, 'took-effect', `${LOST_HOST}: the instance is shutting-down`),
      step(38.4, 'replaced', `its group launched ${NEXT_HOST} in eu-west-1b, which takes tasks after 4.2 s`),
      step(38.6, 'recovered', 'running = desired again after 4.2 s'),
      step(58.0, 'ended', 'held: the steady state held during and after the fault'),
    ],
  };
}
