import {
  EC2Client,
  paginateDescribeManagedPrefixLists,
  paginateGetManagedPrefixListEntries,
} from '@aws-sdk/client-ec2';
import type { PrefixLists } from '../faults/host-commands.ts';
import { CLIENT_OPTIONS } from './client-options.ts';

/** Ranges of addresses of AWS's own services, as EC2 keeps them for route tables and security groups. One instance a process. */
export class ManagedPrefixLists implements PrefixLists {
  readonly #client = new EC2Client(CLIENT_OPTIONS);

  /** Two calls or more: the lists by their names, then the entries of each. */
  async prefixesOf(lists: readonly string[]): Promise<readonly string[]> {
    const region = await this.#client.config.region();
    const names = lists.map((list) => `com.amazonaws.${region}.${list}`);
    const Filters = [
      // Anybody may give a list of their own such a name.
      { Name: 'owner-id', Values: ['AWS'] },
      { Name: 'prefix-list-name', Values: names },
    ];
    const ids: string[] = [];
    for await (const page of paginateDescribeManagedPrefixLists({ client: this.#client }, { Filters })) {
      for (const { PrefixListId } of page.PrefixLists ?? []) if (PrefixListId !== undefined) ids.push(PrefixListId);
    }
    const ranges = new Set<string>();
    for (const PrefixListId of ids) {
      for await (const page of paginateGetManagedPrefixListEntries({ client: this.#client }, { PrefixListId })) {
        for (const { Cidr } of page.Entries ?? []) if (Cidr !== undefined) ranges.add(Cidr);
      }
    }
    return [...ranges];
  }
}
