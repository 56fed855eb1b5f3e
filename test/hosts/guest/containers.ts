import { randomBytes } from 'node:crypto';
import { type Guest, IMAGE } from './guest.ts';

const CLUSTER = 'arn:aws:ecs:eu-west-1:111122223333:cluster/shop';
const LABEL = 'com.amazonaws.ecs.';

/** A container as the tests handle it. */
export interface Container {
  /** Its name for the engine. */
  readonly name: string;
  readonly id: string;
  /** Of its first process, as the host counts. */
  readonly pid: number;
  /** Of its network namespace, v4. */
  readonly address: string;
  /** v6; empty where there is none. */
  readonly address6: string;
}

/** A task as ECS's agent would have started it. */
export interface Task {
  readonly arn: string;
  readonly family: string;
  /** In the order asked for, without the pause container of `awsvpc`. */
  readonly containers: readonly Container[];
  /** Holds the network namespace of an `awsvpc` task. */
  readonly pause: Container | null;
}

export interface TaskOptions {
  /** `bridge` unless it is told: a namespace for each container; `awsvpc`: one for the task, with an interface of its own. */
  readonly network?: 'bridge' | 'awsvpc' | 'host';
  /** Names of its containers in the task definition; `app` alone unless told. */
  readonly containers?: readonly string[];
  /** Instead of a server of pages at port 80. */
  readonly command?: readonly string[];
  /** For the engine's `HostConfig`: `Memory` in bytes, `NanoCpus`, `CapAdd`. */
  readonly limits?: Readonly<Record<string, unknown>>;
}

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Pid: number; readonly Status: string };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string; readonly GlobalIPv6Address: string }>>;
  };
}

let tasks = 0;

/** Starts a task whose containers have the labels that ECS's agent gives them. */
export async function startTask(guest: Guest, family: string, options: TaskOptions = {}): Promise<Task> {
  const { network = 'bridge', containers = ['app'] } = options;
  const arn = `arn:aws:ecs:eu-west-1:111122223333:task/shop/${randomBytes(16).toString('hex')}`;
  const number = ++tasks;
  const start = (name: string, mode: string, command = options.command): Promise<Container> =>
    startContainer(guest, `ecs-${family}-${number}-${name.replaceAll('~', '')}`, {
      ...options,
      command,
      networkMode: mode,
      labels: {
        [`${LABEL}cluster`]: CLUSTER,
        [`${LABEL}container-name`]: name,
        [`${LABEL}task-arn`]: arn,
        [`${LABEL}task-definition-family`]: family,
        [`${LABEL}task-definition-version`]: '1',
      },
    });
  const pause = network === 'awsvpc' ? await startPause(guest, start, number) : null;
  const mode = pause === null ? network : `container:${pause.id}`;
  const started = await Promise.all(containers.map((name) => start(name, mode)));
  const shared = pause ?? (network === 'host' ? { address: '10.99.0.2', address6: 'fd99::2' } : null);
  const placed = shared === null ? started : started.map((one) => ({ ...one, ...addressesOf(shared) }));
  return { arn, family, containers: placed, pause };
}

const addressesOf = ({ address, address6 }: Pick<Container, 'address' | 'address6'>) => ({ address, address6 });

/** The first container of a task, which every task has. */
export function only({ containers: [container] }: Task): Container {
  if (container === undefined) throw new Error('the task has no container');
  return container;
}

/**
 * The container that holds the network namespace of an `awsvpc` task. Like the interface that ECS moves in, its eth0 is none of the engine's
 * and goes to the outside without the engine's bridge.
 */
async function startPause(
  guest: Guest,
  start: (name: string, mode: string, command: readonly string[]) => Promise<Container>,
  number: number,
): Promise<Container> {
  const pause = await start('~internal~ecs~pause', 'none', ['sleep', '1000000']);
  const [address, address6] = [`10.98.${number}.2`, `fd98:0:0:${number}::2`];
  await guest.sh(
    `ip link add eni${number} type veth peer name eth0 netns "$1"
    ip -batch - <<END
address add 10.98.${number}.1/24 dev eni${number}
address add fd98:0:0:${number}::1/64 dev eni${number} nodad
link set eni${number} up
END
    echo 0 >/proc/"$1"/root/proc/sys/net/ipv6/conf/eth0/disable_ipv6 2>/dev/null
    nsenter -t "$1" -n sh -c 'sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0; ip -batch -' <<END
address add ${address}/24 dev eth0
address add ${address6}/64 dev eth0 nodad
link set eth0 up
route add default via 10.98.${number}.1
route add default via fd98:0:0:${number}::1
END`,
    { args: [String(pause.pid)] },
  );
  return { ...pause, address, address6 };
}

/** Starts a container of no task: somebody else's. */
export function startNeighbour(
  guest: Guest,
  name: string,
  options: Omit<TaskOptions, 'network'> = {},
): Promise<Container> {
  return startContainer(guest, name, { ...options, networkMode: 'bridge', labels: {} });
}

async function startContainer(
  guest: Guest,
  name: string,
  options: Pick<TaskOptions, 'limits'> & {
    readonly command?: readonly string[] | undefined;
    readonly networkMode: string;
    readonly labels: Readonly<Record<string, string>>;
  },
): Promise<Container> {
  const { Id: id } = await guest.engine<{ Id: string }>('POST', `/containers/create?name=${name}`, {
    Image: IMAGE,
    Cmd: options.command ?? ['httpd', '-f', '-p', '80', '-h', '/www'],
    Labels: options.labels,
    StopTimeout: 1,
    // Without the filter of system calls, which an emulated processor takes long to make.
    HostConfig: {
      NetworkMode: options.networkMode,
      Init: true,
      SecurityOpt: ['seccomp=unconfined'],
      ...options.limits,
    },
  });
  await guest.engine('POST', `/containers/${id}/start`);
  return await look(guest, id);
}

/** How a container is now; its process id and addresses change when it starts again. */
export async function look(guest: Guest, idOrName: string): Promise<Container> {
  const {
    Id: id,
    Name: name,
    State: state,
    NetworkSettings: settings,
  } = await guest.engine<Inspected>('GET', `/containers/${idOrName}/json`);
  const [network] = Object.values(settings.Networks);
  return {
    name: name.slice(1),
    id,
    pid: state.Pid,
    address: network?.IPAddress ?? '',
    address6: network?.GlobalIPv6Address ?? '',
  };
}

/** `running`, `paused`, `exited` … as the engine says, or `gone`. */
export async function stateOf(guest: Guest, { id }: Pick<Container, 'id'>): Promise<string> {
  const all = await guest.engine<readonly { Id: string; State: string }[]>('GET', '/containers/json?all=1');
  return all.find((one) => one.Id === id)?.State ?? 'gone';
}

/** Takes containers away with everything in them. */
export async function remove(guest: Guest, ...containers: readonly Pick<Container, 'id'>[]): Promise<void> {
  await Promise.all(containers.map(({ id }) => guest.engine('DELETE', `/containers/${id}?force=1&v=1`)));
}

/** Takes every container away. */
export async function removeAll(guest: Guest): Promise<void> {
  const all = await guest.engine<readonly { Id: string }[]>('GET', '/containers/json?all=1');
  await remove(guest, ...all.map(({ Id: id }) => ({ id })));
}

/**
 * Starts a container again, as its keeper would: once it has really ended. The engine's own restart does not wait for that on a slow host, and
 * then takes away the network and the mounts of what it has just started.
 */
export async function restart(guest: Guest, { id }: Pick<Container, 'id'>): Promise<Container> {
  await guest.engine('POST', `/containers/${id}/stop?t=0`);
  await guest.engine('POST', `/containers/${id}/wait?condition=not-running`);
  await guest.engine('POST', `/containers/${id}/start`);
  return await look(guest, id);
}
