import type { ToolAnswer, ToolCall, ToolHost } from './tool-host.ts';

/** Where ECS's agent tells of the tasks on its host (developer guide, "Amazon ECS container introspection"). */
const AGENT = 'http://127.0.0.1:51678';

/** curl's exit code for a connection that is refused. */
const REFUSED = 7;

/**
 * Answers one `curl` command line on a host: ECS's agent about a task, as `stop-container` asks it. Everything else is refused as a
 * port is on which nobody listens, so that no script reaches what really runs on this machine.
 */
export function curlCommand({ words }: ToolCall, { engine, instanceId }: ToolHost): ToolAnswer {
  const address = words.find((word) => word.startsWith('http')) ?? '';
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.origin !== AGENT || url.pathname !== '/v1/tasks') {
    const stderr = 'curl: (7) nothing but ECS’s agent listens on a host of a rehearsal\n';
    return { exitCode: REFUSED, stdout: '', stderr };
  }
  const container = engine.containers(instanceId).find((one) => one.taskArn === url.searchParams.get('taskarn'));
  // What the agent says of a task that it does not know is from memory.
  if (container === undefined) return { exitCode: 0, stdout: '{}', stderr: '' };
  const { id, name, taskArn, desiredStatus, status, labels } = container;
  const task = {
    Arn: taskArn,
    DesiredStatus: desiredStatus,
    KnownStatus: status === 'exited' ? 'STOPPED' : status === 'created' ? 'PENDING' : 'RUNNING',
    Family: labels['com.amazonaws.ecs.task-definition-family'],
    Version: labels['com.amazonaws.ecs.task-definition-version'],
    Containers: [{ DockerId: id, DockerName: name, Name: labels['com.amazonaws.ecs.container-name'] }],
  };
  return { exitCode: 0, stdout: JSON.stringify(task), stderr: '' };
}
