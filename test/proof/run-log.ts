import type { AuditRecord } from '../../lib/audit/record.ts';
import type { VirtualClock } from './clock.ts';

/** Something that really happened in a run, whoever has heard of it. */
export type Happening =
  | { readonly kind: 'record'; readonly record: AuditRecord }
  | { readonly kind: 'act'; readonly act: 'stop' | 'freeze'; readonly target: string; readonly by: string }
  /** A call that acts was taken, whether or not it had any effect; tries of the same call have the same id. */
  | { readonly kind: 'acting-call'; readonly target: string; readonly callId: string }
  | { readonly kind: 'healed'; readonly target: string; readonly by: 'undo' | 'host' }
  /** The users of the service saw errors in this second. */
  | { readonly kind: 'hurt' }
  /** What stood on targets when the verdict or the failure was recorded. */
  | { readonly kind: 'settled'; readonly frozen: readonly string[] };

export type Entry = Happening & { readonly atMs: number };

/** What happened in a run, in order. */
export class RunLog {
  readonly entries: Entry[] = [];
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  add(happening: Happening): void {
    this.entries.push({ ...happening, atMs: this.#clock.now() });
  }

  of<Kind extends Happening['kind']>(kind: Kind): (Extract<Happening, { kind: Kind }> & { readonly atMs: number })[] {
    return this.entries.filter((entry) => entry.kind === kind) as never;
  }
}
