import { createHmac } from 'node:crypto';

/** One draw as it is recorded: enough, with the seed, to make it again. */
export interface Draw {
  /** Names the decision, for example `2026-11-22/instant/shop/checkout`. Labels make draws independent of each other. */
  readonly label: string;
  /** How many possibilities there were. */
  readonly of: number;
  /** The chosen index, 0 to `of` − 1. */
  readonly picked: number;
}

/** 48 bits are exact in a double and leave a rejection chance under 2⁻²⁸ for any list that fits a fleet. */
const SPACE = 2 ** 48;

/**
 * A uniform integer from 0 to `of` − 1 that depends on nothing but seed and label:
 * HMAC-SHA-256(seed, label/counter), first 48 bits, rejection sampling.
 *
 * @throws RangeError when `of` is not a whole number from 1 to 2³².
 */
export function draw(seed: string, label: string, of: number): Draw {
  if (!Number.isInteger(of) || of < 1 || of > 2 ** 32) {
    throw new RangeError(`draw "${label}" among ${of}: there must be from 1 to 2^32 possibilities`);
  }
  const limit = SPACE - (SPACE % of);
  for (let counter = 0; ; counter++) {
    const bits = createHmac('sha256', seed).update(`${label}/${counter}`).digest().readUIntBE(0, 6);
    if (bits < limit) return { label, of, picked: bits % of };
  }
}

/** True with probability `chance` (0 is never, 1 always), to the precision of 2⁻³². */
export function drawChance(seed: string, label: string, chance: number): { drawn: boolean; draw: Draw } {
  const made = draw(seed, label, 2 ** 32);
  return { drawn: made.picked < chance * 2 ** 32, draw: made };
}

/**
 * `count` distinct indexes of a list of length `of`, each subset equally likely (a partial Fisher–Yates shuffle,
 * one labelled draw per place). Fewer when the list is shorter.
 */
export function drawDistinct(
  seed: string,
  label: string,
  of: number,
  count: number,
): { picked: number[]; draws: Draw[] } {
  const pool = Array.from({ length: of }, (_, index) => index);
  const draws: Draw[] = [];
  const picked: number[] = [];
  for (let place = 0; place < Math.min(count, of); place++) {
    const made = draw(seed, `${label}/${place}`, pool.length);
    draws.push(made);
    picked.push(...pool.splice(made.picked, 1));
  }
  return { picked, draws };
}
