import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import type { TaggedHosts } from '../core/tagged.ts';
import { CLIENT_OPTIONS } from './client-options.ts';

/** Reads Auto Scaling groups, which the tagging API does not list. */
export class AutoScaling {
  readonly #client = new AutoScalingClient(CLIENT_OPTIONS);

  /** The groups that carry a tag, whatever its value: one call for each hundred. */
  async taggedGroups(key: string): Promise<TaggedHosts[]> {
    const found: TaggedHosts[] = [];
    let NextToken: string | undefined;
    do {
      const answer = await this.#client.send(
        new DescribeAutoScalingGroupsCommand({
          Filters: [{ Name: 'tag-key', Values: [key] }],
          MaxRecords: 100,
          ...(NextToken ? { NextToken } : {}),
        }),
      );
      found.push(...(answer.AutoScalingGroups ?? []).map(hostsOf));
      NextToken = answer.NextToken;
    } while (NextToken);
    return found;
  }
}

function hostsOf({ AutoScalingGroupARN = '', AutoScalingGroupName = '', Tags = [] }: AutoScalingGroup): TaggedHosts {
  return {
    kind: 'auto-scaling-group',
    arn: AutoScalingGroupARN,
    name: AutoScalingGroupName,
    tags: Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
    groupTags: {},
  };
}
