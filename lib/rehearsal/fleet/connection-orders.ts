import * as z from 'zod';
import type { ConnectionOrder } from './hindrances.ts';

/** Faults on the network that a rehearsal does to its load balancers' connections. */
export const CONNECTION_FAULTS = ['network-latency', 'network-loss', 'network-rate', 'network-blackhole'] as const;

export type ConnectionFaultName = (typeof CONNECTION_FAULTS)[number];

/** Why an order is not carried out, as a host script would say it. */
export interface OrderRefusal {
  readonly code: 'bad-parameter' | 'unknown-filter' | 'unknown-shape';
  readonly because: string;
}

/** Filters that pick some of the traffic by what a load balancer's connections all have in common, or do not show. */
const FILTERS = ['interfaces', 'addresses', 'ports', 'peers', 'services', 'serviceAddresses'] as const;

const direction = z.enum(['egress', 'ingress', 'both']);
const whole = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number);
const decimal = z
  .string()
  .regex(/^\d{1,9}([.]\d{1,4})?$/)
  .transform(Number);
/** Percent on the wire, a share from 0 to 1 here. */
const share = decimal.pipe(z.number().max(100)).transform((percent) => percent / 100);
const word = z.string();

// Loose: what every act takes comes along.
const latency = z.object({
  direction,
  delayMs: decimal,
  jitterMs: decimal,
  correlationPercent: share,
  distribution: word,
  keepOrder: word,
});
const loss = z.object({
  direction,
  model: z.enum(['random', 'gilbert-elliott', 'markov']),
  percent: share,
  correlationPercent: share,
  ...{ toBad: share, toGood: share, lossInBad: share, lossInGood: share },
  ...{ p13: share, p31: share, p32: share, p23: share, p14: share },
});
const rate = z.object({ direction, rateKbit: whole.pipe(z.number().min(1)), burstBytes: whole, queueMs: whole });
const blackhole = z.object({ direction });

/** The least burst, as the host's script has it: a largest packet of a cloud's network, with room. */
const LEAST_BURST_BYTES = 16_384;

type Parameters = Readonly<Record<string, string>>;

/** The order that a fault's parameters come to, as the document gives them; or why it cannot be carried out on connections. */
export function readOrder(fault: ConnectionFaultName, given: Parameters): ConnectionOrder | OrderRefusal {
  const filter = wrongFilter(given);
  if (filter !== undefined) return filter;
  try {
    return READ[fault](given);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    return { code: 'bad-parameter', because: `${issue?.path.join('.')}: ${issue?.message}` };
  }
}

const READ: Readonly<Record<ConnectionFaultName, (given: Parameters) => ConnectionOrder | OrderRefusal>> = {
  'network-latency': (given) => {
    const { distribution, keepOrder, correlationPercent: correlation, ...rest } = latency.parse(given);
    if (keepOrder !== 'yes' && rest.jitterMs > 0) {
      return unknownShape('keepOrder: a connection of a rehearsal keeps the order of its bytes; leave it at yes');
    }
    if (distribution !== 'none' && distribution !== 'uniform' && distribution !== 'normal') {
      return unknownShape(`distribution: a rehearsal spreads jitter as uniform or normal, not as ${distribution}`);
    }
    const spread = distribution === 'normal' ? 'normal' : 'uniform';
    return { kind: 'latency', ...rest, correlation, spread };
  },
  'network-loss': (given) => {
    const { direction: way, model: name, percent, correlationPercent: correlation, ...chances } = loss.parse(given);
    const model = name === 'random' ? { name, share: percent, correlation } : { name, ...chances };
    return { kind: 'loss', direction: way, model };
  },
  'network-rate': (given) => {
    const { burstBytes, ...rest } = rate.parse(given);
    const burst = burstBytes === 0 ? Math.max(LEAST_BURST_BYTES, rest.rateKbit / 2) : burstBytes;
    return { kind: 'rate', ...rest, burstBytes: burst };
  },
  'network-blackhole': (given) => ({ kind: 'blackhole', ...blackhole.parse(given) }),
};

function unknownShape(because: string): OrderRefusal {
  return { code: 'unknown-shape', because };
}

function wrongFilter(given: Parameters): OrderRefusal | undefined {
  const named = FILTERS.find((name) => (given[name] ?? '') !== '');
  if (named !== undefined) {
    const name = named === 'serviceAddresses' ? 'services' : named;
    const because = `${name}: a rehearsal hinders all connections of its load balancers to the target and cannot pick some; leave it out`;
    return { code: 'unknown-filter', because };
  }
  const { protocol = 'any' } = given;
  if (protocol === 'any' || protocol === 'tcp') return undefined;
  const because = `protocol: the connections of a rehearsal’s load balancers are TCP, so ${protocol} would hit nothing`;
  return { code: 'unknown-filter', because };
}

/** What an order does, in words without quotes or percent signs, as a host's plan has them. */
export function inWords(order: ConnectionOrder): string {
  const ways = { ingress: 'what comes to it', egress: 'what leaves it', both: 'what comes to it and what leaves it' };
  const on = `at the load balancer’s connections, ${ways[order.direction]}`;
  switch (order.kind) {
    case 'latency':
      return `${on} waits ${order.delayMs} ms${order.jitterMs > 0 ? `, ${order.jitterMs} ms more or less` : ''}`;
    case 'loss':
      return order.model.name === 'random'
        ? `${on} is lost with a chance of ${order.model.share} and sent again`
        : `${on} is lost by the model ${order.model.name} and sent again`;
    case 'rate':
      return `${on} keeps to ${order.rateKbit} kbit/s with a burst of ${order.burstBytes} bytes`;
    case 'blackhole':
      return `${on} vanishes`;
  }
}
