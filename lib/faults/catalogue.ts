import type { ExperimentOrder } from '../core/experiment.ts';
import type { FaultKind } from '../core/fault-choice.ts';
import type { Fault } from './contract.ts';
import { deregisterTarget, type TargetRegistrar } from './deregister-target.ts';
import { detachVolumes, type VolumeDetacher } from './detach-volumes.ts';
import { drainHost, type HostDrainer } from './drain-host.ts';
import type { ClusterLooker } from './host-commands.ts';
import { HOST_FAULTS } from './hosts/catalogue.ts';
import type { HostPort } from './hosts/host-fault.ts';
import type { ListenerEditor } from './http/listener-editor.ts';
import { httpError } from './http-error.ts';
import { type HostIsolator, isolateHost } from './isolate-host.ts';
import { type HostRebooter, rebootHost } from './reboot-host.ts';
import { type HostRetirer, retireHost } from './retire-host.ts';
import { type ServiceScaler, scaleService } from './scale-service.ts';
import { type HostStopper, stopHost } from './stop-host.ts';
import { stopTask, type TaskStopper } from './stop-task.ts';
import { type ScalingSuspender, suspendScaling } from './suspend-scaling.ts';
import { type HostTerminator, terminateHost } from './terminate-host.ts';
import { type ZoneOutage, zoneOutage } from './zone-outage.ts';

/** Everything of AWS that some fault needs. */
export type FaultPort = TaskStopper &
  HostPort &
  ClusterLooker &
  HostTerminator &
  HostRebooter &
  HostRetirer &
  HostStopper &
  HostDrainer &
  HostIsolator &
  VolumeDetacher &
  ServiceScaler &
  ScalingSuspender &
  TargetRegistrar &
  ListenerEditor;

const API_FAULTS: readonly Fault<FaultPort>[] = [
  stopTask,
  terminateHost,
  rebootHost,
  retireHost,
  stopHost,
  drainHost,
  isolateHost,
  detachVolumes,
  scaleService,
  suspendScaling,
  deregisterTarget,
  httpError,
];

const SIMPLE_FAULTS: readonly Fault<FaultPort>[] = [...API_FAULTS, ...HOST_FAULTS];
const ZONE_OUTAGE = zoneOutage(SIMPLE_FAULTS);

/** All faults by name. Adding one is adding its file, its test and a line here, or in `hosts/catalogue.ts`. */
export const FAULTS: ReadonlyMap<string, Fault<FaultPort>> = new Map(
  [...SIMPLE_FAULTS, ZONE_OUTAGE].map((fault): [string, Fault<FaultPort>] => [fault.name, fault]),
);

/**
 * The fault of an order as it is to be done: what is made of parts is the part that its parameters ask for. Undefined when there is none
 * of this name. With parameters that do not fit, it is the fault as it is listed, for `parameters` to say what is wrong.
 */
export function faultOfOrder({
  fault: name,
  parameters,
  hosts,
}: Pick<ExperimentOrder, 'fault' | 'parameters' | 'hosts'>):
  | (Fault<FaultPort> & Partial<ZoneOutage<FaultPort>>)
  | undefined {
  if (name !== ZONE_OUTAGE.name) return FAULTS.get(name);
  return ZONE_OUTAGE.resolve(parameters, hosts.length > 0 ? 'hosts' : 'service') ?? ZONE_OUTAGE;
}

/** The faults, as far as the choice among them depends on it. */
export const FAULT_KINDS: readonly FaultKind[] = [...FAULTS.values()];

export const FAULT_NAMES: readonly string[] = [...FAULTS.keys()];
