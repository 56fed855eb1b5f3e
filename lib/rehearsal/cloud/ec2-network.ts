import * as z from 'zod';
import type { Network, NetworkInterfaceState, SecurityGroupState } from '../fleet/machines-model.ts';
import { describePage, find, type Kind, paging } from './ec2-lookup.ts';
import { toInterface, toSecurityGroup } from './ec2-shapes.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { createPager } from './protocols/pages.ts';
import { servedOperations } from './served-operations.ts';

const limits = servedOperations.EC2.operations;

/** Security groups for each network interface, by default (https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html). */
const MOST_GROUPS = 5;

const INTERFACES: Kind<NetworkInterfaceState> = {
  operation: 'DescribeNetworkInterfaces',
  page: limits.DescribeNetworkInterfaces.page,
  prefix: 'eni',
  fault: 'InvalidNetworkInterfaceID',
  idOf: ({ networkInterfaceId }) => networkInterfaceId,
  tagsOf: () => ({}),
  filters: {
    'network-interface-id': ({ networkInterfaceId }) => [networkInterfaceId],
    'attachment.instance-id': ({ instanceId }) => [instanceId],
    'group-id': ({ groups }) => groups,
    'vpc-id': ({ vpcId }) => [vpcId],
    'subnet-id': ({ subnetId }) => [subnetId],
  },
};

const GROUPS: Kind<SecurityGroupState> = {
  operation: 'DescribeSecurityGroups',
  page: limits.DescribeSecurityGroups.page,
  prefix: 'sg',
  fault: 'InvalidGroup',
  idOf: ({ groupId }) => groupId,
  tagsOf: ({ tags }) => tags,
  filters: {
    'group-id': ({ groupId }) => [groupId],
    'group-name': ({ name }) => [name],
    'vpc-id': ({ vpcId }) => [vpcId],
  },
};

/** EC2's network interfaces and security groups. */
export function networkOperations(network: Network): ServedService {
  const pager = createPager();
  return {
    DescribeNetworkInterfaces: serve({
      input: z.strictObject({ NetworkInterfaceId: z.array(z.string()).default([]), ...paging }),
      answer: ({ NetworkInterfaceId: ids, Filter: filters, ...asked }) => {
        const page = describePage(network.interfaces, { ids, filters, ...asked }, INTERFACES, pager);
        const networkInterfaceSet = page.found.map((one) => toInterface(one, network.groups));
        return { networkInterfaceSet, nextToken: page.nextToken };
      },
    }),
    ModifyNetworkInterfaceAttribute: serve({
      input: z.strictObject({ NetworkInterfaceId: z.string(), SecurityGroupId: z.array(z.string()).min(1) }),
      answer: ({ NetworkInterfaceId, SecurityGroupId: ids }) => {
        const state = find(network.interfaces, NetworkInterfaceId, INTERFACES);
        assertGroups(network, state, ids);
        network.setGroups(NetworkInterfaceId, ids);
        return { return: true };
      },
    }),
    DescribeSecurityGroups: serve({
      input: z.strictObject({ GroupId: z.array(z.string()).default([]), ...paging }),
      answer: ({ GroupId: ids, Filter: filters, ...asked }) => {
        const page = describePage(network.groups, { ids, filters, ...asked }, GROUPS, pager);
        return { securityGroupInfo: page.found.map(toSecurityGroup), nextToken: page.nextToken };
      },
    }),
  };
}

function assertGroups(network: Network, state: NetworkInterfaceState, ids: readonly string[]): void {
  const { networkInterfaceId, requesterManaged } = state;
  if (requesterManaged) {
    // From memory.
    throw new AwsError('OperationNotPermitted', `You are not allowed to manage '${networkInterfaceId}' attachments.`);
  }
  if (ids.length > MOST_GROUPS) {
    const message = `You have exceeded the maximum number of security groups allowed per network interface.`;
    throw new AwsError('SecurityGroupsPerInterfaceLimitExceeded', message);
  }
  for (const id of ids) {
    const group = find(network.groups, id, GROUPS);
    if (group.vpcId !== state.vpcId) {
      const message = `You have specified two resources that belong to different networks: ${id}, ${networkInterfaceId}`;
      throw new AwsError('InvalidParameterValue', message);
    }
  }
}
