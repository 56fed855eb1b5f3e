import { randomUUID } from 'node:crypto';
import {
  type FunctionEnvironment,
  type InvocationOutcome,
  type LogLine,
  startEnvironment,
} from './function-environment.ts';
import { AwsError } from './operation.ts';
import type { ProvisionedFunction } from './provision.ts';

/** A function as a caller named it. */
export interface InvocationTarget {
  readonly declared: ProvisionedFunction;
  /** The version, alias or `$LATEST` that the caller asked for; null for none. */
  readonly qualifier: string | null;
  /** What the qualifier stands for. */
  readonly version: string;
  /** As the caller named it: with the qualifier, if there was one. */
  readonly invokedArn: string;
}

/** What a function process is busy with: one durable execution. */
export interface WorkingOn {
  readonly name: string;
  readonly arn: string;
}

export interface InvocationOrder {
  /** The event, as JSON. */
  readonly payload: string;
  readonly requestId?: string;
  /** The durable execution that this invocation belongs to. */
  readonly workingOn?: WorkingOn;
  /** At the function's limit of processes: wait for a free one, or be refused with TooManyRequestsException. */
  readonly whenBusy: 'wait' | 'refuse';
}

/** Most processes of one function at once; Lambda has 1000 for an account, this is one machine. */
const mostProcesses = 10;

export interface FunctionsOptions {
  readonly declared: readonly ProvisionedFunction[];
  readonly region: string;
  /** Asked when the first process starts: the server that it leads to starts later than this does. */
  readonly endpointUrl: () => string;
  readonly onLog: (line: LogLine) => void;
}

/** The functions of a stack and their processes: started when needed, kept warm, and ended by `close`. */
export class Functions {
  readonly #byName: ReadonlyMap<string, FunctionProcesses>;
  readonly #workingOn = new Map<string, WorkingOn>();

  constructor(options: FunctionsOptions) {
    this.#byName = new Map(
      options.declared.map((declared) => [declared.name, new FunctionProcesses(declared, options)]),
    );
  }

  /**
   * Finds a function by name, partial ARN or ARN, with or without a qualifier in it.
   *
   * @throws AwsError ResourceNotFoundException, as Lambda words it.
   */
  find(nameOrArn: string, qualifierParameter?: string): InvocationTarget {
    const inArn = /^(?:arn:aws:lambda:[^:]*:)?(?:\d{12}:)?function:(.+)$/.exec(nameOrArn)?.[1];
    const [name = '', inName] = (inArn ?? nameOrArn).split(':');
    if (inName !== undefined && qualifierParameter !== undefined && inName !== qualifierParameter) {
      throw new AwsError(
        'InvalidParameterValueException',
        'The derived qualifier from the function name does not match the specified qualifier.',
      );
    }
    const qualifier = inName ?? qualifierParameter ?? null;
    const declared = this.#byName.get(name)?.declared;
    const version = declared ? versionOf(declared, qualifier) : undefined;
    if (declared && version) {
      return { declared, qualifier, version, invokedArn: qualifier ? `${declared.arn}:${qualifier}` : declared.arn };
    }
    const arn = declared?.arn ?? `function:${name}`;
    throw new AwsError(
      'ResourceNotFoundException',
      `Function not found: ${qualifier ? `${arn}:${qualifier}` : arn}`,
      404,
      { Type: 'User' },
    );
  }

  /** Runs one invocation in a free process, or in a new one. */
  async invoke(target: InvocationTarget, order: InvocationOrder): Promise<InvocationOutcome> {
    const processes = this.#byName.get(target.declared.name);
    if (!processes) throw new Error(`${target.declared.name} is not a function of this stack`);
    const environment = await processes.acquire(target.version, order.whenBusy);
    if (order.workingOn) this.#workingOn.set(environment.accessKeyId, order.workingOn);
    try {
      return await environment.invoke({
        payload: order.payload,
        requestId: order.requestId ?? randomUUID(),
        invokedFunctionArn: target.invokedArn,
      });
    } finally {
      this.#workingOn.delete(environment.accessKeyId);
      processes.release(environment);
    }
  }

  /** The durable execution that the process with these credentials is working on now. */
  activeExecution(accessKeyId: string): WorkingOn | undefined {
    return this.#workingOn.get(accessKeyId);
  }

  /** Ids of the processes that are running now. */
  processIds(): number[] {
    return [...this.#byName.values()].flatMap((processes) => processes.processIds());
  }

  /** Starts one process for every function, so that the first invocation does not wait for an import. */
  async warm(): Promise<void> {
    await Promise.all([...this.#byName.values()].map((processes) => processes.warm()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byName.values()].map((processes) => processes.close()));
  }
}

function versionOf(declared: ProvisionedFunction, qualifier: string | null): string | undefined {
  if (qualifier === null || qualifier === '$LATEST') return '$LATEST';
  if (declared.versions.includes(qualifier)) return qualifier;
  return declared.aliases[qualifier];
}

/** The processes of one function, of all its versions. */
class FunctionProcesses {
  readonly declared: ProvisionedFunction;
  readonly #options: FunctionsOptions;
  readonly #most: number;
  readonly #idle = new Map<FunctionEnvironment, string>();
  readonly #busy = new Map<FunctionEnvironment, string>();
  readonly #waiting: (() => void)[] = [];
  readonly #closing = new AbortController();

  constructor(declared: ProvisionedFunction, options: FunctionsOptions) {
    this.declared = declared;
    this.#options = options;
    this.#most = Math.min(mostProcesses, declared.reservedConcurrency ?? mostProcesses);
  }

  async acquire(version: string, whenBusy: 'wait' | 'refuse'): Promise<FunctionEnvironment> {
    while (this.#busy.size >= this.#most) {
      if (whenBusy === 'refuse') {
        const fields = { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded', Type: 'User' };
        throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, fields);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      refuseWhenAborted(this.#closing.signal);
    }
    const environment = this.#takeIdle(version) ?? this.#start(version);
    this.#busy.set(environment, version);
    return environment;
  }

  release(environment: FunctionEnvironment): void {
    const version = this.#busy.get(environment);
    this.#busy.delete(environment);
    if (version !== undefined && environment.alive) this.#idle.set(environment, version);
    this.#waiting.shift()?.();
  }

  async warm(): Promise<void> {
    const version = this.declared.versions[0] ?? '$LATEST';
    const started = [...this.#idle, ...this.#busy];
    if (this.#most === 0 || started.some(([{ alive }, itsVersion]) => alive && itsVersion === version)) return;
    const environment = this.#start(version);
    this.#idle.set(environment, version);
    await environment.ready();
  }

  processIds(): number[] {
    return [...this.#idle.keys(), ...this.#busy.keys()]
      .filter(({ alive }) => alive)
      .flatMap(({ processId }) => processId ?? []);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const environments = [...this.#idle.keys(), ...this.#busy.keys()];
    await Promise.all(environments.map((environment) => environment.close()));
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #takeIdle(version: string): FunctionEnvironment | undefined {
    for (const [environment, itsVersion] of this.#idle) {
      if (itsVersion !== version && environment.alive) continue;
      this.#idle.delete(environment);
      if (environment.alive) return environment;
    }
    return undefined;
  }

  #start(version: string): FunctionEnvironment {
    refuseWhenAborted(this.#closing.signal);
    const { region, endpointUrl, onLog } = this.#options;
    return startEnvironment({ declared: this.declared, version, region, endpointUrl: endpointUrl(), onLog });
  }
}

/** A caller that comes while everything ends is told so in AWS's words: it is no defect of the local cloud. */
export function refuseWhenAborted({ aborted }: AbortSignal): void {
  if (aborted) throw new AwsError('ServiceException', 'The local cloud is closing.', 500, { Type: 'Service' });
}
