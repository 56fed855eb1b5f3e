import { constants } from 'node:os';
import type { Container } from './container-engine.ts';
import { inspection, renderFormat } from './docker-format.ts';
import type { ToolAnswer, ToolHost } from './tool-host.ts';

/** A host's engine, as its command line sees it. */
export type DockerHost = Pick<ToolHost, 'engine' | 'instanceId'>;

/** Exit code of the docker client for a command line that it does not understand. */
const USAGE = 125;

/**
 * Answers one `docker` command line: `info`, `ps`, `inspect`, `pause`, `unpause`, `kill`, `stop`, `start`, `restart`, with the options that host scripts use,
 * and with docker's own messages and exit codes. Anything else ends with 125 and a sentence, rather than with a guess.
 */
export async function dockerCommand(words: readonly string[], host: DockerHost): Promise<ToolAnswer> {
  const [command = '', ...rest] = words;
  switch (command) {
    case 'info':
      return info(rest);
    case 'ps':
      return ps(rest, host);
    case 'inspect':
      return inspect(rest, host);
    case 'pause':
      return each(rest, host, (container) => freeze(container, true, host));
    case 'unpause':
      return each(rest, host, (container) => freeze(container, false, host));
    case 'kill':
      return kill(rest, host);
    case 'stop':
    case 'restart':
      return end(command, rest, host);
    case 'start':
      return each(rest, host, (container) => start(container, host));
    default:
      return failed(1, `docker: unknown command: docker ${command}\n\nRun 'docker --help' for more information`);
  }
}

function info(words: readonly string[]): ToolAnswer {
  const { options, names, unknown } = read(words, { values: ['-f', '--format'] });
  if (unknown !== null || names.length > 0) return notUnderstood('info', unknown ?? names[0] ?? '');
  const format = options.get('--format')?.[0] ?? options.get('-f')?.[0];
  const facts = { ServerVersion: 'rehearsal', Name: 'rehearsal', OSType: process.platform };
  if (format === undefined) return printed([`Server:`, ` Server Version: ${facts.ServerVersion}`]);
  const rendered = renderFormat(format, facts);
  return rendered.ok ? printed([rendered.text]) : failed(1, rendered.message);
}

function ps(words: readonly string[], { engine, instanceId }: DockerHost): ToolAnswer {
  const flags = ['-a', '--all', '-q', '--quiet', '--no-trunc', '-aq', '-qa'];
  const { options, names, unknown } = read(words, { flags, values: ['-f', '--filter'] });
  if (unknown !== null || names.length > 0) return notUnderstood('ps', unknown ?? names[0] ?? '');
  const has = (...some: readonly string[]): boolean => some.some((flag) => options.has(flag));
  if (!has('-q', '--quiet', '-aq', '-qa')) return notUnderstood('ps', 'a table; ask with -q');
  const filters = [...(options.get('-f') ?? []), ...(options.get('--filter') ?? [])].map(readFilter);
  const bad = filters.find((filter) => filter === null);
  if (bad !== undefined) return notUnderstood('ps', 'a filter other than label=… and status=…');
  const isAll = has('-a', '--all', '-aq', '-qa') || filters.some((filter) => filter?.key === 'status');
  const shown = engine
    .containers(instanceId)
    .filter(({ status }) => isAll || status === 'running' || status === 'paused')
    .filter((container) => passes(container, filters));
  return printed(shown.map(({ id }) => (has('--no-trunc') ? id : id.slice(0, 12))));
}

interface Filter {
  readonly key: 'label' | 'status';
  readonly name: string;
  /** Null where any value of the label will do. */
  readonly value: string | null;
}

function readFilter(text: string): Filter | null {
  const [key, ...rest] = text.split('=');
  const name = rest[0] ?? '';
  if (key === 'status') return { key, name, value: null };
  return key === 'label' ? { key, name, value: rest.length > 1 ? rest.slice(1).join('=') : null } : null;
}

/** Every label must fit, and one of the states, as docker does it. */
function passes({ labels, status }: Container, filters: readonly (Filter | null)[]): boolean {
  const known = filters.filter((filter) => filter !== null);
  const states = known.filter(({ key }) => key === 'status').map(({ name }) => name);
  const isLabelled = known
    .filter(({ key }) => key === 'label')
    .every(({ name, value }) => Object.hasOwn(labels, name) && (value === null || labels[name] === value));
  return isLabelled && (states.length === 0 || states.includes(status));
}

function inspect(words: readonly string[], host: DockerHost): ToolAnswer {
  const { options, names, unknown } = read(words, { values: ['-f', '--format', '--type'] });
  if (unknown !== null) return notUnderstood('inspect', unknown);
  if (names.length === 0) return tooFew('inspect');
  const format = options.get('--format')?.[0] ?? options.get('-f')?.[0];
  const found = names.map((name) => ({ name, container: find(name, host) }));
  const missing = found.filter(({ container }) => container === null);
  const shown = found.flatMap(({ container }) => (container === null ? [] : [inspection(container)]));
  const errors = missing.map(({ name }) => `Error: No such object: ${name}`);
  if (format === undefined) return { ...failures(errors), stdout: `${JSON.stringify(shown, null, 4)}\n` };
  const lines: string[] = [];
  for (const one of shown) {
    const rendered = renderFormat(format, one);
    if (!rendered.ok) return failed(1, rendered.message);
    lines.push(rendered.text);
  }
  // Docker ends its output with a line break, even when it has found nothing.
  return { ...failures(errors), stdout: `${lines.join('\n')}\n` };
}

async function freeze(container: Container, frozen: boolean, { engine }: DockerHost): Promise<string | null> {
  const { id, status } = container;
  if (status === 'created' || status === 'exited') return `Container ${id} is not running`;
  if (frozen && status === 'paused') return `Container ${id} is already paused`;
  if (!frozen && status !== 'paused') return `Container ${id} is not paused`;
  if (await engine.freeze(container, frozen)) return null;
  return `Cannot ${frozen ? 'pause' : 'unpause'} container ${id}: its processes could not be reached`;
}

function kill(words: readonly string[], host: DockerHost): Promise<ToolAnswer> | ToolAnswer {
  const { options, names, unknown } = read(words, { values: ['-s', '--signal'] });
  if (unknown !== null) return notUnderstood('kill', unknown);
  const asked = options.get('--signal')?.[0] ?? options.get('-s')?.[0] ?? 'KILL';
  const signal = signalNamed(asked);
  if (signal === null) return failed(1, `Error response from daemon: Invalid signal: ${asked}`);
  return each(names, host, async (container) => {
    const { id, status } = container;
    if (status === 'created' || status === 'exited')
      return `cannot kill container: ${id}: container ${id} is not running`;
    host.engine.kill(container, signal);
    return null;
  });
}

/** `stop` and `restart`: what does not run has been stopped. */
function end(
  command: 'stop' | 'restart',
  words: readonly string[],
  host: DockerHost,
): Promise<ToolAnswer> | ToolAnswer {
  const { options, names, unknown } = read(words, { values: ['-t', '--time', '--timeout'] });
  if (unknown !== null) return notUnderstood(command, unknown);
  const asked = ['-t', '--time', '--timeout'].flatMap((name) => options.get(name) ?? [])[0] ?? '10';
  if (!/^\d{1,4}$/.test(asked)) return notUnderstood(command, `a time of ${asked}`);
  return each(names, host, async (container) => {
    const runs = container.status === 'running' || container.status === 'paused';
    if (runs && !(await host.engine.stop(container, Number(asked) * 1000)))
      return `cannot stop container: ${container.id}: tried to kill container, but did not receive an exit event`;
    return command === 'stop' ? null : await start(find(container.id, host) ?? container, host);
  });
}

/** One that runs is left alone, as docker does it. */
async function start(container: Container, { engine }: DockerHost): Promise<string | null> {
  if (container.status === 'exited') engine.start(container);
  return null;
}

function signalNamed(asked: string): NodeJS.Signals | null {
  const name = `SIG${asked.toUpperCase().replace(/^SIG/, '')}`;
  const known = Object.entries(constants.signals).find(([each, number]) => each === name || String(number) === asked);
  return (known?.[0] as NodeJS.Signals | undefined) ?? null;
}

/** Does one thing to every container that is named; what fails for one does not keep it from the others. */
async function each(
  names: readonly string[],
  host: DockerHost,
  act: (container: Container) => Promise<string | null>,
): Promise<ToolAnswer> {
  if (names.length === 0 || names.some((name) => name.startsWith('-'))) return tooFew('this command');
  const done: string[] = [];
  const errors: string[] = [];
  for (const name of names) {
    const container = find(name, host);
    const why = container === null ? `No such container: ${name}` : await act(container);
    if (why === null) done.push(name);
    else errors.push(`Error response from daemon: ${why}`);
  }
  return { ...failures(errors), stdout: done.map((name) => `${name}\n`).join('') };
}

/** By id, by the beginning of an id that only one has, or by name. */
function find(name: string, { engine, instanceId }: DockerHost): Container | null {
  const containers = engine.containers(instanceId);
  const exact = containers.find((container) => container.id === name || container.name === name.replace(/^\//, ''));
  if (exact !== undefined) return exact;
  const alike = name === '' ? [] : containers.filter(({ id }) => id.startsWith(name));
  return alike.length === 1 ? (alike[0] ?? null) : null;
}

interface Read {
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly names: readonly string[];
  readonly unknown: string | null;
}

/** Options before and between names, with values after a space or `=`. */
function read(words: readonly string[], known: { flags?: readonly string[]; values?: readonly string[] }): Read {
  const options = new Map<string, string[]>();
  const names: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const [option = '', ...rest] = word.startsWith('--') ? word.split('=') : [word];
    if (!word.startsWith('-')) names.push(word);
    else if (known.flags?.includes(word)) options.set(word, []);
    else if (known.values?.includes(option)) {
      index += rest.length > 0 ? 0 : 1;
      const value = rest.length > 0 ? rest.join('=') : words[index];
      if (value === undefined) return { options, names, unknown: word };
      options.set(option, [...(options.get(option) ?? []), value]);
    } else return { options, names, unknown: word };
  }
  return { options, names, unknown: null };
}

function printed(lines: readonly string[]): ToolAnswer {
  return { exitCode: 0, stdout: lines.map((line) => `${line}\n`).join(''), stderr: '' };
}

function failed(exitCode: number, message: string): ToolAnswer {
  return { exitCode, stdout: '', stderr: `${message}\n` };
}

function failures(errors: readonly string[]): ToolAnswer {
  return { exitCode: errors.length === 0 ? 0 : 1, stdout: '', stderr: errors.map((line) => `${line}\n`).join('') };
}

function tooFew(command: string): ToolAnswer {
  return failed(1, `docker: '${command}' requires at least 1 argument, and no option before it`);
}

function notUnderstood(command: string, word: string): ToolAnswer {
  const where = 'lib/rehearsal/fleet/docker-commands.ts';
  return failed(USAGE, `docker ${command}: the rehearsal's docker does not know ${word}; teach it in ${where}`);
}
