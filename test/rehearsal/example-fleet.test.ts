import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { verifyExport } from '../../lib/audit/export.ts';
import type { RehearsalFacts, RehearsalResult } from '../../lib/rehearsal/result.ts';
import { type Ended, newFolder, run } from '../cli/command-line.ts';

/** Two whole rehearsals of the example fleet with one seed, side by side: what `npm start` does. */
describe('a rehearsal of the example fleet', () => {
  const folders = [newFolder(), newFolder()];
  let ends: Ended[] = [];
  let results: RehearsalResult[] = [];
  beforeAll(async () => {
    ends = await Promise.all(
      folders.map((folder) => run(['rehearse', '--seed', 'capuchin', '--json', '--out', folder])),
    );
    results = ends.map(({ out, talk }) => {
      if (out === '') throw new Error(`nothing was printed; it said: ${talk}`);
      return JSON.parse(out) as RehearsalResult;
    });
  }, 240_000);
  const first = (): RehearsalResult => results[0] as RehearsalResult;
  const reported = (): RehearsalFacts =>
    JSON.parse(readFileSync(path.join(folders[0] as string, 'report.json'), 'utf8')) as RehearsalFacts;

  test('leaves with 0 and prints one document with everything that scripts rely on', () => {
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    expect(first()).toMatchObject({ seed: 'capuchin', fleet: { services: 5, tasks: 15, hosts: 3 } });
    expect(
      first()
        .plan.map(({ group }) => group)
        .sort(),
    ).toEqual(['payments', 'shop-hosts', 'shop/catalog', 'shop/scheduler']);
    for (const { experiment, group, fault, at } of first().plan) {
      expect(experiment).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
      expect(fault).toBe(group === 'shop-hosts' ? 'terminate-host' : 'stop-task');
      expect(new Date(at).toISOString()).toBe(`${at.slice(0, 19)}.000Z`);
    }
  });

  test('finds the service that holds, and measures its recovery and its traffic', () => {
    const held = first().experiments.find(({ group }) => group === 'shop/catalog');
    expect(held).toMatchObject({ verdict: 'held', tookEffect: true, requests: { failed: 0 } });
    expect(held?.recoverySeconds).toBeGreaterThan(0);
    expect(held?.requests.total).toBeGreaterThan(100);
  });

  test('finds the weakness of the service that breaks', () => {
    const broken = first().experiments.find(({ group }) => group === 'payments');
    expect(broken).toMatchObject({ verdict: 'broken', tookEffect: true });
    expect(broken?.because).toContain('error rate of checkout');
    expect(broken?.requests.failed).toBeGreaterThan(10);
  });

  test('takes a container host away: its tasks go with it, run on other hosts, its group replaces it, and its service holds', () => {
    const struck = first().experiments.find(({ group }) => group === 'shop-hosts');
    expect(struck).toMatchObject({ verdict: 'held', tookEffect: true });
    // A host that crashes breaks off what it is answering, and nothing else.
    expect(struck?.requests.total).toBeGreaterThan(100);
    expect(struck?.requests.failed).toBeLessThan(10);
    const { hostGroups, steps, services } = reported();
    const [hosts] = hostGroups;
    expect(hosts).toMatchObject({ name: 'shop-hosts', desired: 3, services: ['storefront'], outcome: 'held' });
    const [loss, ...others] = hosts?.losses ?? [];
    expect(others).toEqual([]);
    expect([loss?.instanceId]).toEqual(struck?.targets);
    expect(loss?.tasks.map(({ service }) => service)).toEqual(['storefront', 'storefront']);
    expect(loss?.placed.map(({ service }) => service)).toEqual(['storefront', 'storefront']);
    for (const { instanceId } of loss?.placed ?? []) expect(instanceId).not.toBe(loss?.instanceId);
    expect(loss?.replacement?.instanceId).not.toBe(loss?.instanceId);
    expect(loss?.replacement?.zone).toBe(loss?.zone);
    const connected = (hosts?.samples ?? []).map((sample) => sample.connected);
    expect(Math.min(...connected)).toBe(2);
    expect(hosts?.samples.at(-1)).toMatchObject({ inService: 3, connected: 3, tasks: 6 });
    expect(services.find(({ name }) => name === 'storefront')).toMatchObject({ group: null, outcome: 'host lost' });
    const told = steps.filter(({ group }) => group === 'shop-hosts').map(({ kind }) => kind);
    for (const kind of ['tasks-lost', 'placed-anew', 'replaced', 'recovered']) expect(told).toContain(kind);
  });

  test('refuses the service of which too few would remain, and leaves alone the one that has not opted in', () => {
    expect(first().refused).toEqual([
      {
        group: 'shop/scheduler',
        code: 'too-few-remaining',
        facts: expect.objectContaining({ remaining: 0, required: 1 }),
      },
    ]);
    const { services } = reported();
    expect(services.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'catalog held',
      'checkout broken',
      'ledger untouched',
      'scheduler refused',
      'storefront host lost',
    ]);
    const ledger = services.find(({ name }) => name === 'ledger')?.samples.slice(5) ?? [];
    expect(new Set(ledger.map(({ runningTasks }) => runningTasks))).toEqual(new Set([2]));
  });

  test('chooses the same groups, instants, positions and targets for the same seed', () => {
    const choice = ({ plan, experiments }: RehearsalResult) => ({
      plan: plan.map(({ group, fault, offsetSeconds }) => ({ group, fault, offsetSeconds })),
      experiments: experiments.map(({ group, targets, positions }) => ({ group, targets, positions })),
    });
    expect(choice(results[1] as RehearsalResult)).toEqual(choice(first()));
  });

  test('leaves an audit that verifies, and in which a change, a removal and a swap of any record is found', async () => {
    const { file, records, verified } = first().audit;
    expect(verified).toBe(true);
    expect(await run(['audit', 'verify', file])).toMatchObject({ code: 0, out: `All ${records} records hold.\n` });
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.length).toBe(records + 1);
    const holds = (changed: readonly string[]): boolean =>
      verifyExport(`${changed.join('\n')}\n`).findings.length === 0;
    expect(holds(lines)).toBe(true);
    for (const [index, line] of lines.entries()) {
      const changed = line.replace(/"at":"20\d\d/, '"at":"1999').replace(/"records":\d+/, '"records":0');
      expect(holds(lines.with(index, changed)), `changed line ${index + 1}`).toBe(false);
      expect(holds(lines.toSpliced(index, 1)), `removed line ${index + 1}`).toBe(false);
      for (const [other, another] of lines.entries()) {
        if (other <= index) continue;
        expect(holds(lines.with(index, another).with(other, line)), `swapped ${index + 1} and ${other + 1}`).toBe(
          false,
        );
      }
    }
  });

  test('leaves a report that names every service and the hosts', () => {
    const html = readFileSync(first().report, 'utf8');
    const names = ['catalog', 'checkout', 'ledger', 'scheduler', 'storefront', 'shop-hosts'];
    for (const name of names) expect(html).toContain(`>${name}</a>`);
    expect(html).not.toMatch(/<script[^>]+src=|<link[^>]+href=/);
  });
});
