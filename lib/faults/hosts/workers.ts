import { text } from './parameters.ts';

/** Meaning, words and default of the parameter that says whose limits hold a worker. */
export const CGROUP = [
  'target: the target’s limits and accounting hold for it; host: only the host’s, as for a noisy neighbour, and it still ends with the container',
  ['target', 'host'],
  'target',
] as const;

/** A folder of the target. */
export const PLACE = text(
  'folder whose file system is meant: auto for the container’s own root, on a host /var/tmp; engine for where a host’s Docker keeps its data; or an absolute path in the target, without symbolic links',
  'auto|engine|/[A-Za-z0-9_./-]{0,255}',
  'auto',
);

/** What faults with workers need besides what every host fault needs. */
export const STRESS_PREREQUISITES: readonly string[] = [
  'the host has setsid, nsenter, fallocate (util-linux), dd, stat (coreutils) and grep, as every Amazon Linux and Ubuntu has; nothing is installed, in the container neither',
  'the container has not SYS_PTRACE, by which it could reach the host through a worker, unless it is privileged',
];

/**
 * What a person runs when workers of a fault have not ended: ends whatever carries their mark.
 * @param facility the word in the fault's script.
 */
export const endWorkers =
  (facility: string) =>
  (where: string): string => {
    const target = where.startsWith('arn:') ? where.slice(where.lastIndexOf('/') + 1) : 'host';
    return (
      `end what still carries the mark of the fault: ` +
      `grep -lz '^CAPUCHIN_WORKER=${facility}/${target}/' /proc/[0-9]*/environ | cut -d/ -f3 | xargs -r kill -9`
    );
  };
