import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../lib/audit/record.ts';
import { DEFAULT_FLEET_FILE } from '../../lib/rehearsal/fleet/default-fleet.ts';
import { type FleetDefinition, readFleetFile } from '../../lib/rehearsal/fleet/fleet-file.ts';
import { type Conducted, experimentsOf, hostGroupsOf, servicesOf, stepsOf } from '../../lib/rehearsal/gather.ts';
import type { HostLoss, PlannedExperiment } from '../../lib/rehearsal/result.ts';

const at = (seconds: number): string => new Date(Date.parse('2026-11-23T09:30:00.000Z') + seconds * 1000).toISOString();

const HOST = 'i-0b1c2d3e4f5a6b7c8';
const EXPERIMENT = 'shop-hosts-rehearsal-1';

function record(seconds: number, kind: AuditRecord['kind'], facts: AuditRecord['facts'] = {}): AuditRecord {
  const blank = { version: 1, previous: '', hash: '', key: `${kind}/0`, actor: 'schedule', reason: '' } as const;
  const resource = ['injected', 'took-effect'].includes(kind) ? { resource: HOST } : {};
  return { ...blank, chain: EXPERIMENT, sequence: 0, at: at(seconds), kind, group: 'shop-hosts', ...resource, facts };
}

const RECORDS = [
  record(1, 'planned', { fault: 'terminate-host', services: [], hosts: [{ kind: 'auto-scaling-group' }] }),
  record(9, 'started', { targets: [{ resource: HOST }], positions: [1] }),
  record(10, 'injected', { fault: 'terminate-host', outcome: 'accepted' }),
  record(30, 'ended', { verdict: 'held', because: 'it held', tookEffect: true, recoverySeconds: 4.2 }),
];

const PLAN: PlannedExperiment[] = [
  { experiment: EXPERIMENT, group: 'shop-hosts', fault: 'terminate-host', at: at(9), offsetSeconds: 8 },
];

const LOSS: HostLoss = {
  instanceId: HOST,
  zone: 'us-east-1b',
  at: at(9.9),
  tasks: [{ service: 'storefront', task: 'a'.repeat(32) }],
  placed: [{ service: 'storefront', task: 'b'.repeat(32), instanceId: 'i-1', at: at(10.6), afterSeconds: 0.7 }],
  replacement: { instanceId: 'i-2', zone: 'us-east-1b', at: at(14.1), afterSeconds: 4.2 },
};

const conducted = (records: readonly AuditRecord[] = RECORDS): Conducted => {
  return { plan: PLAN, problems: [], chains: new Map([[EXPERIMENT, records]]) };
};

const CLUSTER = { name: 'shop', arn: 'arn:cluster', tags: {} };

async function example(changes: Partial<FleetDefinition> = {}): Promise<FleetDefinition> {
  const reading = await readFleetFile(DEFAULT_FLEET_FILE);
  if (!reading.ok) throw new Error(reading.message);
  return { ...reading.fleet, ...changes };
}

const outcomesOf = (definition: FleetDefinition, losses: readonly HostLoss[]) =>
  Object.fromEntries(
    servicesOf(definition, conducted(), { clusters: [CLUSTER], samples: () => [] }, losses).map((one) => [
      one.name,
      one.outcome,
    ]),
  );

describe('what a rehearsal gathers of its container hosts', () => {
  it('is a group with its verdict, its services, its samples and its losses', async () => {
    const samples = [{ at: at(0), inService: 3, connected: 3, tasks: 6 }];
    expect(hostGroupsOf(await example(), conducted(), { samples, losses: [LOSS] })).toEqual([
      {
        cluster: 'shop',
        name: 'shop-hosts',
        group: 'shop-hosts',
        desired: 3,
        services: ['storefront'],
        outcome: 'held',
        samples,
        losses: [LOSS],
      },
    ]);
  });

  it('is untouched without the tag, and nothing in a fleet without hosts', async () => {
    const nothing = { samples: [], losses: [] };
    expect(hostGroupsOf(await example({ hostTags: {} }), conducted(), nothing)).toMatchObject([
      { group: null, outcome: 'untouched' },
    ]);
    expect(hostGroupsOf(await example({ hosts: 0 }), conducted(), nothing)).toEqual([]);
  });

  it('never calls a service untouched that lost tasks with a host', async () => {
    expect(await example().then((fleet) => outcomesOf(fleet, [LOSS]))).toMatchObject({
      storefront: 'host lost',
      ledger: 'untouched',
      catalog: 'not drawn',
    });
    expect(await example().then((fleet) => outcomesOf(fleet, []))).toMatchObject({ storefront: 'untouched' });
  });

  it('counts the requests of the services that the hosts carry, and of no other', () => {
    const services = [
      { name: 'storefront', launchType: 'EC2' },
      { name: 'checkout', launchType: 'FARGATE' },
    ];
    const [experiment] = experimentsOf(PLAN, conducted().chains, {
      clusters: [CLUSTER],
      services: () => services as never,
      requestTotals: (_cluster, service, from, to) => {
        expect([from, to]).toEqual([at(10), at(30)]);
        return service === 'storefront' ? { total: 800, failed: 1 } : { total: 800, failed: 70 };
      },
    });
    expect(experiment).toMatchObject({ group: 'shop-hosts', targets: [HOST], requests: { total: 800, failed: 1 } });
  });

  it('tells what became of a host among the steps of its experiment, and not before the act', () => {
    const steps = stepsOf(conducted().chains, [LOSS]);
    expect(steps.map(({ kind, at: when }) => [kind, when])).toEqual([
      ['planned', at(1)],
      ['started', at(9)],
      ['injected', at(10)],
      ['tasks-lost', at(10)],
      ['placed-anew', at(10.6)],
      ['replaced', at(14.1)],
      ['ended', at(30)],
    ]);
    expect(new Set(steps.map(({ experiment, group }) => `${experiment} ${group}`))).toEqual(
      new Set([`${EXPERIMENT} shop-hosts`]),
    );
  });

  it('blames no experiment for a host that it did not act on', () => {
    const kinds = stepsOf(conducted().chains, [{ ...LOSS, instanceId: 'i-0123456789abcdef0' }]).map(({ kind }) => kind);
    expect(kinds).not.toContain('tasks-lost');
  });
});
