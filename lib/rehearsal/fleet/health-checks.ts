import { type Agent, request } from 'node:http';

/** When and how a load balancer checks a target's health. Times in milliseconds. */
export interface CheckTiming {
  /** Between two checks of a target that has been healthy once. */
  readonly intervalMs: number;
  /** Between two checks of a target that has not been healthy yet, so that a start is noticed quickly. */
  readonly firstIntervalMs: number;
  readonly timeoutMs: number;
}

/** Every second; five times a second at first; an answer within a second. */
export const CHECK_TIMING: CheckTiming = { intervalMs: 1000, firstIntervalMs: 200, timeoutMs: 1000 };

const SUCCESSES_TO_HEALTHY = 2;
const FAILURES_TO_UNHEALTHY = 2;

/** A target's health as its checks make it; `UNKNOWN` until two checks in a row agree. */
export interface TargetHealth {
  readonly health: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';
  readonly successesInARow: number;
  readonly failuresInARow: number;
  /** What the last check found, in words: `answered 200`, `did not answer within 1 s`. */
  readonly found: string;
  /** What was wrong when a check failed last. */
  readonly failure?: CheckFailure;
}

/** Why a check failed: the status of an answer, no answer in time, or no connection. */
export type CheckFailure =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'timeout' | 'error' };

/** What one check found. */
export interface CheckResult {
  readonly passed: boolean;
  readonly found: string;
  /** Of a check that did not pass. */
  readonly failure?: CheckFailure;
}

/** A target that has not been checked yet. */
export const UNCHECKED: TargetHealth = {
  health: 'UNKNOWN',
  successesInARow: 0,
  failuresInARow: 0,
  found: 'has not been asked yet',
};

/** A target's health after one more check: two successes in a row make it healthy, two failures in a row unhealthy. */
export function healthAfter(before: TargetHealth, check: CheckResult): TargetHealth {
  const successesInARow = check.passed ? before.successesInARow + 1 : 0;
  const failuresInARow = check.passed ? 0 : before.failuresInARow + 1;
  let { health } = before;
  if (successesInARow >= SUCCESSES_TO_HEALTHY) health = 'HEALTHY';
  if (failuresInARow >= FAILURES_TO_UNHEALTHY) health = 'UNHEALTHY';
  const failure = check.failure ?? before.failure;
  return { health, successesInARow, failuresInARow, found: check.found, ...(failure ? { failure } : {}) };
}

/** Where a target listens. */
export interface TargetAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Checks a target again and again until it is stopped, and tells its health after each check. A check passes when the path
 * answers 2xx in time (an ALB's default is 200 alone).
 */
export function keepChecking(
  target: TargetAddress & { readonly path: string; readonly agent: Agent },
  timing: CheckTiming,
  tell: (health: TargetHealth) => void,
): { stop(): void } {
  const ended = new AbortController();
  let health = UNCHECKED;
  let everHealthy = false;
  let timer: NodeJS.Timeout | undefined;

  const check = (): void => {
    const begunAtMs = Date.now();
    checkOnce(target, timing.timeoutMs, ended.signal, (result) => {
      health = healthAfter(health, result);
      everHealthy ||= health.health === 'HEALTHY';
      const interval = everHealthy ? timing.intervalMs : timing.firstIntervalMs;
      timer = setTimeout(check, Math.max(0, begunAtMs + interval - Date.now()));
      tell(health);
    });
  };
  timer = setTimeout(check, 0);
  return {
    stop() {
      clearTimeout(timer);
      ended.abort();
    },
  };
}

/** One check. Tells its result exactly once, or nothing at all when it is ended from outside. */
function checkOnce(
  target: TargetAddress & { readonly path: string; readonly agent: Agent },
  timeoutMs: number,
  ended: AbortSignal,
  tell: (result: CheckResult) => void,
): void {
  let told = false;
  const once = (result: CheckResult): void => {
    if (told || ended.aborted) return;
    told = true;
    clearTimeout(timer);
    ended.removeEventListener('abort', give);
    tell(result);
  };
  const { host, port, path, agent } = target;
  const asking = request({ host, port, path, agent, headers: { 'user-agent': 'ELB-HealthChecker/2.0' } }, (answer) => {
    const status = answer.statusCode ?? 0;
    answer.resume();
    const passed = status >= 200 && status < 300;
    once({ passed, found: `answered ${status}`, ...(passed ? {} : { failure: { kind: 'status', status } }) });
  });
  const give = (): void => {
    clearTimeout(timer);
    asking.destroy();
  };
  const timer = setTimeout(() => {
    // A busy rehearsal may run this timer before it reads an answer that came in time: let it read first.
    setImmediate(() => {
      const found = `did not answer within ${timeoutMs / 1000} s`;
      once({ passed: false, found, failure: { kind: 'timeout' } });
      asking.destroy();
    });
  }, timeoutMs);
  ended.addEventListener('abort', give, { once: true });
  asking.on('error', (error) =>
    once({ passed: false, found: `failed with ${errorCode(error)}`, failure: { kind: 'error' } }),
  );
  asking.end();
}

function errorCode(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
