import type { RehearsalFacts, RehearsedHosts, RehearsedService } from '../result.ts';

/** A service's name as the page says it: with its cluster only where another service has the same name. */
export function serviceName(facts: RehearsalFacts, service: RehearsedService): string {
  const namesakes = facts.services.filter(({ name }) => name === service.name);
  return namesakes.length > 1 ? `${service.cluster}/${service.name}` : service.name;
}

/** The id of a service's section. */
export const sectionId = (facts: RehearsalFacts, service: RehearsedService): string =>
  `service-${facts.services.indexOf(service) + 1}`;

/** The id of the section of a group of hosts. */
export const hostsId = (facts: RehearsalFacts, hosts: RehearsedHosts): string =>
  `hosts-${facts.hostGroups.indexOf(hosts) + 1}`;

/** A group's name as the page says it: that of its service or of its hosts where it has exactly one. */
export function groupName(facts: RehearsalFacts, group: string): string {
  const hosts = facts.hostGroups.find((candidate) => candidate.group === group);
  if (hosts !== undefined) return hosts.name;
  const [service, ...others] = facts.services.filter((candidate) => candidate.group === group);
  return service === undefined || others.length > 0 ? group : serviceName(facts, service);
}

/** A sentence with its full stop, whether it came with one or not. */
export const sentence = (text: string): string => (/[.!?…]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);

/** A name for a drawing, which cannot break lines: a long one loses its middle, for names mostly differ at their ends. */
export function shortName(name: string, longest = 24): string {
  const characters = Array.from(name);
  if (characters.length <= longest) return name;
  const kept = longest - 1;
  return [...characters.slice(0, Math.ceil(kept / 2)), '…', ...characters.slice(-Math.floor(kept / 2))].join('');
}
