import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { StateTable } from '../../lib/aws/state-table.ts';
import { isRunning, processTree, type Running, start } from './command-line.ts';

/** What scripts rely on; `docs/runbook.md` shows it. */
export const haltSchema = z.strictObject({
  lever: z.boolean(),
  recorded: z.boolean(),
  actor: z.string(),
  reason: z.string(),
  proven: z.boolean(),
  inFlight: z.array(z.string()).nullable(),
  experiments: z.array(
    z.strictObject({
      experiment: z.string(),
      group: z.string(),
      ended: z.string().nullable(),
      reversible: z.boolean(),
      undone: z.array(
        z.strictObject({
          resource: z.string(),
          at: z.string(),
          seconds: z.number(),
          record: z.strictObject({ sequence: z.number(), hash: z.string() }),
        }),
      ),
      notUndone: z.array(z.string()),
    }),
  ),
});

/** The local cloud invokes an execution that crashed again after 8 s at the longest, and then gives it up. */
const QUIET_MS = 12_000;

/** Environment of a process, as it was started. Empty when it has gone. */
function environmentOf(pid: number): Readonly<Partial<Record<string, string>>> {
  try {
    const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return Object.fromEntries(pairs.map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]));
  } catch {
    return {};
  }
}

/** A rehearsal that is left up, and what there is to do behind the back of its command line. */
export class KeptStack {
  readonly rehearsal: Running;
  readonly environment: Readonly<Record<string, string>>;
  readonly #client: object;
  #parts: Promise<Record<string, string>> | undefined;

  private constructor(rehearsal: Running, environment: Readonly<Record<string, string>>) {
    this.rehearsal = rehearsal;
    this.environment = environment;
    const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId = '' } = environment;
    this.#client = { endpoint, region, credentials: { accessKeyId, secretAccessKey: 'any' } };
  }

  static async start(args: readonly string[]): Promise<KeptStack> {
    const rehearsal = start(['rehearse', '--keep', ...args]);
    const said = await rehearsal.says(/export AWS_ENDPOINT_URL=[\s\S]*export AWS_SECRET_ACCESS_KEY=\S+/);
    const pairs = [...said[0].matchAll(/export (\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]);
    return new KeptStack(rehearsal, Object.fromEntries(pairs));
  }

  /** Makes an alarm that stays in the state that it is set to. */
  async makeAlarm(AlarmName: string): Promise<void> {
    const rule = { Period: 60, EvaluationPeriods: 1, Threshold: 1, TreatMissingData: 'ignore' } as const;
    const about = { Namespace: 'Shop', MetricName: AlarmName, Statistic: 'Sum' } as const;
    const command = { AlarmName, ...about, ...rule, ComparisonOperator: 'GreaterThanThreshold' } as const;
    await new CloudWatchClient(this.#client).send(new PutMetricAlarmCommand(command));
    await this.setAlarm(AlarmName, 'OK');
  }

  async setAlarm(AlarmName: string, StateValue: 'OK' | 'ALARM', StateReason = 'set by a test'): Promise<void> {
    await new CloudWatchClient(this.#client).send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason }));
  }

  /** Name of a part of the deployed stack. */
  async part(name: string): Promise<string> {
    this.#parts ??= new SSMClient(this.#client)
      .send(new GetParameterCommand({ Name: '/Capuchin/deployment' }))
      .then(({ Parameter }) => JSON.parse(Parameter?.Value ?? '{}') as Record<string, string>);
    return (await this.#parts)[name] ?? `no part ${name}`;
  }

  async state(): Promise<StateTable> {
    return new StateTable(await this.part('StateTable'));
  }

  async sweep(): Promise<unknown> {
    const FunctionName = await this.part('SweepFunction');
    const Payload = Buffer.from(JSON.stringify({ version: 1, sweep: 'all' }));
    const { Payload: answer } = await new LambdaClient(this.#client).send(new InvokeCommand({ FunctionName, Payload }));
    return JSON.parse(Buffer.from(answer ?? []).toString());
  }

  /** Processes that work on experiments. */
  #experimentPids(): number[] {
    return processTree(this.rehearsal.process.pid ?? 0).filter((pid) =>
      environmentOf(pid).AWS_LAMBDA_FUNCTION_NAME?.includes('experiment'),
    );
  }

  /** Stops the clock of every experiment, or lets it go on. */
  signalExperiments(signal: 'SIGSTOP' | 'SIGCONT'): void {
    for (const pid of this.#experimentPids()) process.kill(pid, signal);
  }

  /**
   * Kills whatever works on experiments, and what is started in its stead, until nothing is any more: every execution has failed then.
   *
   * @returns how many processes.
   */
  async killExperiments(): Promise<number> {
    const killed = new Set<number>();
    for (let lastMs = Date.now(); Date.now() - lastMs < QUIET_MS; await sleep(200)) {
      for (const pid of this.#experimentPids().filter((one) => !killed.has(one))) {
        process.kill(pid, 'SIGKILL');
        killed.add(pid);
        lastMs = Date.now();
      }
    }
    return killed.size;
  }

  /** Ports of the tasks' processes that do not answer, frozen as they are. */
  async silentPorts(): Promise<number[]> {
    const ports = processTree(this.rehearsal.process.pid ?? 0)
      .map((pid) => ({ pid, ...environmentOf(pid) }))
      .flatMap(({ pid, PORT }: { pid: number; PORT?: string }) => (PORT && isRunning(pid) ? [Number(PORT)] : []));
    const answers = await Promise.all(
      [...new Set(ports)].map(async (port) => {
        const signal = AbortSignal.timeout(3_000);
        const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal }).catch(() => undefined);
        await answer?.arrayBuffer();
        return answer?.ok ? [] : [port];
      }),
    );
    return answers.flat();
  }
}
