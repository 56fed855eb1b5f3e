import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { MiddlewareObj } from '@middy/core';
import * as z from 'zod';
import { METRIC_NAMESPACE } from '../lib/audit/metrics-of.ts';
import { Herald } from '../lib/aws/herald.ts';
import { NoticeTopic } from '../lib/aws/notice-topic.ts';
import { RecordBus } from '../lib/aws/record-bus.ts';

/** Variables that telling needs; `lib/stack/notices.ts` writes the last two. */
export const telemetryVariables = {
  EVENT_BUS: z.string().min(1),
  /** ARN of the topic of notices. */
  NOTICE_TOPIC: z.string().min(1),
  /** The stack's name: `service` in every log line, and the dimension of every metric. */
  POWERTOOLS_SERVICE_NAME: z.string().min(1),
};

export interface Telemetry {
  readonly herald: Herald;
  /** First of a handler's middlewares: it logs what the others throw, too. */
  readonly middleware: MiddlewareObj;
}

/**
 * Everything by which a function tells what it does. Lines carry `function`, and `experiment`, `group` and `owner` as far as the
 * invocation is about one; `LOG_LEVEL` says from which level on they are written (default INFO).
 *
 * Nothing waits for the end of an invocation: the herald writes metrics as soon as it is told, because an invocation of a durable function
 * is suspended, or dies, without an end.
 *
 * @param name of the function, as in `functions/<name>`.
 */
export function startTelemetry(name: string, environment: z.output<z.ZodObject<typeof telemetryVariables>>): Telemetry {
  const serviceName = environment.POWERTOOLS_SERVICE_NAME;
  const logger = new Logger({ serviceName, persistentKeys: { function: name } });
  const herald = new Herald({
    bus: new RecordBus(environment.EVENT_BUS),
    topic: new NoticeTopic(environment.NOTICE_TOPIC),
    logger,
    metrics: new Metrics({ namespace: METRIC_NAMESPACE, serviceName }),
  });
  return { herald, middleware: errorLog(logger) };
}

/** Cheap and without effects before the handler: replays of a durable function run it again. */
function errorLog(logger: Logger): MiddlewareObj {
  return {
    before: ({ event, context }) => {
      logger.resetKeys();
      logger.appendKeys(keysOf(event, context));
    },
    onError: ({ error }) => {
      logger.error(`the function failed: ${error?.message ?? 'for no known reason'}`, error ?? '');
    },
  };
}

/** The event is whatever the caller sent; it has not been validated yet. */
const aboutSchema = z
  .object({ experiment: z.string().optional().catch(undefined), group: z.string().optional().catch(undefined) })
  .catch({});
const durableSchema = z.object({ executionContext: z.object({ durableExecutionArn: z.string() }) });

function keysOf(event: unknown, context: unknown): Record<string, string> {
  const { experiment, group } = aboutSchema.parse(event);
  const owner = durableSchema.safeParse(context).data?.executionContext.durableExecutionArn;
  const keys = Object.entries({ experiment, group, owner }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(keys) as Record<string, string>;
}
