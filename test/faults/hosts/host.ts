import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { onTestFinished, vi } from 'vitest';
import { documentContent } from '../../../lib/faults/hosts/document.ts';
import { documentsOf } from '../../../lib/faults/hosts/documents.ts';
import type { HostFault } from '../../../lib/faults/hosts/host-fault.ts';
import { pauseContainer } from '../../../lib/faults/pause-container.ts';
import { hostScript } from '../../../lib/stack/documents.ts';

export const TASK = 'arn:aws:ecs:eu-west-1:111122223333:task/shop/0123456789abcdef0123456789abcdef';

/** An engine over files: a folder for each container, with its status, its name and its task. */
const ENGINE = `#!/bin/sh
cd "$FAKE_ENGINE" || exit 1
echo "$*" >>.calls
if [ -e .down ]; then echo 'Cannot connect to the Docker daemon.' >&2; exit 1; fi
command=$1; shift
for last; do :; done
need() { [ -d "$last" ] || { echo "Error: No such object: $last" >&2; exit 1; }; }
case $command in
  ps)
    for id in *; do
      [ "$last" = "label=com.amazonaws.ecs.task-arn=$(cat "$id/task" 2>/dev/null)" ] || continue
      case $(cat "$id/status") in running | paused) echo "$id" ;; esac
    done ;;
  inspect)
    need
    case $2 in
      '{{.State.Status}}') cat "$last/status" ;;
      '{{.Id}}') echo "$last" ;;
      '{{.State.Pid}}') cat "$last/pid" ;;
      '{{.State.StartedAt}}') cat "$last/started" ;;
      '{{index .Config.Labels "com.amazonaws.ecs.container-name"}}') cat "$last/name" ;;
      *) echo "template parsing error: $2" >&2; exit 64 ;;
    esac ;;
  pause)
    need
    if [ -e .slow ]; then sleep "$(cat .slow)"; fi
    if [ -e .refuses ]; then echo 'Error response from daemon: cannot freeze' >&2; exit 1; fi
    if [ "$(cat "$last/status")" = paused ]; then
      echo "Error response from daemon: Container $last is already paused" >&2; exit 1
    fi
    echo paused >"$last/status"
    if [ -e .loses-answer ]; then exit 1; fi ;;
  unpause)
    need
    if [ -e .stuck ]; then exit 0; fi
    if [ "$(cat "$last/status")" != paused ]; then echo "Container $last is not paused" >&2; exit 1; fi
    echo running >"$last/status" ;;
  stop | start | restart)
    need
    if [ -e .stuck ]; then exit 0; fi
    if [ "$command" = stop ]; then echo exited >"$last/status"; exit 0; fi
    echo running >"$last/status"
    date +%s%N >"$last/started" ;;
  events)
    id=$(echo "$*" | sed 's/.*container=\\([^ ]*\\).*/\\1/')
    if [ -e "$id/kills" ]; then cat "$id/kills"; fi ;;
  *) exit 64 ;;
esac
`;

/** What one run of a document came to. */
export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** Marks of the engine that make it misbehave; the value is the file's content. */
type Mood = 'down' | 'slow' | 'refuses' | 'loses-answer' | 'stuck';

/** A container host of one test: an engine over files, a state folder, and the deployed documents to run on it. */
export class TestHost {
  readonly folder: string;
  readonly state: string;
  readonly #engine: string;
  readonly #fault: HostFault;

  private constructor(folder: string, fault: HostFault) {
    this.folder = folder;
    this.#fault = fault;
    this.state = path.join(folder, 'state');
    this.#engine = path.join(folder, 'engine');
  }

  /** Removed when the test ends, which ends its sleepers too. @param fault whose documents it runs. */
  static async start(fault: HostFault = pauseContainer): Promise<TestHost> {
    const host = new TestHost(await mkdtemp(path.join(tmpdir(), 'capuchin-host-')), fault);
    onTestFinished(() => rm(host.folder, { recursive: true, force: true, maxRetries: 5 }));
    mkdirSync(path.join(host.folder, 'bin'));
    mkdirSync(host.#engine);
    writeFileSync(path.join(host.folder, 'bin', 'docker'), ENGINE, { mode: 0o755 });
    return host;
  }

  /** The same host, as another fault's documents find it. */
  under(fault: HostFault): TestHost {
    const host = new TestHost(this.folder, fault);
    host.#path = this.#path;
    host.#timer = this.#timer;
    return host;
  }

  add(id: string, { name = id, status = 'running', task = TASK } = {}): void {
    const container = path.join(this.#engine, id);
    mkdirSync(container);
    writeFileSync(path.join(container, 'name'), `${name}\n`);
    writeFileSync(path.join(container, 'task'), `${task}\n`);
    writeFileSync(path.join(container, 'started'), 'at first\n');
    this.set(id, status);
  }
  set(id: string, status: string): void {
    writeFileSync(path.join(this.#engine, id, 'status'), `${status}\n`);
  }
  /** Makes a process of this machine the first one of a container. */
  setProcess(id: string, pid: number): void {
    writeFileSync(path.join(this.#engine, id, 'pid'), `${pid}\n`);
  }
  /** Makes the engine tell of signals to a container since it came back; none unless told. */
  setKills(id: string, ...kills: readonly string[]): void {
    writeFileSync(path.join(this.#engine, id, 'kills'), kills.map((kill) => `${kill}\n`).join(''));
  }
  remove(id: string): void {
    rmSync(path.join(this.#engine, id), { recursive: true });
  }
  statusOf(id: string): string {
    return readFileSync(path.join(this.#engine, id, 'status'), 'utf8').trim();
  }
  mood(mood: Mood, content = ''): void {
    writeFileSync(path.join(this.#engine, `.${mood}`), content);
  }
  calm(mood: Mood): void {
    rmSync(path.join(this.#engine, `.${mood}`));
  }
  /** Calls of the engine that begin with a word. */
  calls(word: string): string[] {
    const file = path.join(this.#engine, '.calls');
    const all = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
    return all.filter((call) => call.startsWith(`${word} `));
  }

  /** Puts a program on the path, before the machine's own of that name. */
  addTool(name: string, script: string): void {
    const file = path.join(this.folder, 'bin', name);
    // It may be a link to the machine's own.
    rmSync(file, { force: true });
    writeFileSync(file, script, { mode: 0o755 });
  }

  /** Folder of an experiment and a target, the task unless told. */
  stateOf(experiment: string, target = TASK): string {
    return path.join(this.state, `e-${experiment}`, target.slice(target.lastIndexOf('/') + 1));
  }

  /** Leaves only some tools on the path. */
  onlyTools(...tools: readonly string[]): void {
    for (const tool of tools) {
      const found = ['/bin', '/usr/bin'].map((folder) => path.join(folder, tool)).find((file) => existsSync(file));
      if (found !== undefined) symlinkSync(found, path.join(this.folder, 'bin', tool));
    }
    this.#path = path.join(this.folder, 'bin');
  }
  #path: string | undefined;

  /**
   * Gives the host a systemd, as far as timers go: units run in sessions of their own and stop by name. Its calls are in `systemd.calls`.
   * @param knowsCollect false for the one of Amazon Linux 2.
   */
  addSystemd({ knowsCollect }: { readonly knowsCollect: boolean }): void {
    this.#timer = { CAPUCHIN_TIMER: 'systemd' };
    const old = knowsCollect ? '' : `case " $* " in *' --collect '*) exit 1 ;; esac`;
    writeFileSync(
      path.join(this.folder, 'bin', 'systemd-run'),
      `#!/bin/sh
cd "${this.folder}" || exit 1
echo "systemd-run $*" >>systemd.calls
${old}
while :; do
  case $1 in
    --unit=*) unit=\${1#*=} ;;
    --on-active=*ms) ms=\${1#*=}; ms=\${ms%ms} ;;
    --*) ;;
    *) break ;;
  esac
  shift
done
setsid /bin/sh -c 's=$1; shift; sleep "$s"; exec env -i FAKE_ENGINE="$FAKE_ENGINE" "$@"' \\
  timer "$((ms / 1000)).$(printf %03d $((ms % 1000)))" "$@" </dev/null >/dev/null 2>&1 &
echo $! >"$unit.timer"
`,
      { mode: 0o755 },
    );
    writeFileSync(
      path.join(this.folder, 'bin', 'systemctl'),
      `#!/bin/sh\ncd "${this.folder}" && echo "systemctl $*" >>systemd.calls && kill -- "-$(cat "$2")"\n`,
      { mode: 0o755 },
    );
  }
  #timer: Readonly<Record<string, string>> = {};
  systemdCalls(): string[] {
    return readFileSync(path.join(this.folder, 'systemd.calls'), 'utf8').trimEnd().split('\n');
  }

  /** Runs a document as the SSM agent does: its lines as a file for sh, its parameters in the environment. */
  run(action: string, parameters: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return ended(this.spawn(action, parameters));
  }

  /** Runs a document as an agent does that knows nothing of environment variables. */
  runByOldAgent(): Promise<Ran> {
    return ended(this.#start(documentLines(this.#fault, 0), {}));
  }

  /** The same without waiting. It leads a process group of its own, so that all of it can be killed. */
  spawn(action: string, parameters: Readonly<Record<string, string>> = {}) {
    const nowS = Math.floor(Date.now() / 1000);
    const acts = action === 'apply' || action === 'plan';
    const given = {
      action,
      experiment: 'trial-1',
      target: TASK,
      ...(acts ? { container: '*', install: 'no', notAfter: String(nowS + 60), until: String(nowS + 600) } : {}),
      ...parameters,
    };
    const environment = Object.fromEntries(Object.entries(given).map(([name, value]) => [`SSM_${name}`, value]));
    return this.#start(documentLines(this.#fault, acts ? 0 : 1), environment);
  }

  #start(lines: string, environment: Readonly<Record<string, string>>) {
    const file = path.join(this.folder, `command-${commands++}.sh`);
    writeFileSync(file, lines);
    return spawn('/bin/sh', [file], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: this.#path ?? `${path.join(this.folder, 'bin')}:/usr/bin:/bin`,
        FAKE_ENGINE: this.#engine,
        CAPUCHIN_STATE: this.state,
        CAPUCHIN_ENGINE_SECONDS: '3',
        ...this.#timer,
        ...environment,
      },
    });
  }
}
let commands = 0;

async function ended(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Ran> {
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  const [exitCode] = (await once(child, 'close')) as [number | null];
  const stdout = out();
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  const answer = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {};
  return { exitCode, stdout, stderr: err(), answer };
}

/** The lines that a deployed document of a fault runs: 0 the acting one, 1 the undoing one. */
function documentLines({ script }: HostFault, which: 0 | 1): string {
  return documentContent(
    documentsOf(script)[which],
    hostScript(documentsOf(script)[which]),
  ).mainSteps[0].inputs.runCommand.join('\n');
}

/** Kills a script with everything in its process group, unless it has ended already. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits for a condition, for as long as a loaded machine may need. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 20_000, interval: 50 });
}

/** Command lines of the processes that run from a host's state folder. */
export function processesOf(host: TestHost): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(host.state));
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.on('data', (part: Buffer) => {
    text += part.toString();
  });
  return () => text;
}
