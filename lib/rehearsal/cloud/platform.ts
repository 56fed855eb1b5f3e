import type { MetricSink } from '../fleet/model.ts';
import type { SynthesizedStack } from './assembly.ts';
import { AsyncInvocations, type DroppedEvent } from './async-invocations.ts';
import { DurableExecutions } from './durable-executions.ts';
import type { DurableExecution } from './durable-run.ts';
import { publishingMetrics } from './embedded-metrics.ts';
import type { LogLine } from './function-environment.ts';
import { Functions, type WorkingOn } from './functions.ts';
import { lambdaService } from './lambda.ts';
import type { Caller, ServedService } from './operation.ts';
import { type Provision, provision } from './provision.ts';
import { schedulerService } from './scheduler.ts';
import { type Delivery, type Schedule, Schedules } from './schedules.ts';
import type { Tables } from './tables.ts';

export interface PlatformOptions {
  readonly stack: SynthesizedStack;
  readonly accountId: string;
  readonly region: string;
  /** Where the stack's tables are made. The platform does not close it. */
  readonly tables: Tables;
  /** Address of the local cloud's HTTP server, which the functions call; asked when the first function process starts. */
  readonly endpointUrl: () => string;
  readonly onLog: (line: LogLine) => void;
  /** Where metrics go that a function writes into its log in the embedded metric format; nowhere by default. */
  readonly metrics?: MetricSink;
  /** `hold`: the template's cron and rate schedules do not fire by themselves. Default `fire`. */
  readonly recurringSchedules?: 'fire' | 'hold';
  /** See {@link DurableExecutions}. */
  readonly invocationRetryDelaysMs?: readonly number[];
  /** Waits before an asynchronous event is tried again; Lambda's own by default, 1 and 2 minutes. */
  readonly asyncRetryDelaysMs?: readonly number[];
}

/** A stack running on this machine. */
export interface Platform {
  /** Operations to serve for Lambda and for EventBridge Scheduler. */
  readonly lambda: ServedService;
  readonly scheduler: ServedService;
  /** The stack as plain data. */
  readonly provision: Provision;
  /** Initial values of the stack's parameters by name. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Physical name (`Ref`) of each resource by logical id. */
  readonly names: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  executions(): readonly DurableExecution[];
  /** Asynchronous events that were given up. */
  droppedEvents(): readonly DroppedEvent[];
  schedules(): readonly Schedule[];
  /** What schedules invoked, and what they gave up. */
  deliveries(): readonly Delivery[];
  /** Invokes the target of a schedule now; `name` is its physical name. */
  fireSchedule(groupName: string, name: string): Promise<void>;
  /** The durable execution that the process with these credentials is working on now. */
  activeExecution(accessKeyId: string): WorkingOn | undefined;
  /** Ids of the function processes that are running now. */
  processIds(): readonly number[];
  /** Starts one process for every function and waits until they are ready. */
  warm(): Promise<void>;
  /** Ends every schedule, execution and process; the first call does it, later calls wait for it. */
  close(): Promise<void>;
}

/** Makes a stack's tables, functions and schedules, and starts them. The functions' processes start when needed. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { accountId, region, metrics } = options;
  const onLog = metrics === undefined ? options.onLog : publishingMetrics(metrics, options.onLog);
  const provisioned = provision(options.stack, { accountId, region });
  await Promise.all(provisioned.tables.map((table) => options.tables.create(table)));

  const functions = new Functions({ declared: provisioned.functions, region, endpointUrl: options.endpointUrl, onLog });
  const asyncInvocations = new AsyncInvocations(functions, onLog, options.asyncRetryDelaysMs);
  const { invocationRetryDelaysMs } = options;
  const executions = new DurableExecutions({
    functions,
    onLog,
    ...(invocationRetryDelaysMs ? { invocationRetryDelaysMs } : {}),
  });
  const lambda = lambdaService({ functions, asyncInvocations, executions });
  const scheduler: Caller = { accessKeyId: 'scheduler.amazonaws.com', accountId, region };
  const schedules = new Schedules({
    accountId,
    region,
    groups: provisioned.scheduleGroups,
    invoke: async (FunctionName, payload) => {
      const input = { FunctionName, InvocationType: 'Event', Payload: Buffer.from(payload) };
      await lambda.Invoke?.answer(input, scheduler);
    },
  });
  createSchedules(schedules, provisioned, options.recurringSchedules ?? 'fire');

  const end = async (): Promise<void> => {
    // First nothing new may begin; then the processes end; then what waited for them is let go.
    const scheduling = schedules.close();
    const delivering = asyncInvocations.close();
    const executing = executions.close();
    await functions.close();
    await Promise.all([scheduling, delivering, executing]);
  };
  let ending: Promise<void> | undefined;
  return {
    lambda,
    scheduler: schedulerService(schedules),
    provision: provisioned,
    parameters: new Map(provisioned.parameters.map(({ name, value }) => [name, value])),
    names: provisioned.names,
    outputs: provisioned.outputs,
    executions: () => executions.list(),
    droppedEvents: () => asyncInvocations.dropped,
    schedules: () => schedules.list(),
    deliveries: () => schedules.deliveries,
    fireSchedule: (groupName, name) => schedules.fireNow(groupName, name),
    activeExecution: (accessKeyId) => functions.activeExecution(accessKeyId),
    processIds: () => functions.processIds(),
    warm: () => functions.warm(),
    close: () => {
      ending ??= end();
      return ending;
    },
  };
}

function createSchedules(schedules: Schedules, { schedules: declared }: Provision, recurring: 'fire' | 'hold'): void {
  for (const { name, groupName, properties } of declared) {
    const { ScheduleExpression, ScheduleExpressionTimezone, State, FlexibleTimeWindow, Target } = properties;
    const held = recurring === 'hold' && !ScheduleExpression.startsWith('at(');
    const fixed = { Name: name, GroupName: groupName, ActionAfterCompletion: 'NONE' } as const;
    const definition = { ScheduleExpression, ScheduleExpressionTimezone, State, FlexibleTimeWindow, Target };
    schedules.create({ ...fixed, ...definition }, { held });
  }
}
