import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startFleet } from '../../../lib/rehearsal/fleet/fleet.ts';
import { readFleetFile } from '../../../lib/rehearsal/fleet/fleet-file.ts';
import { until } from './until.ts';

const program = fileURLToPath(new URL('./fixtures/program.mjs', import.meta.url));

test('a service’s target group holds its tasks, each on a port of its own, and lets a stopped one go', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  t.onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'fleet.yaml');
  await writeFile(
    path,
    `cluster: test\nservices:\n  - {name: web, desired: 2, command: [node, ${program}], health: /}\n`,
  );
  const reading = await readFleetFile(path);
  if (!reading.ok) throw new Error(reading.message);
  const fleet = await startFleet({
    definition: reading.fleet,
    seed: randomUUID(),
    accountId: '123456789012',
    region: 'eu-west-1',
    metrics: { put: () => {} },
  });
  t.onTestFinished(() => fleet.close());
  await fleet.ready;

  const cluster = fleet.clusters[0]?.arn ?? '';
  const group = fleet.services(cluster)[0]?.targetGroup;
  expect(group).toMatchObject({ containerPort: 80, healthCheckPath: '/' });
  const targets = () => fleet.targetHealth?.(group?.arn ?? '') ?? [];
  // Whichever task listens first is registered first.
  const placed = new Set(fleet.tasks(cluster).map(({ availabilityZone }) => `127.0.0.1 healthy ${availabilityZone}`));
  expect(placed.size).toBe(2);
  expect(new Set(targets().map(({ id, state, availabilityZone }) => `${id} ${state} ${availabilityZone}`))).toEqual(
    placed,
  );
  expect(targets()).toHaveLength(2);
  const ports = targets().map(({ port }) => port);
  expect(new Set(ports).size).toBe(2);
  expect(fleet.targetHealth?.('arn:of:nobody')).toBeUndefined();

  fleet.stopTask(fleet.tasks(cluster)[0]?.arn ?? '', 'a test', 'UserInitiated');
  expect(targets().filter(({ state }) => state === 'healthy')).toHaveLength(1);
  await until('a new task is healthy', () => targets().filter(({ state }) => state === 'healthy').length === 2);
  expect(targets().map(({ port }) => port)).not.toEqual(ports);
});
