import { ClusterPlaces } from '../lib/aws/cluster-places.ts';
import { ContainerInstances } from '../lib/aws/container-instances.ts';
import { Ec2 } from '../lib/aws/ec2.ts';
import type { Ecs } from '../lib/aws/ecs.ts';
import { Listeners } from '../lib/aws/listeners.ts';
import { NetworkInterfaces } from '../lib/aws/network-interfaces.ts';
import { ManagedPrefixLists } from '../lib/aws/prefix-lists.ts';
import { RunCommand } from '../lib/aws/run-command.ts';
import { ScalingGroups } from '../lib/aws/scaling-groups.ts';
import { ServiceScaling } from '../lib/aws/service-scaling.ts';
import { Targets } from '../lib/aws/targets.ts';
import { TaskAddresses } from '../lib/aws/task-addresses.ts';
import type { FaultPort } from '../lib/faults/catalogue.ts';

/** Everything of AWS through which faults act and are undone. Each part makes its clients when it is first called. */
export function faultPort(ecs: Ecs, documentPrefix: string): FaultPort {
  return {
    stopTask: (...call) => ecs.stopTask(...call),
    describeTask: (...call) => ecs.describeTask(...call),
    ...whenCalled(RunCommand.prototype, () => new RunCommand({ documentPrefix })),
    ...whenCalled(TaskAddresses.prototype, () => new TaskAddresses()),
    ...whenCalled(ManagedPrefixLists.prototype, () => new ManagedPrefixLists()),
    ...whenCalled(Ec2.prototype, () => new Ec2()),
    ...whenCalled(NetworkInterfaces.prototype, () => new NetworkInterfaces()),
    ...whenCalled(ScalingGroups.prototype, () => new ScalingGroups()),
    ...whenCalled(ContainerInstances.prototype, () => new ContainerInstances()),
    ...whenCalled(ClusterPlaces.prototype, () => new ClusterPlaces()),
    ...whenCalled(ServiceScaling.prototype, () => new ServiceScaling()),
    ...whenCalled(Targets.prototype, () => new Targets()),
    ...whenCalled(Listeners.prototype, () => new Listeners()),
  };
}

/** The methods of a class, of which one instance is made at the first call of any of them. */
function whenCalled<Part extends object>(prototype: Part, make: () => Part): { [Name in keyof Part]: Part[Name] } {
  let made: Part | undefined;
  const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  const methods = names.map((name) => {
    const method = (...call: unknown[]): unknown => {
      made ??= make();
      return (Reflect.get(made, name) as (...call: unknown[]) => unknown).apply(made, call);
    };
    return [name, method];
  });
  return Object.fromEntries(methods) as Part;
}
