import {
  type Activity,
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeScalingActivitiesCommand,
  type Instance as MemberInstance,
  paginateDescribeAutoScalingGroups,
} from '@aws-sdk/client-auto-scaling';
import { EC2Client, type Instance, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import type { HostsName } from '../core/experiment.ts';
import type { LiveService } from '../core/guards/guard.ts';
import type { TaggedHosts, Tags } from '../core/tagged.ts';
import type { Candidate } from '../core/target.ts';
import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';
import { chunks } from './ecs.ts';

/** Hosts that opted in together as AWS describes them now, in the words in which a service is described. */
export interface HostsNow {
  readonly tagged: TaggedHosts;
  readonly live: LiveService;
}

/** Members of a group of hosts and every single host, read at the same moment. */
export interface HostsRead {
  readonly members: readonly HostsNow[];
  readonly hosts: readonly Candidate[];
}

/** EC2 takes so many values of one filter (user guide, "Filter your resources"). */
const VALUES_PER_FILTER = 200;
const INSTANCES_PER_PAGE = 1_000;

/** The tag that EC2 itself gives to each instance of an Auto Scaling group. */
const GROUP_NAME_TAG = 'aws:autoscaling:groupName';

/** An instance, and the account that owns it. */
type OwnedInstance = Instance & { readonly ownerId: string };

/** How an activity that launches an instance is described (Auto Scaling user guide, "Verify a scaling activity"). */
const LAUNCH = /^Launching a new EC2 instance: (i-[0-9a-f]+)/;

/** Reads container hosts: Auto Scaling groups, and instances that opted in for themselves. */
export class Hosts {
  readonly #scaling = new AutoScalingClient(CLIENT_OPTIONS);
  readonly #ec2 = new EC2Client(CLIENT_OPTIONS);

  /**
   * The groups and their instances, all in one round of calls; a second one for instances that stand for themselves and yet are in a group,
   * whose tags and protection count for them too. What does not exist any more is left out.
   *
   * @param asWell ids of instances to be told of too: a terminated one leaves its group, and loses its tags after a while.
   */
  async read(names: readonly HostsName[], asWell: readonly string[] = []): Promise<HostsRead> {
    const namesOf = (kind: HostsName['kind']): string[] =>
      names.filter((one) => one.kind === kind).map(({ name }) => name);
    const groupNames = namesOf('auto-scaling-group');
    const lone = namesOf('instance');
    const [groups, launches, ofGroups, others] = await Promise.all([
      this.#groups(groupNames),
      this.#launches(groupNames),
      this.#instances(`tag:${GROUP_NAME_TAG}`, groupNames),
      this.#instances('instance-id', [...new Set([...lone, ...asWell])]),
    ]);
    const instances = new Map([...ofGroups, ...others].map((one) => [one.InstanceId ?? '', one]));
    const groupNameOf = (id: string): string => tagsOf(instances.get(id)?.Tags)[GROUP_NAME_TAG] || '';
    const around = await this.#groups([...new Set(lone.map(groupNameOf).filter((name) => name !== ''))]);
    const inGroups = new Map(
      [...groups, ...around].flatMap(({ Instances = [] }) =>
        Instances.map((one): [string, MemberInstance] => [one.InstanceId ?? '', one]),
      ),
    );
    const region = lone.length === 0 ? '' : await this.#ec2.config.region();
    return {
      members: [
        ...groups.map(groupNow),
        ...lone.flatMap((id) => {
          const found = instances.get(id);
          if (found === undefined) return [];
          const group = around.find(({ AutoScalingGroupName: name }) => name === groupNameOf(id));
          return [instanceNow(found, region, tagsOf(group?.Tags))];
        }),
      ],
      hosts: [...instances.values()].map((one) => {
        const id = one.InstanceId ?? '';
        const scalingGroup = groupNameOf(id);
        const host = hostOf(one, lone.includes(id) ? id : scalingGroup, scalingGroup, inGroups.get(id));
        return launches.has(id) ? inServiceSince(host, launches.get(id)) : host;
      }),
    };
  }

  async #groups(names: readonly string[]): Promise<AutoScalingGroup[]> {
    if (names.length === 0) return [];
    const found: AutoScalingGroup[] = [];
    const pages = paginateDescribeAutoScalingGroups(
      { client: this.#scaling, pageSize: 100 },
      { AutoScalingGroupNames: [...names] },
    );
    for await (const { AutoScalingGroups = [] } of pages) found.push(...AutoScalingGroups);
    return found;
  }

  /**
   * When the latest hosts of each group were in service: the end of the group's activity that launched them, or undefined as long as it
   * goes on. Older ones than the last hundred activities are left out.
   */
  async #launches(names: readonly string[]): Promise<Map<string, number | undefined>> {
    const pages = await Promise.all(names.map((name) => this.#activities(name)));
    return new Map(
      pages.flat().flatMap(({ Description = '', StatusCode, EndTime }): [string, number | undefined][] => {
        const [, id] = LAUNCH.exec(Description) ?? [];
        if (id === undefined) return [];
        return [[id, StatusCode === 'Successful' ? EndTime?.getTime() : undefined]];
      }),
    );
  }

  async #activities(AutoScalingGroupName: string): Promise<Activity[]> {
    try {
      const asked = new DescribeScalingActivitiesCommand({ AutoScalingGroupName, MaxRecords: 100 });
      return (await this.#scaling.send(asked)).Activities ?? [];
    } catch (error) {
      // A group that does not exist any more (from memory); who asks for the groups themselves sees that it is gone.
      if (awsErrorOf(error)?.name === 'ValidationError') return [];
      throw error;
    }
  }

  /** By a filter and not by id: one unknown id would fail the call for all of them. */
  async #instances(filter: string, values: readonly string[]): Promise<OwnedInstance[]> {
    const parts = await Promise.all(
      chunks(values, VALUES_PER_FILTER).map(async (some) => {
        const found: OwnedInstance[] = [];
        const pages = paginateDescribeInstances(
          { client: this.#ec2, pageSize: INSTANCES_PER_PAGE },
          { Filters: [{ Name: filter, Values: [...some] }] },
        );
        for await (const { Reservations = [] } of pages) {
          for (const { Instances = [], OwnerId: ownerId = '' } of Reservations)
            found.push(...Instances.map((one) => ({ ...one, ownerId })));
        }
        return found;
      }),
    );
    return parts.flat();
  }
}

/** Lifecycle states on the way in or out (Auto Scaling user guide, "Amazon EC2 Auto Scaling instance lifecycle"). */
const isOnTheMove = ({ LifecycleState }: MemberInstance): boolean =>
  /^(Pending|Terminating|Detaching|EnteringStandby)/.test(LifecycleState ?? '');

/** A group in the words of a service: it runs what is in service and healthy, and is being changed while instances come and go. */
function groupNow(group: AutoScalingGroup): HostsNow {
  const { AutoScalingGroupName: name = '', AutoScalingGroupARN: arn = '', DesiredCapacity = 0, Instances = [] } = group;
  const running = Instances.filter(
    (one) => one.LifecycleState === 'InService' && one.HealthStatus === 'Healthy',
  ).length;
  return {
    tagged: { kind: 'auto-scaling-group', arn, name, tags: tagsOf(group.Tags), groupTags: {} },
    live: liveOf(name, running, DesiredCapacity, Instances.some(isOnTheMove)),
  };
}

function instanceNow(instance: OwnedInstance, region: string, groupTags: Tags): HostsNow {
  const { InstanceId: name = '', State, ownerId } = instance;
  const arn = `arn:${partitionOf(region)}:ec2:${region}:${ownerId}:instance/${name}`;
  return {
    tagged: { kind: 'instance', arn, name, tags: tagsOf(instance.Tags), groupTags },
    live: liveOf(name, State?.Name === 'running' ? 1 : 0, 1, false),
  };
}

/** The part of AWS that a region is in, as ARNs name it (General Reference, "Amazon Resource Names"). */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

function liveOf(service: string, running: number, desired: number, deploying: boolean): LiveService {
  return { service, unit: 'hosts', running, desired, deploying, schedulingStrategy: 'REPLICA', targetGroups: [] };
}

/** EC2 writes the moment of a state change a person made into its reason, like `User initiated (2026-11-23 10:00:00 GMT)`. */
function leftAtMs({ State, StateTransitionReason = '' }: Instance): number | undefined {
  if (State?.Name === 'running' || State?.Name === 'pending') return undefined;
  const [, day, time] = /\((\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) (?:GMT|UTC)\)/.exec(StateTransitionReason) ?? [];
  return day === undefined ? undefined : Date.parse(`${day}T${time}Z`);
}

/** A host runs since its group has it in service, which is later than EC2's launch by its whole boot; not yet while it is being launched. */
function inServiceSince({ startedAtMs, ...host }: Candidate, launch: number | undefined): Candidate {
  return startedAtMs === undefined || launch === undefined ? host : { ...host, startedAtMs: launch };
}

/** @param inGroup its Auto Scaling group's word on it; undefined when it has none, or has left it. */
function hostOf(instance: Instance, member: string, scalingGroup: string, inGroup?: MemberInstance): Candidate {
  const { InstanceId: resource = '', State, Placement, LaunchTime, Operator } = instance;
  const lifecycle = inGroup?.LifecycleState ?? 'InService';
  const isRunning = State?.Name === 'running' && !/^Pending/.test(lifecycle);
  const left = leftAtMs(instance);
  return {
    kind: 'host',
    resource,
    member,
    clusterArn: '',
    ...(Placement?.AvailabilityZone === undefined ? {} : { zone: Placement.AvailabilityZone }),
    ...(scalingGroup === '' ? {} : { scalingGroup }),
    lastStatus: isRunning
      ? 'RUNNING'
      : State?.Name === 'terminated'
        ? 'STOPPED'
        : (State?.Name ?? 'unknown').toUpperCase(),
    desiredStatus:
      /^(shutting-down|terminated|stopping|stopped)$/.test(State?.Name ?? '') || /^(Terminat|Detach)/.test(lifecycle)
        ? 'STOPPED'
        : 'RUNNING',
    healthStatus: inGroup === undefined ? 'UNKNOWN' : inGroup.HealthStatus === 'Healthy' ? 'HEALTHY' : 'UNHEALTHY',
    launchType: Operator?.Managed === true ? 'MANAGED_INSTANCES' : 'EC2',
    tags: tagsOf(instance.Tags),
    isProtected: inGroup?.ProtectedFromScaleIn ?? false,
    isStandby: /Standby/.test(lifecycle),
    ...(LaunchTime === undefined ? {} : { createdAtMs: LaunchTime.getTime() }),
    // What no group says more of runs since its launch at the earliest.
    ...(isRunning || left !== undefined ? { startedAtMs: LaunchTime?.getTime() ?? 0 } : {}),
    ...(left === undefined ? {} : { stoppingAtMs: left, stoppedAtMs: left, stopCode: 'UserInitiated' }),
  };
}

const tagsOf = (tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = []): Tags =>
  Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
