import { createHash } from 'node:crypto';

/** The tag by which the undo knows what an experiment made. */
export const EXPERIMENT_TAG = 'capuchin:experiment';

/** Tags of what an experiment makes. */
export function marksOf(experiment: string): Readonly<Record<string, string>> {
  return { [EXPERIMENT_TAG]: experiment };
}

/** Whether the experiment made what carries these tags. */
export function isMadeBy(experiment: string, tags: Readonly<Record<string, string>> | undefined): boolean {
  return tags?.[EXPERIMENT_TAG] === experiment;
}

/** Name of an experiment's target group for one service, `capuchin-` and 20 digits: at most 32 letters, digits and hyphens (CreateTargetGroup in ELB's API reference). */
export function groupName(experiment: string, serviceArn: string): string {
  return `capuchin-${createHash('sha256').update(`${experiment} ${serviceArn}`).digest('hex').slice(0, 20)}`;
}
