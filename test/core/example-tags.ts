import { expect } from 'vitest';
import type { ConfigInput } from '../../lib/core/config.ts';
import { formGroups, type OptedIn } from '../../lib/core/group.ts';
import type { GroupSettings } from '../../lib/core/settings.ts';
import type { Tagged, Tags } from '../../lib/core/tagged.ts';
import { aConfig, aService, FAULTS } from './examples.ts';

export const IN: Tags = { 'chaos:opt-in': 'true' };

export const form = (resources: readonly Tagged[], config: ConfigInput = {}): OptedIn =>
  formGroups(resources, aConfig(config), FAULTS);

/** What a single service with these tags comes to. */
export const only = (tags: Tags, clusterTags: Tags = {}, config: ConfigInput = {}): OptedIn =>
  form([aService('shop/checkout', { ...IN, ...tags }, clusterTags)], config);

/** The settings of a single service whose tags are all in order. */
export function settingsOf(...from: Parameters<typeof only>): GroupSettings | undefined {
  const { groups, problems } = only(...from);
  expect(problems).toEqual([]);
  return groups[0]?.settings;
}
