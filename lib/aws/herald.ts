import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import { describe } from '../audit/describe.ts';
import { METRICS, type MetricValue, metricsOf } from '../audit/metrics-of.ts';
import { type Announcement, announcementNotice, experimentOf, type Notice, noticeOf } from '../audit/notice.ts';
import type { AuditRecord, RecordKind } from '../audit/record.ts';
import { chunks } from './ecs.ts';
import type { NoticeTopic } from './notice-topic.ts';
import type { RecordBus } from './record-bus.ts';

/** A bus or topic that says nothing for so long is given up: telling must not hold up an undo. */
const PATIENCE_MS = 3_000;

/** Records for which the bus has {@link PATIENCE_MS}; only a plan has more, and it is in no hurry. */
const RECORDS_AT_ONCE = 50;

export interface HeraldOptions {
  readonly bus: Pick<RecordBus, 'tell'>;
  readonly topic: Pick<NoticeTopic, 'publish'>;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  /** Its default dimensions name the stack: an EMF line without any dimension is not valid. */
  readonly metrics: Pick<Metrics, 'addDimension' | 'addMetadata' | 'addMetric' | 'publishStoredMetrics'>;
}

/**
 * Tells everybody about records: a line in the log and metrics at once, events on the bus and notices to people. A record stands
 * whether or not anybody could be told. Call it inside a durable step, or replays repeat it; a step that is tried again tells again, and
 * a record's `hash` tells such twins apart.
 */
export class Herald {
  readonly #options: HeraldOptions;

  constructor(options: HeraldOptions) {
    this.#options = options;
  }

  /**
   * Tells of records. Never throws, and gives up on whoever does not answer within 3 s.
   *
   * @returns how many events and notices could not be delivered; 0 when everybody was told.
   */
  async tell(records: readonly AuditRecord[]): Promise<number> {
    for (const record of records) this.#note(record);
    const notices = records.map((record) => () => noticeOf(record));
    return this.#count(await Promise.all([this.#tellBus(records), this.#publish(notices)]));
  }

  /** Tells people of an act before it begins, side by side with its `started` record. As `tell`, it never throws and never waits long. */
  async announce(announcement: Announcement): Promise<number> {
    return this.#count([await this.#publish([() => announcementNotice(announcement)])]);
  }

  /** Log and metrics: written at once, because a durable invocation that is suspended or dies has no end at which to flush them. */
  #note(record: AuditRecord): void {
    try {
      const { kind, chain, sequence, hash, group, resource, actor, reason } = record;
      const experiment = experimentOf(chain);
      const about = {
        ...(experiment === undefined ? { chain } : { experiment }),
        ...(group === undefined ? {} : { group }),
      };
      const line = { message: describe(record), ...about, kind, sequence, hash, resource, actor, reason };
      this.#options.logger[levelOf(record)](line);
      this.#measure(metricsOf(record), about);
    } catch (error) {
      this.#complain('a record could not be logged or measured', error);
    }
  }

  #measure(values: readonly MetricValue[], beside: { readonly [key: string]: string | undefined }): void {
    const { metrics } = this.#options;
    for (const { name, value, code } of values) {
      if (code !== undefined) metrics.addDimension('Code', code);
      for (const [key, text] of Object.entries(beside)) if (text !== undefined) metrics.addMetadata(key, text);
      metrics.addMetric(name, METRICS[name].unit, value);
      metrics.publishStoredMetrics();
    }
  }

  async #tellBus(records: readonly AuditRecord[]): Promise<number> {
    let untold = 0;
    for (const [index, some] of chunks(records, RECORDS_AT_ONCE).entries()) {
      try {
        const failed = await within(PATIENCE_MS, () => this.#options.bus.tell(some));
        if (failed > 0) this.#complain(`the event bus did not take ${failed} of ${some.length} records`);
        untold += failed;
      } catch (error) {
        this.#complain('the event bus was given up', error);
        return untold + records.length - index * RECORDS_AT_ONCE;
      }
    }
    return untold;
  }

  async #publish(notices: readonly (() => Notice | undefined)[]): Promise<number> {
    const published = notices.map(async (make) => {
      try {
        const notice = make();
        if (notice !== undefined) await within(PATIENCE_MS, (signal) => this.#options.topic.publish(notice, signal));
        return 0;
      } catch (error) {
        this.#complain('a notice could not be published', error);
        return 1;
      }
    });
    return (await Promise.all(published)).reduce<number>((sum, one) => sum + one, 0);
  }

  #count(untold: readonly number[]): number {
    const sum = untold.reduce((all, one) => all + one, 0);
    try {
      if (sum > 0) this.#measure([{ name: 'Untold', value: sum }], {});
    } catch (error) {
      this.#complain('what could not be told was not measured', error);
    }
    return sum;
  }

  /** The log is the last resort; when that fails too there is nobody left to tell. */
  #complain(message: string, error?: unknown): void {
    try {
      this.#options.logger.warn(message, ...(error === undefined ? [] : [asError(error)]));
    } catch {
      // Failing to tell must not stop an experiment half-way.
    }
  }
}

const ERRORS: readonly RecordKind[] = ['undo-failed', 'failed'];
const WARNINGS: readonly RecordKind[] = ['no-effect', 'violated', 'stopping', 'swept', 'claim-released'];

function levelOf({ kind, facts }: AuditRecord): 'info' | 'warn' | 'error' {
  if (ERRORS.includes(kind)) return 'error';
  return WARNINGS.includes(kind) || (kind === 'ended' && facts.verdict === 'broken') ? 'warn' : 'info';
}

/** What some work comes to, unless it takes too long: then it is called off and left behind. */
async function within<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const caller = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new Error(`no answer within ${limitMs / 1000} s`);
    reject(error);
    caller.abort(error);
  }, limitMs);
  try {
    return await Promise.race([work(caller.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
