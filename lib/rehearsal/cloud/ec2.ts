import type { Machines } from '../fleet/machines-model.ts';
import type { FleetState } from '../fleet/model.ts';
import { instanceOperations } from './ec2-instances.ts';
import { networkOperations } from './ec2-network.ts';
import { volumeOperations } from './ec2-volumes.ts';
import type { ServedService } from './operation.ts';

/** A fleet without container hosts: no act can reach it, because nothing is found. */
const NONE: Machines = {
  instances: [],
  disks: { volumes: [], detach: nothing, attach: nothing, setDeleteOnTermination: nothing },
  network: { interfaces: [], groups: [], setGroups: nothing },
  statusOf: nothing,
  terminate: nothing,
  stop: nothing,
  start: nothing,
  reboot: nothing,
  modify: nothing,
  suspend: nothing,
  resume: nothing,
  retire: nothing,
};

function nothing(): never {
  throw new Error('this fleet has no machines');
}

/** EC2 on the machines of a rehearsal's fleet. Dry runs, and parameters that no fault needs, are not served. */
export function ec2Operations({ machines = NONE }: FleetState): ServedService {
  return {
    ...instanceOperations(machines),
    ...networkOperations(machines.network),
    ...volumeOperations(machines),
  };
}
