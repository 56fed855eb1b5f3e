import { type Hindrance, PACKET_BYTES, type Way } from './hindrance.ts';
import { pause } from './pause.ts';

/** When a sender sends again what was not acknowledged: Linux's least, doubled each time up to its most (`TCP_RTO_MIN`, `TCP_RTO_MAX`). */
const FIRST_RETRANSMISSION_MS = 200;
const LAST_RETRANSMISSION_MS = 120_000;

/** What may be under way before the sender has to wait, as TCP's window allows. */
const WINDOW_BYTES = 256 * 1024;

/** Bytes, or how a connection ends: in order, or broken by an error (or by nobody knows what). */
export type Freight = Buffer | { readonly end: 'in-order' } | { readonly end: 'broken'; readonly error?: Error };

export interface LaneOptions {
  readonly way: Way;
  /** What hinders at this moment. */
  readonly hindrances: () => readonly Hindrance[];
  /** Hands something over at the other end; the next one waits for the promise. */
  readonly deliver: (freight: Freight) => Promise<void> | undefined;
  /** A defect. */
  readonly failed: (error: unknown) => void;
}

interface Piece {
  readonly freight: Freight;
  /** When it began its way, in milliseconds of `performance.now()`, and what it meets there, one after the other. */
  readonly fromMs: number;
  readonly delays: readonly { readonly ms: number; readonly ended: AbortSignal }[];
}

/**
 * One way through a connection: bytes arrive in their order, at once while nothing hinders them. A piece that is lost is sent
 * again after 200 ms, 400 ms and so on, as TCP does, and whatever follows it waits for it. So what a blackhole has swallowed
 * arrives some time after it is gone, if the connection has lived so long.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #closed = new AbortController();
  readonly #pieces: Piece[] = [];
  #underWay = 0;
  #isMoving: boolean = false;
  #held: (() => void)[] = [];

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Sends something on its way, and calls back when the sender may send more: at once, unless much is under way. */
  send(freight: Freight, more: () => void): void {
    if (this.#closed.signal.aborted) return;
    const hindrances = this.#options.hindrances();
    const fromMs = performance.now();
    for (const part of parts(freight, hindrances)) {
      const delays = hindrances.map((one) => ({ ms: one.delayMs(this.#options.way), ended: one.ended }));
      this.#pieces.push({ freight: part, fromMs, delays: delays.filter(({ ms }) => ms > 0) });
    }
    this.#underWay += bytesOf(freight);
    if (!this.#isMoving) this.#move().catch(this.#options.failed);
    if (this.#underWay <= WINDOW_BYTES) more();
    else this.#held.push(more);
  }

  /** Drops what is under way. Nothing is delivered any more. */
  close(): void {
    this.#closed.abort();
    this.#pieces.length = 0;
  }

  /** Moves everything that there is; without a hindrance, and without a receiver that makes it wait, before it returns. */
  async #move(): Promise<void> {
    this.#isMoving = true;
    for (let piece = this.#pieces.shift(); piece !== undefined; piece = this.#pieces.shift()) {
      if (piece.delays.length > 0 || this.#options.hindrances().length > 0) await this.#travel(piece);
      if (this.#closed.signal.aborted) break;
      const taking = this.#options.deliver(piece.freight);
      if (taking !== undefined) await taking;
      this.#arrived(bytesOf(piece.freight));
    }
    this.#isMoving = false;
  }

  async #travel({ freight, fromMs, delays }: Piece): Promise<void> {
    const { way, hindrances } = this.#options;
    const closed = this.#closed.signal;
    const bytes = bytesOf(freight);
    let retryMs = FIRST_RETRANSMISSION_MS;
    // What is sent again is the packet that is missing, not the whole piece.
    for (let sent = bytes; hindrances().some((one) => one.loses(way, sent, performance.now())); ) {
      await pause(retryMs, closed);
      if (closed.aborted) return;
      retryMs = Math.min(2 * retryMs, LAST_RETRANSMISSION_MS);
      sent = Math.min(bytes, PACKET_BYTES);
    }
    for (const one of hindrances()) await pause(one.paceMs(way, bytes, performance.now()), one.ended, closed);
    let atMs = fromMs;
    for (const { ms, ended } of delays) {
      await pause(atMs + ms - performance.now(), ended, closed);
      atMs = ended.aborted ? Math.min(atMs + ms, performance.now()) : atMs + ms;
    }
  }

  #arrived(bytes: number): void {
    this.#underWay -= bytes;
    if (this.#underWay > WINDOW_BYTES) return;
    for (const more of this.#held.splice(0)) more();
  }
}

function bytesOf(freight: Freight): number {
  return Buffer.isBuffer(freight) ? freight.length : 0;
}

/** Bytes in pieces that every hindrance takes as one. */
function parts(freight: Freight, hindrances: readonly Hindrance[]): Freight[] {
  const most = Math.min(...hindrances.map(({ pieceBytes }) => pieceBytes));
  if (!Buffer.isBuffer(freight) || freight.length <= most) return [freight];
  const count = Math.ceil(freight.length / most);
  return Array.from({ length: count }, (_, index) => freight.subarray(index * most, (index + 1) * most));
}
