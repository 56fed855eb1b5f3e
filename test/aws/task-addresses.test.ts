import { describe, expect, it } from 'vitest';
import { TaskAddresses } from '../../lib/aws/task-addresses.ts';
import { containerInstanceOperations } from '../../lib/rehearsal/cloud/container-instances.ts';
import { ec2Operations } from '../../lib/rehearsal/cloud/ec2.ts';
import { ecsOperations } from '../../lib/rehearsal/cloud/ecs.ts';
import {
  type ServedOperation,
  type ServedService,
  serve as serveOperation,
} from '../../lib/rehearsal/cloud/operation.ts';
import { FakeFleet } from '../rehearsal/cloud/fake-fleet.ts';
import { fleetOf } from '../rehearsal/cloud/machine-fleet.ts';
import { aPark } from '../rehearsal/fleet/park.ts';
import { serveCloud } from './serve-cloud.ts';

type Interface = { readonly privateIpv4Address?: string; readonly ipv6Address?: string };

/** A service of tasks, with the interfaces that each task's containers have, on hosts of their own where they have none. */
async function serve(interfaces: readonly (readonly Interface[])[]) {
  const { park } = aPark();
  const fleet = new FakeFleet();
  fleet.hosts.push(...park.hosts);
  const cluster = fleet.addCluster('shop');
  const db = fleet.addService(cluster, 'db', { launchType: 'EC2' });
  const tasks = interfaces.map((_, index) =>
    fleet.addTask(db, { containerInstanceArn: park.hosts[index]?.containerInstance?.arn ?? 'none' }),
  );
  const ecs: ServedService = { ...ecsOperations(fleet, {}), ...containerInstanceOperations(fleet) };
  const { input, answer } = ecs.DescribeTasks as ServedOperation;
  const DescribeTasks = serveOperation({
    input,
    answer: async (asked, caller) => {
      const said = (await answer(asked, caller)) as { tasks: { taskArn: string; containers: object[] }[] };
      const own = (arn: string) => interfaces[tasks.findIndex((task) => task.arn === arn)];
      return {
        ...said,
        tasks: said.tasks.map((task) => ({
          ...task,
          containers: [{ ...task.containers[0], networkInterfaces: own(task.taskArn) }],
        })),
      };
    },
  });
  await serveCloud({ services: { ECS: { ...ecs, DescribeTasks }, EC2: ec2Operations(fleetOf(park)) } });
  return { fleet, tasks, park };
}

describe('the addresses of a service', () => {
  it('are those of its tasks’ own interfaces, of both families', async () => {
    await serve([[{ privateIpv4Address: '10.0.7.1', ipv6Address: 'fd00::1' }], [{ privateIpv4Address: '10.0.7.2' }]]);
    expect(await new TaskAddresses().addressesOf('shop', 'db')).toEqual(['10.0.7.1', 'fd00::1', '10.0.7.2']);
  });

  it('are those of the hosts of tasks that have none of their own, each once', async () => {
    const { park } = await serve([[], [{ privateIpv4Address: '10.0.7.2' }], []]);
    const [first, , third] = park.network.interfaces.map(({ privateIpAddress }) => privateIpAddress);
    const found = await new TaskAddresses().addressesOf('shop', 'db');
    expect(new Set(found)).toEqual(new Set(['10.0.7.2', first, third]));
    expect(found).toHaveLength(3);
  });

  it('are not those of a task that is only coming or going, and may be none', async () => {
    const { fleet, tasks } = await serve([[{ privateIpv4Address: '10.0.7.1' }], [{ privateIpv4Address: '10.0.7.2' }]]);
    fleet.change(tasks[0]?.arn ?? '', (task) => ({ ...task, lastStatus: 'PENDING' }));
    expect(await new TaskAddresses().addressesOf('shop', 'db')).toEqual(['10.0.7.2']);
    for (const { arn } of tasks) fleet.removeTask(arn);
    expect(await new TaskAddresses().addressesOf('shop', 'db')).toEqual([]);
  });

  it('cannot be told of a task with neither an interface nor a host', async () => {
    const { fleet, tasks } = await serve([[]]);
    fleet.change(tasks[0]?.arn ?? '', ({ containerInstanceArn: _, ...task }) => task);
    await expect(new TaskAddresses().addressesOf('shop', 'db')).rejects.toThrow('has no address');
  });

  it('cannot be told when ECS does not know a host', async () => {
    const { fleet } = await serve([[]]);
    fleet.hosts.length = 0;
    await expect(new TaskAddresses().addressesOf('shop', 'db')).rejects.toThrow('does not know every host');
  });
});
