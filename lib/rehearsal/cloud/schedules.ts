import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AwsError } from './operation.ts';
import {
  checkTimeZone,
  nextOccurrence,
  parseScheduleExpression,
  type ScheduleExpression,
} from './schedule-expressions.ts';

export interface ScheduleTarget {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string | undefined;
  readonly RetryPolicy?:
    | { readonly MaximumRetryAttempts?: number | undefined; readonly MaximumEventAgeInSeconds?: number | undefined }
    | undefined;
  readonly DeadLetterConfig?: { readonly Arn?: string | undefined } | undefined;
}

/** What a schedule is made from, in the API's words. */
export interface ScheduleDefinition {
  readonly Name: string;
  readonly GroupName: string;
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone: string;
  readonly State: 'ENABLED' | 'DISABLED';
  readonly FlexibleTimeWindow: { readonly Mode: 'OFF' };
  readonly ActionAfterCompletion: 'NONE' | 'DELETE';
  readonly Description?: string | undefined;
  readonly Target: ScheduleTarget;
}

export interface Schedule {
  readonly arn: string;
  readonly definition: ScheduleDefinition;
  readonly createdAt: Date;
}

/** An invocation that a schedule made, or gave up. */
export interface Delivery {
  readonly scheduleName: string;
  readonly groupName: string;
  readonly scheduledAt: Date;
  /** When the target accepted it, or when it was given up. */
  readonly settledAt: Date;
  readonly attempts: number;
  /** Null when the target accepted it. */
  readonly gaveUpBecause: string | null;
}

export interface SchedulesOptions {
  readonly accountId: string;
  readonly region: string;
  readonly groups: readonly string[];
  /** Hands an event to a target as an asynchronous invocation; an AwsError is a refusal that may be retried. */
  readonly invoke: (targetArn: string, payload: string) => Promise<void>;
}

interface Entry extends Schedule {
  readonly expression: ScheduleExpression;
  readonly clientToken: string | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** Scheduler's defaults: 185 retries within a day. Source: EventBridge Scheduler API reference, RetryPolicy. */
const defaultRetryAttempts = 185;
const defaultEventAgeSeconds = 86_400;
/** The service backs off exponentially and does not say how; these are ours. */
const firstRetryDelayMs = 1000;
const longestRetryDelayMs = 60_000;
/** What `setTimeout` can hold. */
const longestTimerMs = 2 ** 31 - 1;

/** EventBridge Scheduler's schedules, on the real clock. */
export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #groups: ReadonlySet<string>;
  readonly #entries = new Map<string, Entry>();
  readonly #firing = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly deliveries: Delivery[] = [];

  constructor(options: SchedulesOptions) {
    this.#options = options;
    this.#groups = new Set(['default', ...options.groups]);
  }

  /**
   * Makes a schedule. A one-time schedule whose moment has passed fires at once.
   *
   * @param how `held` schedules exist and can be fired by hand, but do not fire by themselves.
   * @throws AwsError ConflictException, ResourceNotFoundException, ValidationException as Scheduler does.
   */
  create(definition: ScheduleDefinition, how: { clientToken?: string | undefined; held?: boolean } = {}): Schedule {
    this.checkGroup(definition.GroupName);
    const key = keyOf(definition.GroupName, definition.Name);
    const existing = this.#entries.get(key);
    if (existing) {
      const repeated = how.clientToken !== undefined && existing.clientToken === how.clientToken;
      if (repeated && JSON.stringify(existing.definition) === JSON.stringify(definition)) return existing;
      throw new AwsError('ConflictException', `Schedule ${definition.Name} already exists.`, 409);
    }
    const { accountId, region } = this.#options;
    const entry: Entry = {
      arn: `arn:aws:scheduler:${region}:${accountId}:schedule/${definition.GroupName}/${definition.Name}`,
      definition,
      createdAt: new Date(),
      expression: validated(definition),
      clientToken: how.clientToken,
      timer: undefined,
    };
    this.#entries.set(key, entry);
    if (definition.State === 'ENABLED' && !how.held) this.#armFirst(entry);
    return entry;
  }

  get(groupName: string, name: string): Schedule {
    const entry = this.#entries.get(keyOf(groupName, name));
    if (entry) return entry;
    throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
  }

  /** All schedules, sorted by group and name. */
  list(): Schedule[] {
    return [...this.#entries.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  }

  delete(groupName: string, name: string): void {
    this.get(groupName, name);
    this.#remove(keyOf(groupName, name));
  }

  /** Invokes a schedule's target now, as if its moment had come, and waits until the target accepted the event. */
  async fireNow(groupName: string, name: string): Promise<void> {
    const { definition, arn } = this.get(groupName, name);
    await this.#deliver(definition, arn, new Date());
  }

  checkGroup(groupName: string): void {
    if (this.#groups.has(groupName)) return;
    throw new AwsError('ResourceNotFoundException', `Schedule group ${groupName} does not exist.`, 404);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const { timer } of this.#entries.values()) clearTimeout(timer);
    await Promise.all(this.#firing);
  }

  #armFirst(entry: Entry): void {
    // One moment before its creation, so that a rate's first moment counts; a one-time schedule counts even when it is past.
    const after = entry.expression.kind === 'at' ? new Date(0) : new Date(entry.createdAt.getTime() - 1);
    const at = this.#next(entry, after);
    if (at) this.#arm(entry, at);
  }

  #next(entry: Entry, after: Date): Date | null {
    const { definition, createdAt, expression } = entry;
    return nextOccurrence(expression, { zone: definition.ScheduleExpressionTimezone, createdAt }, after);
  }

  #arm(entry: Entry, at: Date): void {
    const waitMs = Math.min(Math.max(0, at.getTime() - Date.now()), longestTimerMs);
    entry.timer = setTimeout(() => {
      // A timer may fire a moment early, and cannot hold more than 24 days.
      if (Date.now() < at.getTime()) return this.#arm(entry, at);
      const firing = this.#fire(entry, at).finally(() => this.#firing.delete(firing));
      this.#firing.add(firing);
    }, waitMs);
  }

  async #fire(entry: Entry, at: Date): Promise<void> {
    const { definition, arn, expression } = entry;
    const next = expression.kind === 'at' ? null : this.#next(entry, at);
    if (next) this.#arm(entry, next);
    await this.#deliver(definition, arn, at);
    // The last moment has passed; the schedule may have been deleted, and made anew, while its event was on its way.
    const key = keyOf(definition.GroupName, definition.Name);
    if (!next && definition.ActionAfterCompletion === 'DELETE' && this.#entries.get(key) === entry) this.#remove(key);
  }

  async #deliver({ Name, GroupName, Target }: ScheduleDefinition, arn: string, scheduledAt: Date): Promise<void> {
    const executionId = randomUUID();
    const firstAt = Date.now();
    const mostAttempts = 1 + (Target.RetryPolicy?.MaximumRetryAttempts ?? defaultRetryAttempts);
    const mostAgeMs = 1000 * (Target.RetryPolicy?.MaximumEventAgeInSeconds ?? defaultEventAgeSeconds);
    const settle = (attempts: number, gaveUpBecause: string | null): void => {
      const settledAt = new Date();
      this.deliveries.push({
        scheduleName: Name,
        groupName: GroupName,
        scheduledAt,
        settledAt,
        attempts,
        gaveUpBecause,
      });
    };
    for (let attempt = 1; !this.#closing.signal.aborted; attempt += 1) {
      try {
        await this.#options.invoke(Target.Arn, this.#payload(Target, { arn, executionId, scheduledAt, attempt }));
        return settle(attempt, null);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const waitMs = Math.min(firstRetryDelayMs * 2 ** (attempt - 1), longestRetryDelayMs);
        const tooOld = Date.now() + waitMs - firstAt > mostAgeMs;
        if (attempt >= mostAttempts || tooOld) return settle(attempt, `${error.code}: ${error.message}`);
        await delay(waitMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }

  #payload(
    target: ScheduleTarget,
    {
      arn,
      executionId,
      scheduledAt,
      attempt,
    }: { arn: string; executionId: string; scheduledAt: Date; attempt: number },
  ): string {
    const time = `${scheduledAt.toISOString().slice(0, 19)}Z`;
    if (target.Input === undefined) {
      const { accountId: account, region } = this.#options;
      const event = { version: '0', id: executionId, 'detail-type': 'Scheduled Event', source: 'aws.scheduler' };
      return JSON.stringify({ ...event, account, time, region, resources: [arn], detail: '{}' });
    }
    return target.Input.replaceAll('<aws.scheduler.schedule-arn>', arn)
      .replaceAll('<aws.scheduler.scheduled-time>', time)
      .replaceAll('<aws.scheduler.execution-id>', executionId)
      .replaceAll('<aws.scheduler.attempt-number>', String(attempt));
  }

  #remove(key: string): void {
    clearTimeout(this.#entries.get(key)?.timer);
    this.#entries.delete(key);
  }
}

function keyOf(groupName: string, name: string): string {
  return `${groupName}/${name}`;
}

function validated({ ScheduleExpression, ScheduleExpressionTimezone, Target }: ScheduleDefinition): ScheduleExpression {
  try {
    checkTimeZone(ScheduleExpressionTimezone);
  } catch {
    throw invalid(`Invalid Schedule Expression Timezone ${ScheduleExpressionTimezone}.`);
  }
  if (Target.Input !== undefined) checkJson(Target.Input);
  if (!/^arn:aws:lambda:[^:]+:\d{12}:function:/.test(Target.Arn)) {
    throw invalid(
      `Provided Arn is not in correct format: the local cloud's schedules invoke functions, not ${Target.Arn}.`,
    );
  }
  try {
    return parseScheduleExpression(ScheduleExpression);
  } catch (error) {
    throw invalid(`Invalid Schedule Expression ${ScheduleExpression}: ${(error as Error).message}.`);
  }
}

function checkJson(input: string): void {
  try {
    JSON.parse(input);
  } catch (error) {
    throw invalid(`Invalid JSON in the target's Input: ${(error as Error).message}.`);
  }
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
