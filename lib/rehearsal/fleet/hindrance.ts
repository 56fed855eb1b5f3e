/** A way through a connection as the target sees it: what comes to it, and what leaves it. */
export type Way = 'ingress' | 'egress';

/** Which ways a fault is on. */
export type Direction = Way | 'both';

/**
 * What a fault does to the bytes of connections while it lasts. One fault is asked by all connections of what it is on, so that
 * they share its rate and its luck.
 */
export interface Hindrance {
  /** Aborted when the fault is taken away: what waits because of it goes on at once. */
  readonly ended: AbortSignal;
  /** Bytes that it takes as one piece at the most. */
  readonly pieceBytes: number;
  /** How long a piece is on its way, in milliseconds; drawn anew for each. */
  delayMs(way: Way): number;
  /** Whether a piece does not get through this time and its sender has to send it again; drawn anew for each try. */
  loses(way: Way, bytes: number, nowMs: number): boolean;
  /** How long a piece has to wait until it may go, in milliseconds. It counts as gone from now on. */
  paceMs(way: Way, bytes: number, nowMs: number): number;
}

/** Payload of one packet of TCP where the network takes 1500 bytes: Ethernet's usual, less IPv4's 20 and TCP's 32. */
export const PACKET_BYTES = 1448;

/** What each packet has besides: 14 of Ethernet, 20 of IPv4, 32 of TCP with time stamps. */
export const HEADER_BYTES = 66;

/** How many packets a piece is; an empty one (a connection's beginning or end) is one too. */
export function packetsOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / PACKET_BYTES));
}

/** Whether a fault of a direction is on a way. */
export function isOn(direction: Direction, way: Way): boolean {
  return direction === 'both' || direction === way;
}

/** A hindrance that does nothing, to be told what it does do. */
export function hindrance(ended: AbortSignal, does: Partial<Omit<Hindrance, 'ended'>>): Hindrance {
  return {
    pieceBytes: Number.POSITIVE_INFINITY,
    delayMs: () => 0,
    loses: () => false,
    paceMs: () => 0,
    ...does,
    ended,
  };
}

/** One of something for each way. */
export function eachWay<Of>(make: () => Of): Readonly<Record<Way, Of>> {
  return { ingress: make(), egress: make() };
}
