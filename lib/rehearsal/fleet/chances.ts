/** Gives numbers from 0 up to, but not including, 1. */
export type Random = () => number;

/**
 * Numbers each of which follows the last one by a share, as netem draws them: share × last + (1 - share) × new. With a share they
 * crowd in the middle, so that rare things become rarer; that is netem's way too.
 */
export function correlated(share: number, random: Random): Random {
  let last = random();
  return () => {
    last = share * last + (1 - share) * random();
    return last;
  };
}

/** Gilbert and Elliott's model; chances from 0 to 1. */
export interface GilbertElliott {
  readonly toBad: number;
  readonly toGood: number;
  readonly lossInBad: number;
  readonly lossInGood: number;
}

/** Whether the next packet is lost: first the state may change, then the state decides. It begins good. */
export function gilbertElliott(
  { toBad, toGood, lossInBad, lossInGood }: GilbertElliott,
  random: Random,
): () => boolean {
  let isBad = false;
  return () => {
    isBad = isBad ? random() >= toGood : random() < toBad;
    return random() < (isBad ? lossInBad : lossInGood);
  };
}

/** Chances from 0 to 1 of netem's Markov chain: 1 good, 3 a burst of losses, 2 good packets within it, 4 a lone loss. */
export interface MarkovChances {
  readonly p13: number;
  readonly p31: number;
  readonly p32: number;
  readonly p23: number;
  readonly p14: number;
}

/** Whether the next packet is lost: the chain moves on, and is at a loss in states 3 and 4. It begins good. */
export function markov({ p13, p31, p32, p23, p14 }: MarkovChances, random: Random): () => boolean {
  let state: 1 | 2 | 3 | 4 = 1;
  return () => {
    const drawn = random();
    if (state === 1) {
      if (drawn < p14) state = 4;
      else if (drawn < p14 + p13) state = 3;
    } else if (state === 2) {
      if (drawn < p23) state = 3;
    } else if (state === 3) {
      if (drawn < p32) state = 2;
      else if (drawn < p32 + p31) state = 1;
    } else state = 1;
    return state === 3 || state === 4;
  };
}

/** How jitter is spread around the delay: evenly, or as a normal distribution whose standard deviation it is. */
export type Spread = 'uniform' | 'normal';

/** From a number between 0 and 1 to one whose mean is 0: between -1 and 1, or standard normal between -4 and 4. */
export function spreadOf(spread: Spread): (drawn: number) => number {
  if (spread === 'uniform') return (drawn) => 2 * drawn - 1;
  return (drawn) => NORMAL[Math.floor(drawn * NORMAL.length)] ?? 0;
}

/** Quantiles of the standard normal distribution, by adding its density up. */
const NORMAL = normalQuantiles(4096);

function normalQuantiles(count: number): readonly number[] {
  const step = 1 / 1024;
  const quantiles: number[] = [];
  for (let at = -4, below = 0; at <= 4 && quantiles.length < count; at += step) {
    below += (Math.exp((-at * at) / 2) / Math.sqrt(2 * Math.PI)) * step;
    while (quantiles.length < count && (quantiles.length + 0.5) / count <= below) quantiles.push(at);
  }
  while (quantiles.length < count) quantiles.push(4);
  return quantiles;
}
