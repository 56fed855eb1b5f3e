import { switchText } from '../../lib/aws/switches.ts';
import { Alarms } from '../../lib/rehearsal/cloud/alarms.ts';
import { autoScalingOperations } from '../../lib/rehearsal/cloud/auto-scaling.ts';
import { changeCalendars } from '../../lib/rehearsal/cloud/calendars.ts';
import { cloudWatchOperations } from '../../lib/rehearsal/cloud/cloudwatch.ts';
import type { DurableExecutions } from '../../lib/rehearsal/cloud/durable-executions.ts';
import { ec2Operations } from '../../lib/rehearsal/cloud/ec2.ts';
import { ecsOperations } from '../../lib/rehearsal/cloud/ecs.ts';
import { eventBuses } from '../../lib/rehearsal/cloud/events.ts';
import { lambdaService } from '../../lib/rehearsal/cloud/lambda.ts';
import { createMetricStore, KEPT_SECONDS, type MetricStore } from '../../lib/rehearsal/cloud/metric-store.ts';
import { parameterStore } from '../../lib/rehearsal/cloud/parameters.ts';
import { runCommands } from '../../lib/rehearsal/cloud/run-command.ts';
import { createTopics } from '../../lib/rehearsal/cloud/topics.ts';
import { ACCOUNT, REGION } from '../rehearsal/cloud/fake-fleet.ts';
import type { VirtualClock } from './clock.ts';
import { ModelHosts, modelDocuments } from './command-host.ts';
import type { Execution } from './execution.ts';
import { ModelFleet } from './fleet.ts';
import type { Tenant } from './front.ts';
import type { ModelHostGroup } from './host-group.ts';
import type { RunLog } from './run-log.ts';
import { ALARM, CALENDAR, type Scenario, START_MS } from './scenarios.ts';
import { BUS, LEASH, LEVER, TOPIC } from './world.ts';

/** Every call takes so long. */
export const CALL_MS = 20;

/** What one run's cloud is made over. */
export interface Model {
  readonly clock: VirtualClock;
  readonly log: RunLog;
  readonly fleet: ModelFleet | ModelHostGroup;
  readonly scenario: Scenario;
  readonly execution: () => Execution;
  /** Whether the execution has ended; nobody asks for metrics any more. */
  readonly isOver: () => boolean;
  readonly onDefect: (sentence: string) => void;
}

/** Hosts to which nobody sends commands. */
const NO_COMMANDS = {
  run: (): never => {
    throw new Error('a command in a scenario without any');
  },
};

/** What is served of AWS in one run, on its own clock and fleet. */
export function serveModel(model: Model): Tenant['services'] {
  const { clock, fleet, execution, onDefect } = model;
  const now = clock.date;
  const calendars = changeCalendars({ now });
  calendars.set(CALENDAR, 'OPEN');
  const off = switchText(false, { reason: 'r', actor: 'a', at: 'x' });
  const parameters = parameterStore(new Map([LEVER, LEASH].map((name) => [name, off])), { calendars, now });
  const metrics = usersOf(model);
  const alarms = someAlarms(metrics, now);
  const commands = runCommands({
    documents: modelDocuments(),
    instanceIds: () => fleet.hosts.map(({ instanceId }) => instanceId),
    host: fleet instanceof ModelFleet ? new ModelHosts(clock, fleet) : NO_COMMANDS,
    alarmState: (name) => alarms.stateOf(name),
    onDefect: onDefect,
    now,
    // Two calls' time: the first look at a command comes too soon.
    visibleAfterMs: 2 * CALL_MS,
  });
  return {
    ...(fleet instanceof ModelFleet
      ? { ECS: ecsOperations(fleet) }
      : { EC2: ec2Operations(fleet), AutoScaling: autoScalingOperations(fleet) }),
    CloudWatch: cloudWatchOperations(metrics, alarms),
    SSM: { ...parameters.operations, ...commands.operations },
    Events: eventBuses({ buses: [BUS], now }).operations,
    SNS: createTopics([{ arn: TOPIC } as never], now).operations,
    Lambda: lambdaService({
      functions: undefined as never,
      asyncInvocations: undefined as never,
      // Only checkpoints and state are asked of it.
      executions: {
        checkpoint: (input: Parameters<Execution['checkpoint']>[0]) => execution().checkpoint(input),
        state: (input: Parameters<Execution['state']>[0]) => execution().state(input),
      } as unknown as DurableExecutions,
    }),
  };
}

/** Users of the service, second by second, as CloudWatch hears of them. */
function usersOf(model: Model): MetricStore {
  const { clock, log, isOver } = model;
  const metrics = createMetricStore();
  clock.onPassing((nowMs) => {
    if (isOver() || nowMs % 1000 > 0 || nowMs > START_MS + KEPT_SECONDS * 1000) return;
    const isHurt = isHurtAt(model, nowMs);
    if (isHurt) log.add({ kind: 'hurt' });
    const at = new Date(nowMs - 1);
    metrics.put({ namespace: 'Test', metric: 'Errors', dimensions: {}, at, values: [isHurt ? 10 : 0] });
  });
  return metrics;
}

function isHurtAt({ scenario, log, fleet }: Model, nowMs: number): boolean {
  const { hurtsAfterMs } = scenario;
  if (hurtsAfterMs === undefined) return false;
  return log
    .of('act')
    .some(
      ({ act, target, atMs }) => nowMs >= atMs + hurtsAfterMs && (act === 'stop' || fleet.frozen().includes(target)),
    );
}

/** The stop condition of the scenarios, which is well all the time. */
function someAlarms(metrics: MetricStore, now: () => Date): Alarms {
  const alarms = new Alarms({ metrics, now });
  const rule = {
    Namespace: 'Test',
    MetricName: 'Errors',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1e6,
    ComparisonOperator: 'GreaterThanThreshold',
  };
  alarms.putMetric({ AlarmName: ALARM, ...rule } as never, { accountId: ACCOUNT, region: REGION });
  alarms.setState(ALARM, { value: 'OK', reason: 'all is well' });
  return alarms;
}
