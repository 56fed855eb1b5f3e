import type { HostsRead } from '../../../lib/aws/hosts.ts';
import type { HostsName } from '../../../lib/core/experiment.ts';
import type { Tags } from '../../../lib/core/tagged.ts';
import type { Candidate } from '../../../lib/core/target.ts';

const ARN = 'arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:0a1b:autoScalingGroupName';

/** A host with its moments; it runs from `startedAtMs` until `stoppedAtMs`. */
export interface FakeHost extends Partial<Candidate> {
  readonly resource: string;
  readonly startedAtMs: number;
}

/** An Auto Scaling group, which launches a host for each that is lost. */
export class FakeHostGroup {
  readonly name: string;
  readonly tags: Tags;
  readonly desired: number;
  readonly hosts: FakeHost[] = [];
  /** How long a replacement takes to be in service. */
  replacedAfterMs: number = 10_000;
  readonly #now: () => number;

  constructor(name: string, desired: number, tags: Tags, now: () => number) {
    this.name = name;
    this.desired = desired;
    this.tags = tags;
    this.#now = now;
    for (let index = 0; index < desired; index++) this.launch(now() - 86_400_000);
  }

  launch(startedAtMs: number): void {
    this.hosts.push({ resource: `i-${String(this.hosts.length).padStart(17, '0')}`, startedAtMs });
  }

  terminate(resource: string): void {
    const index = this.hosts.findIndex((one) => one.resource === resource);
    const host = this.hosts[index];
    if (host === undefined) throw new Error(`no host ${resource}`);
    const nowMs = this.#now();
    this.hosts[index] = { ...host, stoppingAtMs: nowMs, stoppedAtMs: nowMs, stopCode: 'UserInitiated' };
    this.launch(nowMs + this.replacedAfterMs);
  }

  get running(): FakeHost[] {
    return this.hosts.filter(({ startedAtMs, stoppedAtMs }) => startedAtMs <= this.#now() && stoppedAtMs === undefined);
  }

  candidates(): Candidate[] {
    const nowMs = this.#now();
    return this.hosts
      .filter(({ startedAtMs }) => startedAtMs <= nowMs)
      .map((host) => ({
        kind: 'host',
        member: this.name,
        clusterArn: '',
        scalingGroup: this.name,
        zone: 'eu-west-1a',
        lastStatus: host.stoppedAtMs === undefined ? 'RUNNING' : 'STOPPED',
        desiredStatus: host.stoppedAtMs === undefined ? 'RUNNING' : 'STOPPED',
        healthStatus: 'HEALTHY',
        launchType: 'EC2',
        tags: this.tags,
        isProtected: false,
        createdAtMs: host.startedAtMs,
        ...host,
      }));
  }
}

/** Auto Scaling and EC2 as an experiment reads them. */
export class FakeHostGroups {
  readonly groups: FakeHostGroup[] = [];
  readonly asked: { readonly names: readonly HostsName[]; readonly asWell: readonly string[] }[] = [];

  async read(names: readonly HostsName[], asWell: readonly string[] = []): Promise<HostsRead> {
    await Promise.resolve();
    this.asked.push({ names, asWell });
    const found = this.groups.filter((group) => names.some(({ name }) => name === group.name));
    return {
      members: found.map(({ name, tags, desired, running }) => ({
        tagged: { kind: 'auto-scaling-group', arn: `${ARN}/${name}`, name, tags, groupTags: {} },
        live: {
          service: name,
          unit: 'hosts',
          running: running.length,
          desired,
          deploying: false,
          schedulingStrategy: 'REPLICA',
          targetGroups: [],
        },
      })),
      hosts: found
        .flatMap((group) => group.candidates())
        .filter(({ resource, lastStatus }) => lastStatus === 'RUNNING' || asWell.includes(resource)),
    };
  }
}
