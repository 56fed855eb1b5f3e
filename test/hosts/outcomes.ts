import type { Trial } from './experiment.ts';

/** The ends of a fault, in the order in which a stage plays them. */
export const ENDS = {
  undone: 'an early undo, and another after it',
  timer: 'the host’s own timer alone, within a second of the deadline',
  script: 'its script killed in the middle of the act',
  agent: 'its agent killed in the middle of the act, and the host’s network cut until after the deadline',
  restarted: 'its container started again meanwhile',
  removed: 'its container taken away meanwhile',
} as const;
export type End = keyof typeof ENDS;
const NEED_CONTAINER: readonly End[] = ['restarted', 'removed'];
/** Every fault is played through these; the others take twice the time again. */
const ALWAYS: readonly End[] = ['undone', 'timer'];
const isShort = process.env.CAPUCHIN_ENDS === 'representative';

/** The ends that a trial has. With CAPUCHIN_ENDS=representative, some have not all of them: see `standsForOthers`. */
export function endsOf({ target, start, standsForOthers }: Trial): readonly End[] {
  const has = target !== 'host' || start !== undefined;
  const all = (Object.keys(ENDS) as End[]).filter((end) => has || !NEED_CONTAINER.includes(end));
  return isShort && standsForOthers !== true ? all.filter((end) => ALWAYS.includes(end)) : all;
}

/** How each end went for each fault, for whoever waits for it. `whole` stands for the host after the end of all of them. */
export class Outcomes {
  readonly #all = new Map<string, PromiseWithResolvers<void>>();

  of(end: End, fault: string): PromiseWithResolvers<void> {
    const key = `${end} ${fault}`;
    const known = this.#all.get(key) ?? Promise.withResolvers<void>();
    // Whoever asks hears of it; nobody need.
    known.promise.catch(() => {});
    this.#all.set(key, known);
    return known;
  }

  /** What has no outcome yet has this one. */
  rejectAll(faults: readonly string[], error: unknown): void {
    for (const end of Object.keys(ENDS) as End[]) {
      for (const fault of ['whole', ...faults]) this.of(end, fault).reject(error);
    }
  }
}
