import { CONNECTION_FAULTS, inWords, readOrder } from './connection-orders.ts';
import type { ToolAnswer, ToolCall, ToolHost } from './tool-host.ts';

/** The ID by which scripts mean the host itself. */
const HOST = 'host';

/** Where there is another fault already, in the words of `acting.sh`. */
const ANOTHER_HAND = 9;

/**
 * Answers one `connections` command line: what `connections.sh` asks about the connections of the load balancers to one container,
 * or to the whole host. Whatever is no container of this host is `gone`, and nothing can begin on it.
 *
 * - `check FAULT ID`: `ok`, or a code and why not
 * - `plan FAULT ID`: what would be done
 * - `begin FAULT ID`: ends with 9 where another has begun
 * - `end ID`: of this experiment only
 * - `look ID`: whether this experiment's fault is on it: `yes`, `no`, or `gone`
 */
export function connectionsCommand({ words, parameters }: ToolCall, host: ToolHost): ToolAnswer {
  const [action = '', ...rest] = words;
  const { experiment = '' } = parameters;
  const place = placeOf(rest.at(-1) ?? '', host);
  if (experiment === '') return failed(2, 'connections: which experiment?');
  if (action === 'end' || action === 'look') {
    if (action === 'end' && place !== undefined) host.connections.end(place, experiment);
    if (action === 'end') return said('');
    if (place === undefined) return said('gone');
    return said(host.connections.ownerAt(place) === experiment ? 'yes' : 'no');
  }
  const fault = CONNECTION_FAULTS.find((name) => name === rest[0]);
  if (fault === undefined) return failed(2, `connections: unknown fault ${rest[0]}`);
  const order = readOrder(fault, parameters);
  if ('code' in order) return action === 'check' ? said(`${order.code} ${order.because}`) : failed(1, order.because);
  if (place === undefined) return failed(1, 'connections: no such container runs here');
  switch (action) {
    case 'check':
      return said('ok');
    case 'plan':
      return said(inWords(order));
    case 'begin':
      if (host.connections.begin(place, experiment, order)) return said('');
      return failed(ANOTHER_HAND, 'connections: another fault is on them');
    default:
      return failed(2, `connections: unknown action ${action}`);
  }
}

/** A task's id, or the host's ARN; undefined for what does not run here, and for a host that no cluster knows. */
function placeOf(id: string, { engine, instanceId, containerInstanceArn }: ToolHost): string | undefined {
  if (id === HOST) return containerInstanceArn;
  const container = engine.containers(instanceId).find((one) => one.id === id);
  return container === undefined || container.status === 'exited' ? undefined : container.taskId;
}

function said(line: string): ToolAnswer {
  return { exitCode: 0, stdout: line === '' ? '' : `${line}\n`, stderr: '' };
}

function failed(exitCode: number, why: string): ToolAnswer {
  return { exitCode, stdout: '', stderr: `${why}\n` };
}
