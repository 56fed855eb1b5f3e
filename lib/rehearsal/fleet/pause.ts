/**
 * Waits for so many milliseconds of the monotonic clock, and never shorter, or until one of the signals is aborted. Does not
 * reject.
 */
export function pause(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  if (!(ms > 0) || signals.some(({ aborted }) => aborted)) return Promise.resolve();
  const untilMs = performance.now() + ms;
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout;
    const end = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', end);
      resolve();
    };
    // A timer may be early by a part of a millisecond.
    const look = (): void => {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) end();
      else timer = setTimeout(look, Math.ceil(Math.min(leftMs, LONGEST_TIMER_MS)));
    };
    for (const signal of signals) signal.addEventListener('abort', end, { once: true });
    look();
  });
}

/** Node's timers know no longer time. */
const LONGEST_TIMER_MS = 2_147_483_647;
