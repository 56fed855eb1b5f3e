import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../lib/core/config.ts';
import { FAULT_NAMES } from '../../lib/faults/catalogue.ts';
import { DEFAULT_FLEET_FILE } from '../../lib/rehearsal/fleet/default-fleet.ts';
import { type FleetDefinition, readFleetFile } from '../../lib/rehearsal/fleet/fleet-file.ts';
import { loadBalancerName, targetGroupArn } from '../../lib/rehearsal/fleet/names.ts';
import { rehearsalConfig } from '../../lib/rehearsal/rehearsal-config.ts';

const PLACE = { accountId: '000000000000', region: 'us-east-1', seed: 'seed', cluster: 'shop' };

async function fleetOf(file: string): Promise<FleetDefinition> {
  const reading = await readFleetFile(file);
  if (!reading.ok) throw new Error(reading.message);
  return reading.fleet;
}

const example = (): Promise<FleetDefinition> => fleetOf(DEFAULT_FLEET_FILE);

describe('the config of a rehearsal', () => {
  it('is one that a deployment could have', async () => {
    expect(readConfig(rehearsalConfig(await example(), PLACE), FAULT_NAMES)).toMatchObject({ ok: true });
  });

  it('asks of container hosts what their services promise, and that each gets all its tasks back', async () => {
    const { hypotheses = {} } = rehearsalConfig(await example(), PLACE);
    const probes = hypotheses['shop-hosts'] ?? [];
    expect(probes.map((probe) => ('name' in probe ? probe.name : probe.type))).toEqual([
      'service-stable',
      'healthy tasks of storefront',
      'error rate of storefront',
      'p99 latency of storefront (ms)',
    ]);
    expect(probes[1]).toMatchObject({ targetGroups: [targetGroupArn(PLACE, 'storefront')], minHealthyCount: 6 });
    expect(probes[2]).toMatchObject({
      threshold: 0.02,
      metrics: { requests: { dimensions: { LoadBalancer: loadBalancerName(PLACE, 'storefront') } } },
    });
  });

  it('asks of a service’s group only what its own services promise', async () => {
    const { hypotheses = {} } = rehearsalConfig(await example(), PLACE);
    expect((hypotheses.payments ?? []).map((probe) => ('name' in probe ? probe.name : probe.type))).toEqual([
      'service-stable',
      'error rate of checkout',
      'p99 latency of checkout (ms)',
    ]);
    expect(new Set(Object.keys(hypotheses))).toEqual(
      new Set(['payments', 'shop-hosts', 'shop/catalog', 'shop/storefront']),
    );
  });

  it('lets every group of the fleet be under an experiment at once, its hosts too', async () => {
    const fleet = await example();
    expect(rehearsalConfig(fleet, PLACE).budgets?.maxInFlight).toBe(fleet.services.length + 1);
  });

  it('knows no hosts where the fleet has none', async () => {
    const fleet = await fleetOf(path.join(path.dirname(DEFAULT_FLEET_FILE), 'python-fleet.yaml'));
    const { hypotheses = {} } = rehearsalConfig(fleet, PLACE);
    expect(Object.keys(hypotheses)).not.toContain(fleet.hostGroup.name);
  });
});
