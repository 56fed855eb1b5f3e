import type { ConfigInput } from '../core/config.ts';
import { type Alerting, startAlerting } from './cloud/alerting.ts';
import { autoScalingOperations } from './cloud/auto-scaling.ts';
import { type CallCounts, createCallLog, type LoggedCall } from './cloud/call-log.ts';
import { cloudWatchOperations } from './cloud/cloudwatch.ts';
import { ec2Operations } from './cloud/ec2.ts';
import { ecsOperations } from './cloud/ecs.ts';
import { identityOperations } from './cloud/identity.ts';
import type { MetricStore } from './cloud/metric-store.ts';
import { parameterStore } from './cloud/parameters.ts';
import { type Platform, startPlatform } from './cloud/platform.ts';
import { tablesAt } from './cloud/protocols/dynamodb.ts';
import { type CommandHost, type RunCommands, runCommands } from './cloud/run-command.ts';
import { startServer } from './cloud/server.ts';
import { startTables } from './cloud/tables.ts';
import { taggingOperations } from './cloud/tagging.ts';
import { targetGroupOperations } from './cloud/target-groups.ts';
import type { Notice } from './cloud/topics.ts';
import type { FleetState } from './fleet/model.ts';
import { synthesize } from './synthesize.ts';

export const ACCOUNT_ID = '000000000000';
export const REGION = 'us-east-1';

/** The key of whoever sits at the command line; every function process has one of its own. */
const USER_KEY = 'REHEARSALUSER';

export interface LocalCloudOptions {
  readonly config: ConfigInput;
  readonly fleet: FleetState;
  readonly metrics: MetricStore;
  /** Runs SSM's commands on the fleet's container hosts. Without it, SSM knows no host. */
  readonly commandHost?: CommandHost;
  /** How long each answer is kept back, in milliseconds; 0 by default. */
  readonly callDelayMs?: () => number;
  /** Told of each call as it comes. */
  readonly onCall?: (call: LoggedCall) => void;
  /** Folder for the cloud assembly. */
  readonly directory: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly signal: AbortSignal;
  /** Something that AWS would not have done, or that the local cloud cannot do: the rehearsal must not pass. */
  readonly onDefect: (sentence: string, cause?: unknown) => void;
  readonly onLog: (line: string) => void;
}

/** The real stack on this machine. */
export interface LocalCloud {
  readonly platform: Platform;
  /** SSM's Run Command: what was sent, and what became of it. */
  readonly commands: RunCommands;
  /** Alarms, event buses and topics. */
  readonly alerting: Alerting;
  /** The latest messages of all topics, oldest first; 1,000 are kept. */
  notices(): readonly Notice[];
  /** Calls of the functions, by `Service.Operation`; what the command line asks for itself is left out. */
  functionCalls(): CallCounts;
  /** The same for one durable execution. */
  callsOfExecution(arn: string): CallCounts;
  /** What a command line needs to talk to it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Ids of the hosts whose agents can be reached: a host that is down, or cut off, has no agent of Systems Manager either. */
function reachableHosts({ hosts = [] }: FleetState): string[] {
  return hosts.flatMap(({ instanceId, containerInstance }) =>
    containerInstance?.agentConnected === false ? [] : [instanceId],
  );
}

/** Synthesizes the stack, provides its resources, and serves it on loopback. */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const stack = await synthesize(options.config, options.directory, options.signal);
    const tables = await startTables(REGION);
    closers.push(() => tables.close());
    const calls = createCallLog();
    // One log a durable execution: a process works on one at a time, so its key tells whose call it was.
    const byExecution = new Map<string, Record<string, number>>();
    let url = '';
    const platform = await startPlatform({
      stack,
      accountId: ACCOUNT_ID,
      region: REGION,
      tables,
      endpointUrl: () => url,
      // A rehearsal asks the planner itself; the hourly one would draw a day that nobody waits for.
      recurringSchedules: 'hold',
      metrics: options.metrics,
      onLog: ({ functionName, text }) => options.onLog(`${functionName}: ${text}`),
    });
    const { metrics, onLog, onDefect } = options;
    const { provision, lambda } = platform;
    const alerting = startAlerting({ provision, metrics, lambda, onLog, onDefect });
    closers.push(() => alerting.close());
    const { commandHost: host, fleet } = options;
    const commands = runCommands({
      documents: platform.provision.documents,
      instanceIds: () => (host === undefined ? [] : reachableHosts(fleet)),
      ...(host === undefined ? {} : { host }),
      alarmState: (name) => alerting.alarms.stateOf(name),
      onDefect: options.onDefect,
    });
    closers.push(() => commands.close());
    const user = { arn: `arn:aws:iam::${ACCOUNT_ID}:user/rehearsal`, userId: 'AIDAREHEARSAL' };
    const server = await startServer({
      services: {
        ECS: ecsOperations(options.fleet),
        Tagging: taggingOperations(options.fleet),
        AutoScaling: autoScalingOperations(options.fleet),
        EC2: ec2Operations(options.fleet),
        CloudWatch: cloudWatchOperations(metrics, alerting.alarms),
        SSM: parameterStore(platform.parameters, { commands }).operations,
        Events: alerting.buses.operations,
        LoadBalancing: targetGroupOperations(options.fleet),
        SNS: alerting.topics.operations,
        STS: identityOperations((key) => (key === USER_KEY ? user : undefined)),
        Lambda: lambda,
        Scheduler: platform.scheduler,
      },
      tables: tablesAt(tables.endpoint),
      port: options.port,
      accountId: ACCOUNT_ID,
      callLog: {
        ...calls,
        record: (call) => {
          options.onCall?.(call);
          if (call.accessKeyId !== USER_KEY) calls.record(call);
          const working = platform.activeExecution(call.accessKeyId);
          if (working === undefined) return;
          const counts = byExecution.get(working.arn) ?? {};
          const name = `${call.service}.${call.operation}`;
          byExecution.set(working.arn, { ...counts, [name]: (counts[name] ?? 0) + 1 });
        },
      },
      onDefect: options.onDefect,
      ...(options.callDelayMs === undefined ? {} : { callDelayMs: options.callDelayMs }),
    });
    // Functions end before the front door closes, so that no call of theirs meets a closed one; alarms and rules before both.
    closers.push(
      () => server.close(),
      () => platform.close(),
      () => alerting.close(),
    );
    url = server.url;
    const environment = {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: USER_KEY,
      AWS_SECRET_ACCESS_KEY: 'rehearsal',
    };
    await platform.warm();
    return {
      platform,
      commands,
      alerting,
      notices: () => alerting.topics.notices(),
      functionCalls: () => calls.counts(),
      callsOfExecution: (arn) => byExecution.get(arn) ?? {},
      environment,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
