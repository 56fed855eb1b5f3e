import {
  DescribeSecurityGroupsCommand,
  EC2Client,
  type Filter,
  ModifyNetworkInterfaceAttributeCommand,
  paginateDescribeNetworkInterfaces,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import type { Refusal } from '../faults/api/host-instances.ts';
import type { HostIsolator, InterfaceNow, SecurityGroupNow } from '../faults/isolate-host.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { lastNo, ONE_TRY, refusedBy } from './one-try.ts';

/** Network interfaces and the security groups that they are in. One instance a process. */
export class NetworkInterfaces implements Omit<HostIsolator, 'instance' | 'member'> {
  readonly #once = new EC2Client(ONE_TRY);
  readonly #client = new EC2Client(CLIENT_OPTIONS);

  async interfaces(instanceId: string): Promise<readonly InterfaceNow[]> {
    const Filters = [{ Name: 'attachment.instance-id', Values: [instanceId] }];
    const found: InterfaceNow[] = [];
    for await (const page of paginateDescribeNetworkInterfaces({ client: this.#client }, { Filters })) {
      for (const { NetworkInterfaceId = '', VpcId = '', Groups = [], ...one } of page.NetworkInterfaces ?? []) {
        const isManaged = one.RequesterManaged === true || one.Operator?.Managed === true;
        const groups = Groups.map(({ GroupId = '' }) => GroupId);
        found.push({ id: NetworkInterfaceId, vpcId: VpcId, groups, isManaged });
      }
    }
    return found;
  }

  securityGroups(ids: readonly string[]): Promise<readonly SecurityGroupNow[]> {
    // By a filter, because of ids one that is unknown is an error for all.
    return this.#groups([{ Name: 'group-id', Values: [...ids] }]);
  }

  securityGroupsTagged(vpcId: string, key: string, value: string): Promise<readonly SecurityGroupNow[]> {
    return this.#groups([
      { Name: 'vpc-id', Values: [vpcId] },
      { Name: `tag:${key}`, Values: [value] },
    ]);
  }

  async isolate(networkInterfaceId: string, groups: readonly string[]): Promise<Partial<Refusal>> {
    try {
      await this.#set(this.#once, networkInterfaceId, groups);
      return {};
    } catch (error) {
      return refusedBy(error);
    }
  }

  async restore(networkInterfaceId: string, groups: readonly string[]): Promise<Partial<Refusal>> {
    try {
      await this.#set(this.#client, networkInterfaceId, groups);
      return {};
    } catch (error) {
      return lastNo(error);
    }
  }

  async #set(client: EC2Client, NetworkInterfaceId: string, groups: readonly string[]): Promise<void> {
    await client.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, Groups: [...groups] }));
  }

  async #groups(Filters: Filter[]): Promise<SecurityGroupNow[]> {
    const found: SecurityGroup[] = [];
    let NextToken: string | undefined;
    do {
      const answer = await this.#client.send(
        new DescribeSecurityGroupsCommand({ Filters, ...(NextToken ? { NextToken } : {}) }),
      );
      found.push(...(answer.SecurityGroups ?? []));
      NextToken = answer.NextToken;
    } while (NextToken);
    return found.map(({ GroupId = '', VpcId = '', IpPermissions = [], IpPermissionsEgress = [] }) => ({
      id: GroupId,
      vpcId: VpcId,
      rules: IpPermissions.length + IpPermissionsEgress.length,
    }));
  }
}
