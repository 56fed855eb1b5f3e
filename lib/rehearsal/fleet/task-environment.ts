import { delimiter, dirname } from 'node:path';
import type { ServiceDefinition } from './fleet-file.ts';

/** Not handed on: what belongs to this process alone, and what could lead a rehearsed program to a real AWS account. */
const KEPT_BACK = /^(AWS_|NODE_CHANNEL_|NODE_UNIQUE_ID$|NODE_OPTIONS$|NODE_V8_COVERAGE$)/;

/**
 * The environment of one task: the rehearsal's own, without AWS's variables; then the fleet file's `environment`; then `PORT`,
 * `CAPUCHIN_TASK` and `CAPUCHIN_SERVICE`. The Node that runs the rehearsal comes first on the PATH.
 */
export function taskEnvironment(
  service: Pick<ServiceDefinition, 'name' | 'environment'>,
  task: { readonly id: string; readonly port: number },
  own: Readonly<Record<string, string | undefined>>,
  nodePath: string,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && !KEPT_BACK.test(name)) environment[name] = value;
  }
  const path = [dirname(nodePath), environment.PATH]
    .filter((part) => part !== undefined && part !== '')
    .join(delimiter);
  return {
    ...environment,
    PATH: path,
    ...service.environment,
    PORT: String(task.port),
    CAPUCHIN_TASK: task.id,
    CAPUCHIN_SERVICE: service.name,
  };
}
