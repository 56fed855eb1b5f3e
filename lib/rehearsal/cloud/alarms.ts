import { type MetricAlarmInput, type MetricAlarmRule, readMetricAlarm } from './alarm-definition.ts';
import {
  type AlarmState,
  alarmTime,
  evaluateMetricAlarm,
  evaluationRange,
  type PeriodValue,
} from './alarm-evaluation.ts';
import { type AlarmRule, alarmsOfRule, parseAlarmRule, ruleHolds } from './alarm-rule.ts';
import { invalidRequest } from './metric-data-query.ts';
import { MetricMathError } from './metric-math-syntax.ts';
import { evaluateRequest } from './metric-queries.ts';
import type { MetricStore } from './metric-store.ts';
import { AwsError } from './operation.ts';

/** What `PutCompositeAlarm` takes. */
export interface CompositeAlarmInput
  extends Pick<
    MetricAlarmInput,
    'AlarmName' | 'AlarmDescription' | 'ActionsEnabled' | 'OKActions' | 'AlarmActions' | 'InsufficientDataActions'
  > {
  readonly AlarmRule: string;
}

export interface AlarmStateRecord {
  readonly value: AlarmState;
  readonly reason: string;
  /** JSON. */
  readonly reasonData?: string | undefined;
  readonly at: Date;
}

interface AlarmBase {
  readonly arn: string;
  readonly configuredAt: Date;
  readonly state: AlarmStateRecord;
}

export type Alarm = AlarmBase &
  (
    | { readonly kind: 'metric'; readonly input: MetricAlarmInput; readonly rule: MetricAlarmRule }
    | { readonly kind: 'composite'; readonly input: CompositeAlarmInput; readonly rule: AlarmRule }
  );

/** A change of state; `alarm` is as it is now. */
export interface AlarmTransition {
  readonly alarm: Alarm;
  readonly before: AlarmStateRecord;
}

export interface AlarmsOptions {
  readonly metrics: MetricStore;
  readonly onTransition?: (transition: AlarmTransition) => void;
  /** An evaluation failed; the alarm keeps its state. */
  readonly onDefect?: (sentence: string, cause: unknown) => void;
  readonly now?: () => Date;
}

type AlarmPlace = { readonly accountId: string; readonly region: string };

/** So long after the full second, in milliseconds, a second's metrics have been published. */
const EVALUATE_AFTER_MS = 250;

/**
 * CloudWatch's alarms. Once started they are evaluated every second (CloudWatch itself does it every 10 or 60), over periods
 * that end at the last full second. Until then only {@link evaluate} and {@link setState} change a state.
 */
export class Alarms {
  readonly #options: AlarmsOptions;
  readonly #now: () => Date;
  readonly #alarms = new Map<string, Alarm>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AlarmsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
  }

  /**
   * Makes an alarm, in state INSUFFICIENT_DATA, or changes one, which keeps its state.
   * @throws AwsError ValidationError for an alarm that cannot be evaluated.
   */
  putMetric(input: MetricAlarmInput, place: AlarmPlace): void {
    const rule = readMetricAlarm(input);
    try {
      periodsOf(rule, this.#options.metrics, this.#now());
    } catch (error) {
      if (error instanceof MetricMathError) throw invalidRequest(error.message, error);
      throw error;
    }
    this.#put({ ...this.#base(input.AlarmName, place), kind: 'metric', input, rule });
  }

  /** @throws AwsError ValidationError for a rule that cannot be read, or that names an alarm which does not exist. */
  putComposite(input: CompositeAlarmInput, place: AlarmPlace): void {
    const rule = parseAlarmRule(input.AlarmRule);
    const missing = alarmsOfRule(rule).filter((name) => this.#find(name) === undefined);
    if (missing.length > 0) throw invalidRequest(`Could not find the alarms of the AlarmRule: ${missing.join(', ')}.`);
    this.#put({ ...this.#base(input.AlarmName, place), kind: 'composite', input, rule });
  }

  /** All alarms, by name. */
  list(): readonly Alarm[] {
    return [...this.#alarms.values()].sort((a, b) => (a.input.AlarmName < b.input.AlarmName ? -1 : 1));
  }

  /** The state of an alarm by its name or ARN; undefined when there is none. */
  stateOf(nameOrArn: string): AlarmState | undefined {
    return this.#find(nameOrArn)?.state.value;
  }

  /**
   * Sets a state by hand. The next evaluation that finds another one takes it back.
   * @throws AwsError ResourceNotFound
   */
  setState(name: string, state: Omit<AlarmStateRecord, 'at'>): void {
    const alarm = this.#alarms.get(name);
    if (alarm === undefined) throw notFound(name);
    this.#settle(alarm, state);
    this.#evaluateComposites();
  }

  /** Deletes all of them or, when one is unknown, none. @throws AwsError ResourceNotFound */
  delete(names: readonly string[]): void {
    const unknown = names.find((name) => !this.#alarms.has(name));
    if (unknown !== undefined) throw notFound(unknown);
    for (const name of names) this.#alarms.delete(name);
  }

  /** Evaluates every alarm now. */
  evaluate(): void {
    for (const alarm of this.list()) {
      if (alarm.kind === 'metric') this.#evaluateMetric(alarm);
    }
    this.#evaluateComposites();
  }

  /** Evaluates every second from now on, until {@link close}. */
  start(): void {
    clearTimeout(this.#timer);
    const waitMs = 1_000 - (this.#now().getTime() % 1_000) + EVALUATE_AFTER_MS;
    this.#timer = setTimeout(() => {
      this.evaluate();
      this.start();
    }, waitMs);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #evaluateMetric(alarm: Alarm & { kind: 'metric' }): void {
    const now = this.#now();
    try {
      const periods = periodsOf(alarm.rule, this.#options.metrics, now);
      const finding = evaluateMetricAlarm(alarm.rule, periods, alarm.state.value, now);
      if (finding !== null) this.#settle(alarm, finding);
    } catch (error) {
      this.#options.onDefect?.(`The alarm ${alarm.input.AlarmName} could not be evaluated.`, error);
    }
  }

  /** Composite alarms may watch composite alarms: as many rounds as there are of them settle all. */
  #evaluateComposites(): void {
    const composites = this.list().flatMap((alarm) => (alarm.kind === 'composite' ? [alarm.input.AlarmName] : []));
    for (const _ of composites) {
      for (const name of composites) {
        const alarm = this.#alarms.get(name);
        if (alarm?.kind === 'composite') this.#evaluateComposite(alarm);
      }
    }
  }

  #evaluateComposite(alarm: Alarm & { kind: 'composite' }): void {
    const value = ruleHolds(alarm.rule, (name) => this.stateOf(name)) ? 'ALARM' : 'OK';
    const watched = alarmsOfRule(alarm.rule).flatMap((name) => this.#find(name) ?? []);
    const latest = watched.sort((a, b) => b.state.at.getTime() - a.state.at.getTime())[0];
    const reason =
      latest === undefined
        ? `${alarm.arn} was created and its alarm rule evaluates to ${value}`
        : `${latest.arn} transitioned to ${latest.state.value} at ${latest.state.at.toUTCString()}`;
    const triggeringAlarms = watched.map(({ arn, state }) => ({
      arn,
      state: { value: state.value, timestamp: alarmTime(state.at) },
    }));
    this.#settle(alarm, { value, reason, reasonData: JSON.stringify({ triggeringAlarms }) });
  }

  #settle(alarm: Alarm, state: Omit<AlarmStateRecord, 'at'>): void {
    if (state.value === alarm.state.value) return;
    const after = { ...alarm, state: { ...state, at: this.#now() } };
    this.#alarms.set(alarm.input.AlarmName, after);
    this.#options.onTransition?.({ alarm: after, before: alarm.state });
  }

  #base(name: string, { accountId, region }: AlarmPlace): AlarmBase {
    const now = this.#now();
    const unchecked = { value: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation', at: now } as const;
    return {
      arn: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`,
      configuredAt: now,
      state: this.#alarms.get(name)?.state ?? unchecked,
    };
  }

  #put(alarm: Alarm): void {
    const { AlarmName } = alarm.input;
    const known = this.#alarms.get(AlarmName);
    if (known !== undefined && known.kind !== alarm.kind) {
      throw invalidRequest(`There is a ${known.kind} alarm named ${AlarmName} already.`);
    }
    this.#alarms.set(AlarmName, alarm);
  }

  #find(nameOrArn: string): Alarm | undefined {
    return this.#alarms.get(nameOrArn) ?? [...this.#alarms.values()].find(({ arn }) => arn === nameOrArn);
  }
}

/** The evaluation range of a rule, newest first: periods that end at the last full second, as a sliding window does. */
function periodsOf(rule: MetricAlarmRule, metrics: MetricStore, now: Date): readonly PeriodValue[] {
  const { periodSeconds } = rule;
  const end = Math.floor(now.getTime() / 1_000);
  // Metric math knows only periods that are aligned to the epoch, so it is shown a clock by which these are.
  const shift = end % periodSeconds;
  const shifted: MetricStore = {
    put: (datum) => metrics.put(datum),
    datapoints: (name, statistic, period, range) => {
      const real = { start: range.start + shift, end: range.end + shift };
      const points = metrics.datapoints(name, statistic, period, real, shift);
      return new Map([...points].map(([second, value]) => [second - shift, value]));
    },
  };
  const count = evaluationRange(rule);
  const start = end - shift - count * periodSeconds;
  const dates = [start, end - shift].map((second) => new Date(second * 1_000));
  const [from = now, to = now] = dates;
  const points = evaluateRequest(rule.queries, from, to, shifted)[0]?.points;
  return Array.from({ length: count }, (_, index) => {
    const begins = end - shift - (index + 1) * periodSeconds;
    return { start: begins + shift, value: points?.get(begins) ?? null };
  });
}

function notFound(name: string): AwsError {
  return new AwsError('ResourceNotFound', `There is no alarm named ${name}.`, 404);
}
