import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { verifyExport } from '../../lib/audit/export.ts';
import type { RehearsalResult } from '../../lib/rehearsal/result.ts';
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

  test('leaves with 0 and prints one document with everything that scripts rely on', () => {
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    expect(first()).toMatchObject({ seed: 'capuchin', fleet: { services: 4, tasks: 9 } });
    expect(
      first()
        .plan.map(({ group }) => group)
        .sort(),
    ).toEqual(['payments', 'shop/catalog', 'shop/scheduler']);
    for (const { experiment, fault, at } of first().plan) {
      expect(experiment).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
      expect(fault).toBe('stop-task');
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

  test('refuses the service of which too few would remain, and leaves alone the one that has not opted in', () => {
    expect(first().refused).toEqual([
      {
        group: 'shop/scheduler',
        code: 'too-few-remaining',
        facts: expect.objectContaining({ remaining: 0, required: 1 }),
      },
    ]);
    const { services } = JSON.parse(readFileSync(path.join(folders[0] as string, 'report.json'), 'utf8')) as {
      services: { name: string; outcome: string; samples: { at: string; runningTasks: number }[] }[];
    };
    expect(services.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'catalog held',
      'checkout broken',
      'ledger untouched',
      'scheduler refused',
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

  test('leaves a report that names every service', () => {
    const html = readFileSync(first().report, 'utf8');
    for (const name of ['catalog', 'checkout', 'ledger', 'scheduler']) expect(html).toContain(name);
    expect(html).not.toMatch(/<script[^>]+src=|<link[^>]+href=/);
  });
});
