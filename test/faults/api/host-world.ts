import { onTestFinished } from 'vitest';
import { Ec2 } from '../../../lib/aws/ec2.ts';
import { NetworkInterfaces } from '../../../lib/aws/network-interfaces.ts';
import { ScalingGroups } from '../../../lib/aws/scaling-groups.ts';
import type { HostTarget } from '../../../lib/core/fault-target.ts';
import type { ActContext, PrepareContext, ReversibleFault, UndoData } from '../../../lib/faults/contract.ts';
import { autoScalingOperations } from '../../../lib/rehearsal/cloud/auto-scaling.ts';
import { ec2Operations } from '../../../lib/rehearsal/cloud/ec2.ts';
import { AwsError, type ServedService } from '../../../lib/rehearsal/cloud/operation.ts';
import { pointClientsAt } from '../../aws/start-stack-tables.ts';
import { startCloud } from '../../rehearsal/cloud/local-cloud.ts';
import { fleetOf } from '../../rehearsal/cloud/machine-fleet.ts';
import { aPark, GROUP } from '../../rehearsal/fleet/park.ts';

export const CONTEXT = { experiment: 'shop-hosts-1', reason: 'to learn' };
export const PREPARE: PrepareContext = { ...CONTEXT, minRemaining: 1, now: Date.now };

/** What an act is told; its time is not over yet. */
export function actContext(change: Partial<ActContext> = {}): ActContext {
  const until = Date.now() + 60_000;
  return { ...CONTEXT, notAfterMs: until, untilMs: until, alarms: [], installTools: false, now: Date.now, ...change };
}

/** What comes before an operation is answered; it may throw in its stead. */
type Before = (input: object) => void;

/**
 * Container hosts behind the local cloud, with the real adapters on the real wire. Time stands still between calls unless `pass` lets
 * it go. `before` runs ahead of an operation, to fail it or to let somebody else act in the middle.
 */
export async function hostWorld(options: Parameters<typeof aPark>[0] = {}) {
  const world = aPark({ startMs: Date.now(), ...options });
  const fleet = fleetOf(world.park);
  const before = new Map<string, Before>();
  const calls: string[] = [];
  const watched = (service: ServedService): ServedService =>
    Object.fromEntries(
      Object.entries(service).map(([name, operation]) => [
        name,
        {
          ...operation,
          answer: (input: object, caller: never) => {
            calls.push(name);
            before.get(name)?.(input);
            return operation.answer(input, caller);
          },
        },
      ]),
    );
  const cloud = await startCloud({
    services: { EC2: watched(ec2Operations(fleet)), AutoScaling: watched(autoScalingOperations(fleet)) },
    buckets: {},
  });
  pointClientsAt(cloud.server.url);
  onTestFinished(() => {
    if (cloud.defects.length > 0) throw new Error(`the local cloud met what it cannot do: ${cloud.defects.join('; ')}`);
  });
  const [ec2, network, groups] = [new Ec2(), new NetworkInterfaces(), new ScalingGroups()];
  const port = {
    instance: (id: string) => ec2.instance(id),
    statusCheck: (id: string) => ec2.statusCheck(id),
    isStopProtected: (id: string) => ec2.isStopProtected(id),
    terminate: (id: string) => ec2.terminate(id),
    stop: (id: string) => ec2.stop(id),
    start: (id: string) => ec2.start(id),
    reboot: (id: string) => ec2.reboot(id),
    volumesOf: (id: string) => ec2.volumesOf(id),
    volumes: (ids: readonly string[]) => ec2.volumes(ids),
    detach: (...asked: Parameters<Ec2['detach']>) => ec2.detach(...asked),
    attach: (...asked: Parameters<Ec2['attach']>) => ec2.attach(...asked),
    setDeleteOnTermination: (...asked: Parameters<Ec2['setDeleteOnTermination']>) =>
      ec2.setDeleteOnTermination(...asked),
    interfaces: (id: string) => network.interfaces(id),
    securityGroups: (ids: readonly string[]) => network.securityGroups(ids),
    securityGroupsTagged: (...asked: Parameters<NetworkInterfaces['securityGroupsTagged']>) =>
      network.securityGroupsTagged(...asked),
    isolate: (...asked: Parameters<NetworkInterfaces['isolate']>) => network.isolate(...asked),
    restore: (...asked: Parameters<NetworkInterfaces['restore']>) => network.restore(...asked),
    member: (id: string) => groups.member(id),
    memberIds: (name: string) => groups.memberIds(name),
    retire: (id: string) => groups.retire(id),
    suspensions: (name: string) => groups.suspensions(name),
    suspend: (...asked: Parameters<ScalingGroups['suspend']>) => groups.suspend(...asked),
    resume: (...asked: Parameters<ScalingGroups['resume']>) => groups.resume(...asked),
    containerInstance: async (_cluster: string, arn: string) => {
      const host = world.park.hosts.find(({ containerInstance }) => containerInstance?.arn === arn);
      if (host?.containerInstance === undefined) return undefined;
      const { status = 'ACTIVE', agentConnected = true } = host.containerInstance;
      return { instanceId: host.instanceId, status, agentConnected, runningTasks: 0 };
    },
  };
  const target = (index: number): HostTarget => {
    const host = world.park.hosts.find(({ instanceId }) => instanceId === world.id(index));
    return {
      ...{ kind: 'host', resource: world.id(index), zone: host?.availabilityZone ?? 'eu-west-1a', scalingGroup: GROUP },
      ...(host?.containerInstance === undefined
        ? {}
        : { clusterArn: host.containerInstance.clusterArn, containerInstanceArn: host.containerInstance.arn }),
    };
  };
  return { ...world, cloud, port, calls, before, target };
}

export type HostWorld = Awaited<ReturnType<typeof hostWorld>>;

/** AWS's no, for `before`. */
export const refuse =
  (code: string, message = 'no', statusCode = 400) =>
  (): never => {
    throw new AwsError(code, message, statusCode);
  };

/** A prepared target’s undo data, or an error with the reason why it is not fit. */
export async function prepared(
  fault: Pick<ReversibleFault<HostWorld['port']>, 'prepare'>,
  world: HostWorld,
  index = 0,
  parameters: object = {},
): Promise<UndoData> {
  const answer = await fault.prepare(world.port, world.target(index), parameters, PREPARE);
  if (!answer.ready) throw new Error(answer.because);
  return answer.undo;
}
