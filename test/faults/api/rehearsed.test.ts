import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { Listeners } from '../../../lib/aws/listeners.ts';
import { ServiceScaling } from '../../../lib/aws/service-scaling.ts';
import { Targets } from '../../../lib/aws/targets.ts';
import type { FaultTarget } from '../../../lib/core/fault-target.ts';
import type { ReversibleFault, UndoData } from '../../../lib/faults/contract.ts';
import { deregisterTarget } from '../../../lib/faults/deregister-target.ts';
import { drainHost } from '../../../lib/faults/drain-host.ts';
import { httpError } from '../../../lib/faults/http-error.ts';
import { scaleService } from '../../../lib/faults/scale-service.ts';
import { autoScalingOperations } from '../../../lib/rehearsal/cloud/auto-scaling.ts';
import { ecsOperations } from '../../../lib/rehearsal/cloud/ecs.ts';
import { targetGroupOperations } from '../../../lib/rehearsal/cloud/target-groups.ts';
import { startFleet } from '../../../lib/rehearsal/fleet/fleet.ts';
import { readFleetFile } from '../../../lib/rehearsal/fleet/fleet-file.ts';
import { serveCloud } from '../../aws/serve-cloud.ts';
import { ACCOUNT, REGION } from '../../rehearsal/cloud/fake-fleet.ts';
import { until } from '../../rehearsal/fleet/until.ts';
import { actContext, hostDrainer, prepareContext } from './served-fleet.ts';

const program = fileURLToPath(new URL('../../rehearsal/fleet/fixtures/program.mjs', import.meta.url));

async function rehearsed() {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'fleet.yaml');
  await writeFile(
    file,
    `cluster: test\nhosts: 2\nservices:\n  - {name: web, desired: 2, launchType: EC2, health: /health, command: [node, ${JSON.stringify(program)}]}\n`,
  );
  const reading = await readFleetFile(file);
  if (!reading.ok) throw new Error(reading.message);
  const fleet = await startFleet({
    definition: reading.fleet,
    seed: randomUUID(),
    accountId: ACCOUNT,
    region: REGION,
    metrics: { put: () => {} },
  });
  onTestFinished(() => fleet.close());
  await serveCloud({
    services: {
      ECS: ecsOperations(fleet),
      LoadBalancing: targetGroupOperations(fleet),
      AutoScaling: autoScalingOperations(fleet),
    },
    buckets: {},
  });
  await fleet.ready;
  const clusterArn = fleet.clusters[0]?.arn ?? '';
  const { web: url = '' } = fleet.endpoints();
  const ask = async (path = '/'): Promise<number> => (await fetch(url + path)).status;
  const healthy = () =>
    fleet
      .tasks(clusterArn)
      .filter(({ lastStatus, healthStatus }) => lastStatus === 'RUNNING' && healthStatus === 'HEALTHY');
  return { fleet, clusterArn, ask, healthy, url };
}

/** Acts, looks until it took effect, lets the test look, and undoes it. */
async function during<Port>(
  fault: ReversibleFault<Port>,
  port: Port,
  target: FaultTarget,
  parameters: object,
  look: () => Promise<void>,
): Promise<void> {
  const answer = await fault.prepare(port, target, parameters, prepareContext);
  if (!answer.ready) throw new Error(answer.because);
  const undo: UndoData = JSON.parse(JSON.stringify(answer.undo));
  expect(await fault.inject(port, target, parameters, undo, actContext())).toMatchObject({ outcome: 'accepted' });
  await until(
    `${fault.name} took effect`,
    async () => (await fault.confirm(port, target, undo, actContext())).effect === 'took-effect',
  );
  await look();
  await until('undone', async () => (await fault.undo(port, target, undo, actContext())).undone);
}

it('a rehearsal’s services, hosts and load balancers really suffer, and are as before after the undo', async () => {
  const { fleet, clusterArn, ask, healthy, url } = await rehearsed();
  const arn = fleet.services(clusterArn)[0]?.arn ?? '';
  const service = { kind: 'service' as const, resource: arn, clusterArn, service: 'test/web' };
  const listeners = new Listeners();

  await during(httpError, listeners, service, { percent: 30 }, async () => {
    const requests = 600;
    const statuses = await Promise.all(Array.from({ length: requests }, () => ask()));
    const failed = statuses.filter((status) => status === 503).length;
    // Five standard deviations of a binomial distribution: once in two million runs.
    expect(Math.abs(failed - 0.3 * requests)).toBeLessThan(5 * Math.sqrt(requests * 0.3 * 0.7));
    expect(statuses.filter((status) => status === 200)).toHaveLength(requests - failed);
  });
  expect(new Set(await Promise.all(Array.from({ length: 50 }, () => ask())))).toEqual(new Set([200]));

  await during(httpError, listeners, service, { paths: ['/pay*'], statusCode: 500 }, async () => {
    expect([await ask('/pay/now'), await ask('/see')]).toEqual([500, 200]);
    expect(await (await fetch(`${url}/pay`)).text()).toContain('Capuchin experiment shop-cart-1');
  });
  expect(await ask('/pay/now')).toBe(200);

  const [task] = healthy();
  const target = { kind: 'task' as const, resource: task?.arn ?? '', clusterArn, service: 'test/web' };
  const answering = async () => {
    const bodies = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).text()));
    return new Set(bodies);
  };
  expect(await answering()).toEqual(new Set(healthy().map(({ id }) => id)));
  await during(deregisterTarget, new Targets(), target, {}, async () => {
    expect(await answering()).toEqual(
      new Set(
        healthy()
          .map(({ id }) => id)
          .filter((id) => id !== task?.id),
      ),
    );
  });
  await until('it gets requests again', async () => (await answering()).has(task?.id ?? ''));

  await during(scaleService, new ServiceScaling(), service, { to: 1 }, async () => {
    await until('one is left', () => healthy().length === 1);
  });
  await until('two again', () => healthy().length === 2);

  const [host] = fleet.hosts;
  const hostTarget = {
    kind: 'host' as const,
    resource: host?.instanceId ?? '',
    zone: host?.availabilityZone ?? '',
    clusterArn,
    containerInstanceArn: host?.containerInstance?.arn ?? '',
  };
  const on = () =>
    healthy().filter(({ containerInstanceArn }) => containerInstanceArn === hostTarget.containerInstanceArn);
  expect(on()).toHaveLength(1);
  await during(drainHost, hostDrainer(), hostTarget, {}, async () => {
    await until('the host is empty', () => on().length === 0 && healthy().length === 2);
  });
  expect(fleet.hosts[0]?.containerInstance?.status ?? 'ACTIVE').toBe('ACTIVE');
});
