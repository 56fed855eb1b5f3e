import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { devNull } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FunctionFailure, HostMessage, InvokeMessage } from './function-messages.ts';
import type { ProvisionedFunction } from './provision.ts';

/** One line that a function, or the local cloud on its behalf, wrote. */
export interface LogLine {
  /** Physical name of the function. */
  readonly functionName: string;
  readonly stream: 'stdout' | 'stderr' | 'platform';
  readonly text: string;
}

export type InvocationOutcome =
  | { readonly kind: 'answer'; readonly payload: string }
  | { readonly kind: 'failure'; readonly failure: FunctionFailure };

/** An execution environment: one process that runs one function version, one invocation at a time. */
export interface FunctionEnvironment {
  /** Of the credentials that this process, and no other, has. */
  readonly accessKeyId: string;
  readonly processId: number | undefined;
  /** False from the moment at which the process has ended or is being ended. */
  readonly alive: boolean;
  /** Runs one invocation. The first one waits for the process to be ready; the time-out counts from then on. */
  invoke(event: { payload: string; requestId: string; invokedFunctionArn: string }): Promise<InvocationOutcome>;
  /** Waits until the bundle is imported. Fails never: an import that failed is the first invocation's answer. */
  ready(): Promise<void>;
  /** Kills the process and waits until it is gone. */
  close(): Promise<void>;
}

export interface EnvironmentOptions {
  readonly declared: ProvisionedFunction;
  readonly version: string;
  readonly region: string;
  readonly endpointUrl: string;
  readonly onLog: (line: LogLine) => void;
}

/** Lambda gives an import 10 s of a whole machine; a rehearsal shares its machine with a fleet. */
const importTimeoutMs = 60_000;

const hostFile = fileURLToPath(new URL('./function-host.ts', import.meta.url));

/** Starts a process for one version of a function. */
export function startEnvironment(options: EnvironmentOptions): FunctionEnvironment {
  return new ProcessEnvironment(options);
}

class ProcessEnvironment implements FunctionEnvironment {
  readonly accessKeyId = newAccessKeyId();
  readonly #options: EnvironmentOptions;
  readonly #process: ChildProcess;
  readonly #exited: Promise<string>;
  /** Settles with null when the bundle is imported, or with the reason why it cannot be. */
  readonly #imported: Promise<FunctionFailure | null>;
  #alive = true;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    this.#process = fork(hostFile, [], {
      cwd: options.declared.codeFolder,
      env: environmentVariables(options, this.accessKeyId),
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#exited = this.#awaitExit();
    for (const stream of ['stdout', 'stderr'] as const) {
      const input = this.#process[stream];
      if (input) createInterface({ input }).on('line', (text) => this.#log(stream, text));
    }
    this.#imported = this.#awaitImport();
  }

  get alive(): boolean {
    return this.#alive;
  }

  get processId(): number | undefined {
    return this.#process.pid;
  }

  async ready(): Promise<void> {
    await this.#imported;
  }

  async invoke(event: { payload: string; requestId: string; invokedFunctionArn: string }): Promise<InvocationOutcome> {
    const importFailure = await this.#imported;
    if (importFailure) return { kind: 'failure', failure: importFailure };
    const { timeoutSeconds } = this.#options.declared;
    const message: InvokeMessage = { ...event, deadlineMs: Date.now() + timeoutSeconds * 1000 };
    const answered = this.#next((said) => 'requestId' in said && said.requestId === event.requestId);
    const timeout = new Timeout(timeoutSeconds * 1000);
    try {
      this.#process.send(message, (error) => {
        // The process ended before it could be told; its end is the answer.
        if (error) this.#alive = false;
      });
      const first = await Promise.race([answered.said, this.#exited, timeout.expired]);
      if (typeof first === 'string') return failed('Runtime.ExitError', exitMessage(event.requestId, first));
      if (first === null) {
        await this.close();
        const message = `RequestId: ${event.requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
        return failed('Sandbox.Timedout', message);
      }
      if (first.kind === 'answer') return { kind: 'answer', payload: first.payload };
      return { kind: 'failure', failure: (first as { failure: FunctionFailure }).failure };
    } finally {
      answered.forget();
      timeout.clear();
    }
  }

  async close(): Promise<void> {
    this.#alive = false;
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  /** Settles with how the process ended, after the last message that it sent has arrived. */
  async #awaitExit(): Promise<string> {
    const how = await new Promise<string>((resolve) => {
      this.#process.once('error', (error) => resolve(error.message));
      this.#process.once('exit', (code, signal) => resolve(signal ? `signal: ${signal}` : `exit status ${code}`));
    });
    this.#alive = false;
    if (this.#process.connected) await new Promise<void>((resolve) => this.#process.once('disconnect', resolve));
    return how;
  }

  async #awaitImport(): Promise<FunctionFailure | null> {
    const begun = this.#next(({ kind }) => kind === 'ready' || kind === 'init-failed');
    const timeout = new Timeout(importTimeoutMs);
    try {
      const first = await Promise.race([begun.said, this.#exited, timeout.expired]);
      if (first !== null && typeof first === 'object' && first.kind === 'ready') return null;
      if (first === null) await this.close();
      this.#alive = false;
      if (typeof first === 'string') {
        return { errorType: 'Runtime.ExitError', errorMessage: exitMessage(randomUUID(), first) };
      }
      if (first?.kind === 'init-failed') return first.failure;
      const seconds = importTimeoutMs / 1000;
      return { errorType: 'Sandbox.Timedout', errorMessage: `The bundle was not imported within ${seconds} seconds` };
    } finally {
      begun.forget();
      timeout.clear();
    }
  }

  /** The next message of a kind, and a way to stop listening for it. */
  #next(wanted: (message: HostMessage) => boolean): { said: Promise<HostMessage>; forget: () => void } {
    const { promise, resolve } = Promise.withResolvers<HostMessage>();
    const listen = (message: unknown): void => {
      if (wanted(message as HostMessage)) resolve(message as HostMessage);
    };
    this.#process.on('message', listen);
    return { said: promise, forget: () => void this.#process.off('message', listen) };
  }

  #log(stream: LogLine['stream'], text: string): void {
    this.#options.onLog({ functionName: this.#options.declared.name, stream, text });
  }
}

/** A wait that can be given up: `expired` settles with null after so many milliseconds. */
class Timeout {
  readonly expired: Promise<null>;
  readonly #timer: NodeJS.Timeout;

  constructor(delayMs: number) {
    const { promise, resolve } = Promise.withResolvers<null>();
    this.expired = promise;
    this.#timer = setTimeout(() => resolve(null), delayMs);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

function failed(errorType: string, errorMessage: string): InvocationOutcome {
  return { kind: 'failure', failure: { errorType, errorMessage } };
}

/** Lambda's own sentence for a process that ended in the middle of an invocation. */
function exitMessage(requestId: string, how: string): string {
  return `RequestId: ${requestId} Error: Runtime exited with error: ${how}`;
}

/**
 * The variables that Lambda sets, and the template's. Nothing of this machine comes along but PATH: neither its variables
 * nor its AWS configuration files. The region is Lambda's to say, so a template cannot override these names.
 */
function environmentVariables(options: EnvironmentOptions, accessKeyId: string): NodeJS.ProcessEnv {
  const { declared, version, region, endpointUrl } = options;
  return {
    PATH: process.env.PATH,
    TZ: 'UTC',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    ...declared.environment,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: randomBytes(30).toString('base64'),
    AWS_SESSION_TOKEN: randomBytes(48).toString('base64'),
    AWS_EXECUTION_ENV: `AWS_Lambda_${declared.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: declared.name,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(declared.memoryMegabytes),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${declared.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[${version}]${accessKeyId.toLowerCase()}`,
    LAMBDA_TASK_ROOT: declared.codeFolder,
    _HANDLER: declared.handler,
  };
}

/** Temporary credentials' key ids start with ASIA and have 20 characters of base 32. */
function newAccessKeyId(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return `ASIA${Array.from({ length: 16 }, () => alphabet[randomInt(alphabet.length)]).join('')}`;
}
