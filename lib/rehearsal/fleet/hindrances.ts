import {
  correlated,
  type GilbertElliott,
  gilbertElliott,
  type MarkovChances,
  markov,
  type Random,
  type Spread,
  spreadOf,
} from './chances.ts';
import {
  type Direction,
  eachWay,
  HEADER_BYTES,
  type Hindrance,
  hindrance,
  isOn,
  PACKET_BYTES,
  packetsOf,
} from './hindrance.ts';

/** Every piece waits. */
export interface LatencyOrder {
  readonly kind: 'latency';
  readonly direction: Direction;
  readonly delayMs: number;
  readonly jitterMs: number;
  /** From 0 to 1: how much one piece's jitter follows the last one's. */
  readonly correlation: number;
  readonly spread: Spread;
}

/** Packets are lost, and sent again by whoever misses their acknowledgement. */
export interface LossOrder {
  readonly kind: 'loss';
  readonly direction: Direction;
  readonly model:
    | { readonly name: 'random'; readonly share: number; readonly correlation: number }
    | ({ readonly name: 'gilbert-elliott' } & GilbertElliott)
    | ({ readonly name: 'markov' } & MarkovChances);
}

/** All bytes together keep to a rate. */
export interface RateOrder {
  readonly kind: 'rate';
  readonly direction: Direction;
  /** Bits per millisecond, which are kilobits per second; with packets' headers. */
  readonly rateKbit: number;
  readonly burstBytes: number;
  /** What would wait longer is lost. */
  readonly queueMs: number;
}

/** Nothing gets through. */
export interface BlackholeOrder {
  readonly kind: 'blackhole';
  readonly direction: Direction;
}

/** What is to be done to connections. */
export type ConnectionOrder = LatencyOrder | LossOrder | RateOrder | BlackholeOrder;

/** A fault on connections, from an order. It lasts until `ended` is aborted. */
export function hindranceOf(order: ConnectionOrder, ended: AbortSignal, random: Random = Math.random): Hindrance {
  switch (order.kind) {
    case 'latency':
      return latency(order, ended, random);
    case 'loss':
      return loss(order, ended, random);
    case 'rate':
      return rate(order, ended);
    case 'blackhole':
      return hindrance(ended, { loses: (way) => isOn(order.direction, way) });
  }
}

function latency(order: LatencyOrder, ended: AbortSignal, random: Random): Hindrance {
  const { direction, delayMs, jitterMs, correlation } = order;
  const spread = spreadOf(order.spread);
  const draws = eachWay(() => correlated(correlation, random));
  return hindrance(ended, {
    delayMs(way) {
      if (!isOn(direction, way)) return 0;
      return Math.max(0, delayMs + (jitterMs === 0 ? 0 : jitterMs * spread(draws[way]())));
    },
  });
}

/** Packets after a lost one whose acknowledgements tell the sender of it (RFC 5681, 3.2). */
const DUPLICATES_THAT_TELL = 3;

/**
 * Only what is lost at the end of a piece costs time: of what is lost before, the sender hears by the acknowledgements of the
 * packets that follow, and sends it again within a round trip, which is nothing on one machine.
 */
function loss({ direction, model }: LossOrder, ended: AbortSignal, random: Random): Hindrance {
  const isNextLost = eachWay(() => {
    if (model.name === 'gilbert-elliott') return gilbertElliott(model, random);
    if (model.name === 'markov') return markov(model, random);
    const draw = correlated(model.correlation, random);
    return () => draw() < model.share;
  });
  return hindrance(ended, {
    loses(way, bytes) {
      if (!isOn(direction, way)) return false;
      const count = packetsOf(bytes);
      const fates = Array.from({ length: count }, () => isNextLost[way]());
      return fates.slice(-DUPLICATES_THAT_TELL).includes(true);
    },
  });
}

/** What a piece is at a rate: as many bytes as go in this time, so that the rate is even; at least a packet. */
const PIECE_MS = 5;

/** A token bucket for each way, shared by all connections; its queue is as long as `tc-tbf(8)` makes it. */
function rate({ direction, rateKbit, burstBytes, queueMs }: RateOrder, ended: AbortSignal): Hindrance {
  const bytesPerMs = rateKbit / 8;
  const longestQueue = burstBytes + queueMs * bytesPerMs;
  const buckets = eachWay(() => ({ tokens: burstBytes, atMs: Number.NEGATIVE_INFINITY }));
  const filled = (way: keyof typeof buckets, nowMs: number) => {
    const bucket = buckets[way];
    const sinceMs = nowMs - bucket.atMs;
    // A clock that goes back brings nothing.
    if (sinceMs > 0) {
      bucket.tokens = Math.min(burstBytes, bucket.tokens + sinceMs * bytesPerMs);
      bucket.atMs = nowMs;
    }
    return bucket;
  };
  return hindrance(ended, {
    pieceBytes: Math.max(PACKET_BYTES, Math.floor((bytesPerMs * PIECE_MS) / PACKET_BYTES) * PACKET_BYTES),
    loses(way, _bytes, nowMs) {
      return isOn(direction, way) && -filled(way, nowMs).tokens > longestQueue;
    },
    paceMs(way, bytes, nowMs) {
      if (!isOn(direction, way)) return 0;
      const bucket = filled(way, nowMs);
      bucket.tokens -= bytes + packetsOf(bytes) * HEADER_BYTES;
      return Math.max(0, -bucket.tokens / bytesPerMs);
    },
  });
}
