/**
 * A function's process: it does what Lambda's Node.js runtime does. The local cloud forks it with the function's
 * environment; it imports the bundle, and answers one invocation at a time over the IPC channel.
 */
import { realpathSync } from 'node:fs';
import { builtinModules, registerHooks } from 'node:module';
import { join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FunctionFailure, HostMessage, InvokeMessage } from './function-messages.ts';

type Handler = (event: unknown, context: object) => unknown;

// Held here, because a bundle may do as it likes with `process`.
const send = process.send?.bind(process);
if (!send) throw new Error('function-host.ts is started by the local cloud, not by hand');
const tell = (message: HostMessage): void => void send(message);

// When the rehearsal is gone, however it went, its functions go too.
process.once('disconnect', () => process.exit(0));

const environment = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`the local cloud started this process without ${name}`);
  return value;
};
const codeFolder = realpathSync(environment('LAMBDA_TASK_ROOT'));

/** Packages that Lambda's Node.js runtime brings along; a bundle may leave these out, and nothing else. */
const broughtByTheRuntime = /^@(aws-sdk|smithy)\//;

registerHooks({
  resolve(specifier, context, nextResolve) {
    const isPackage = !/^[./]|^(node|file|data):/.test(specifier) && !builtinModules.includes(specifier);
    const fromBundle = context.parentURL?.startsWith(pathToFileURL(codeFolder + sep).href) ?? false;
    if (!isPackage || !fromBundle) return nextResolve(specifier, context);
    if (broughtByTheRuntime.test(specifier)) {
      return nextResolve(specifier, { ...context, parentURL: import.meta.url });
    }
    const found = nextResolve(specifier, context);
    // Node looks for packages in every folder above the bundle too. Lambda has no such folders.
    if (found.url.startsWith('file:') && !realpathSync(fileURLToPath(found.url)).startsWith(codeFolder + sep)) {
      throw Object.assign(
        new Error(`Cannot find package '${specifier}': it is neither in the bundle nor in Lambda's runtime`),
        { code: 'ERR_MODULE_NOT_FOUND' },
      );
    }
    return found;
  },
});

async function importHandler(): Promise<Handler> {
  const [file, name] = environment('_HANDLER').split('.');
  let cause: unknown;
  for (const extension of ['.mjs', '.js', '.cjs']) {
    const url = pathToFileURL(join(codeFolder, file + extension)).href;
    try {
      const module = (await import(url)) as Record<string, unknown> & { default?: Record<string, unknown> };
      const handler = module[String(name)] ?? module.default?.[String(name)];
      if (typeof handler === 'function') return handler as Handler;
      throw failing('Runtime.HandlerNotFound', `${file}${extension} has no function ${name}`);
    } catch (error) {
      const missing = (error as { code?: string; url?: string }).code === 'ERR_MODULE_NOT_FOUND';
      if (!missing || (error as { url?: string }).url !== url) throw error;
      cause = error;
    }
  }
  throw failing('Runtime.ImportModuleError', `${codeFolder} has no module ${file}`, cause);
}

function failing(errorType: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { name: errorType });
}

function failureOf(error: unknown): FunctionFailure {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

function contextOf({ requestId, invokedFunctionArn, deadlineMs }: InvokeMessage): object {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: environment('AWS_LAMBDA_FUNCTION_NAME'),
    functionVersion: environment('AWS_LAMBDA_FUNCTION_VERSION'),
    memoryLimitInMB: environment('AWS_LAMBDA_FUNCTION_MEMORY_SIZE'),
    logGroupName: environment('AWS_LAMBDA_LOG_GROUP_NAME'),
    logStreamName: environment('AWS_LAMBDA_LOG_STREAM_NAME'),
    awsRequestId: requestId,
    invokedFunctionArn,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

async function invoke(handler: Handler, message: InvokeMessage): Promise<void> {
  const { requestId } = message;
  try {
    const answer = await handler(JSON.parse(message.payload), contextOf(message));
    tell({ kind: 'answer', requestId, payload: answer === undefined ? 'null' : JSON.stringify(answer) });
  } catch (error) {
    tell({ kind: 'failure', requestId, failure: failureOf(error) });
  }
}

try {
  const handler = await importHandler();
  process.on('message', (message) => void invoke(handler, message as InvokeMessage));
  tell({ kind: 'ready' });
} catch (error) {
  send({ kind: 'init-failed', failure: failureOf(error) } satisfies HostMessage, () => process.exit(1));
}
