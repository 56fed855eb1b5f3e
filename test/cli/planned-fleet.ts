import { resolveConfig } from '../../lib/calendar/read-config.ts';
import type { Config, ConfigInput } from '../../lib/core/config.ts';
import { formGroups, type OptedIn } from '../../lib/core/group.ts';
import type { TaggedService, Tags } from '../../lib/core/tagged.ts';
import { FAULT_NAMES } from '../../lib/faults/catalogue.ts';

/** A config as a deployed stack has it, its calendar worked out on a day of 2026. */
export function resolved(input: ConfigInput): Config {
  const config = resolveConfig(input, { folder: '.', today: '2026-11-23' });
  if (!config.ok) throw new Error(config.problem);
  return config.value;
}

/** The groups that services with these tags make. */
export function fleetOf(config: Config, tagsByName: Readonly<Record<string, Tags>>): OptedIn {
  const services = Object.entries(tagsByName).map(([name, tags]): TaggedService => {
    const [cluster = '', service = ''] = name.split('/');
    const arn = (kind: string, rest: string): string => `arn:aws:ecs:eu-west-1:111122223333:${kind}/${rest}`;
    return {
      serviceArn: arn('service', name),
      service,
      clusterArn: arn('cluster', cluster),
      cluster,
      tags: { 'chaos:opt-in': 'true', ...tags },
      clusterTags: {},
    };
  });
  return formGroups(services, config, FAULT_NAMES);
}
