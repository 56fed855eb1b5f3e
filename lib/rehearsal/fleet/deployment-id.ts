import { createHash } from 'node:crypto';

/** ECS's id of a service deployment, `ecs-svc/` and 19 digits; here the same for the whole rehearsal. */
export function deploymentId(serviceArn: string): string {
  const number = createHash('sha256').update(serviceArn).digest().readBigUInt64BE() % 10n ** 19n;
  return `ecs-svc/${number.toString().padStart(19, '0')}`;
}
