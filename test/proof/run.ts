import { type DurableContext, DurableExecutionApiClient, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { runExperiment } from '../../functions/experiment/workflow.ts';
import type { AuditRecord } from '../../lib/audit/record.ts';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { StateTable } from '../../lib/aws/state-table.ts';
import type { AccountState, GroupState } from '../../lib/core/claim.ts';
import { experimentOrderSchema } from '../../lib/core/experiment.ts';
import { aboutOf } from './call-words.ts';
import { type Caller, type Clients, giveUp, inCall } from './clients.ts';
import { VirtualClock } from './clock.ts';
import { Execution, type FunctionProcess } from './execution.ts';
import { type Injection, type Point, type Treatment, treatmentOf } from './failures.ts';
import { ModelFleet } from './fleet.ts';
import type { Front, Tenant, Try } from './front.ts';
import { ModelHostGroup } from './host-group.ts';
import { CALL_MS, serveModel } from './model-cloud.ts';
import type { RunFacts } from './run-facts.ts';
import { RunLog } from './run-log.ts';
import { EXPERIMENT, type Scenario, START_MS } from './scenarios.ts';
import { sweepOnce } from './sweep.ts';
import type { RunTables } from './tables.ts';
import { type Names, realWorld } from './world.ts';

/** A call that is not answered takes as long as the real clients wait for it. */
const UNANSWERED_MS = { Lambda: 55_000, others: 10_000 } as const;
/** More than any claim may be held: an hour of each of observing and recovering, and the margin. */
const LONGEST_CLAIM_MS = 3 * 3_600_000;
const SWEPT_EVERY_MS = 5 * 60_000;
/** What a run may call at most; one that makes more does not end. */
const MOST_CALLS = 3_000;

/** What all runs of a process share. */
export interface Stage {
  readonly front: Front;
  readonly clients: Clients;
  readonly tables: RunTables;
  readonly executionTimeoutSeconds: number;
}

let runs = 0;

/** One run of a scenario on its own tables, clock and fleet, with at most one failure. */
export class Run implements Tenant {
  readonly services: Tenant['services'];
  readonly #stage: Stage;
  readonly #scenario: Scenario;
  readonly #injection: Injection | undefined;
  readonly #name = `PROOF${runs++}`;
  readonly #clock = new VirtualClock(START_MS - 60_000);
  readonly #log = new RunLog(this.#clock);
  readonly #fleet: ModelFleet | ModelHostGroup;
  readonly #execution: Execution;
  readonly #kills = new Map<string, () => void>();
  readonly #points: Point[] = [];
  readonly #counts = new Map<string, number>();
  readonly #calls = new Map<string, number>();
  readonly #defects: string[] = [];
  #names: Names = { audit: '', state: '' };
  #isOver: boolean = false;
  #isInjected = false;

  constructor(stage: Stage, scenario: Scenario, injection?: Injection) {
    this.#stage = stage;
    this.#scenario = scenario;
    this.#injection = injection;
    this.#fleet =
      scenario.fleet === 'hosts'
        ? new ModelHostGroup(this.#clock, this.#log)
        : new ModelFleet(this.#clock, this.#log, scenario.fleet);
    this.services = serveModel({
      clock: this.#clock,
      log: this.#log,
      fleet: this.#fleet,
      scenario,
      execution: () => this.#execution,
      isOver: () => this.#isOver,
      onDefect: (sentence) => this.onDefect(sentence),
    });
    this.#clock.moveTo(START_MS);
    this.#execution = new Execution({
      clock: this.#clock,
      name: EXPERIMENT,
      input: scenario.order,
      timeoutSeconds: stage.executionTimeoutSeconds,
      startProcess: () => this.#startProcess(),
    });
  }

  async facts(): Promise<RunFacts> {
    const { front, tables } = this.#stage;
    this.#names = await tables.make(this.#name);
    front.tenants.set(this.#name, this);
    try {
      const end = await this.#execution.run();
      this.#isOver = true;
      // What an invocation left undone when its execution ended is never done: its process is frozen for good.
      for (const process of [...this.#kills.keys()]) this.#kill(process);
      const observer = this.#as('observer', () => ({
        audit: new AuditTable(this.#names.audit),
        state: new StateTable(this.#names.state),
      }));
      const chain = await observer.audit.readChain(EXPERIMENT);
      const sweeps = await this.#sweepAll();
      return {
        scenario: this.#scenario,
        injection: this.#injection,
        log: this.#log,
        end,
        points: this.#points,
        isInjected: this.#isInjected,
        chain,
        finalChain: await observer.audit.readChain(EXPERIMENT),
        group: (await observer.state.read<GroupState>('group', this.#scenario.order.group))?.body,
        account: (await observer.state.read<AccountState>('account', 'this'))?.body,
        nowMs: this.#clock.now(),
        sweeps,
        defects: this.#defects,
      };
    } finally {
      front.tenants.delete(this.#name);
      await tables.drop(this.#names);
    }
  }

  treat(one: Try): Treatment | undefined {
    const [, process = ''] = one.accessKeyId.split('x');
    if (process.startsWith('p') && !this.#kills.has(process)) return undefined;
    this.#clock.advance(CALL_MS);
    if (!process.startsWith('p') || this.#isOver) return treatmentOf(undefined, one.operation, 0, 1);
    const count = this.#count(one);
    if (this.#points.length > MOST_CALLS) {
      this.#defects.push('the experiment does not end');
      this.#kills.get(process)?.();
      return undefined;
    }
    const treatment = treatmentOf(this.#injection, one.operation, count, one.attempt);
    if (treatment.answer !== 'true') this.#isInjected = true;
    if (treatment.isDeadly && !treatment.isCarriedOut) this.#kill(process);
    else if (treatment.answer === 'none' && !treatment.isDeadly) {
      this.#clock.advance(one.operation.startsWith('Lambda.') ? UNANSWERED_MS.Lambda : UNANSWERED_MS.others);
    }
    return treatment;
  }

  onCarriedOut(one: Try, statusCode: number): void {
    if (one.operation === 'DynamoDB.PutItem' && statusCode === 200) this.#noteRecord(one.body);
    const target = statusCode === 200 ? this.#fleet.actedOn(one) : undefined;
    if (target !== undefined) this.#log.add({ kind: 'acting-call', target, callId: one.callId });
    const [, process = ''] = one.accessKeyId.split('x');
    if (this.#injection?.failure !== 'crash-after' || this.#isOver) return;
    const count = this.#calls.get(one.callId) ?? 0;
    if (treatmentOf(this.#injection, one.operation, count, one.attempt).isDeadly) this.#kill(process);
  }

  onUnanswered({ callId, attempt }: Try): void {
    giveUp(callId, attempt);
  }

  onDefect(sentence: string): void {
    this.#defects.push(sentence);
  }

  #kill(process: string): void {
    this.#kills.get(process)?.();
    this.#kills.delete(process);
  }

  /** Number of a call among those of its operation. */
  #count({ operation, callId, step, body }: Try): number {
    const known = this.#calls.get(callId);
    if (known !== undefined) return known;
    const count = (this.#counts.get(operation) ?? 0) + 1;
    this.#counts.set(operation, count);
    this.#calls.set(callId, count);
    this.#points.push({ name: `${operation}#${count}`, step, about: aboutOf(operation, body) });
    return count;
  }

  #noteRecord(body: string): void {
    const { TableName, Item } = JSON.parse(body) as { TableName: string; Item: { record?: { S: string } } };
    if (TableName !== this.#names.audit || Item.record === undefined) return;
    const record = JSON.parse(Item.record.S) as AuditRecord;
    this.#log.add({ kind: 'record', record });
    if (record.kind === 'ended' || record.kind === 'failed') {
      this.#log.add({ kind: 'settled', frozen: this.#fleet.frozen() });
    }
  }

  #as<Made>(process: string, make: () => Made, isDead = () => false): Made {
    const caller: Caller = { accessKeyId: `${this.#name}x${process}`, isDead };
    return this.#stage.clients.as(caller, make);
  }

  #startProcess(): FunctionProcess {
    const id = `p${this.#kills.size}-${this.#points.length}`;
    const { promise: died, resolve } = Promise.withResolvers<void>();
    let isDead = false;
    this.#kills.set(id, () => {
      isDead = true;
      resolve();
    });
    const caller: Caller = { accessKeyId: `${this.#name}x${id}`, isDead: () => isDead };
    const world = this.#as(id, () => realWorld(this.#scenario.config, this.#names, this.#clock.now), caller.isDead);
    const client = new LambdaClient(this.#stage.clients.optionsOf(caller));
    const handler = withDurableExecution(
      (event: unknown, durable: DurableContext) =>
        runExperiment(experimentOrderSchema.parse(event), this.#named(durable, caller), this.#execution.arn, world),
      { durableExecutionClient: new DurableExecutionApiClient(client) },
    );
    return { handler, died };
  }

  /** The context with steps that say their names, their process and their clock to the calls made in them. */
  #named(durable: DurableContext, caller: Caller): DurableContext {
    return new Proxy(durable, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function') return member;
        if (key !== 'step') return member.bind(target);
        return (step: string, work: (...input: unknown[]) => unknown, ...rest: unknown[]) => {
          const called = (...input: unknown[]) => inCall({ caller, step, clock: this.#clock }, () => work(...input));
          return (member as (...input: unknown[]) => unknown).call(target, step, called, ...rest);
        };
      },
    });
  }

  /** What the schedule would do from then on until every claim's time is over. */
  async #sweepAll(): Promise<string[]> {
    const said: string[] = [];
    const sweeping = async (): Promise<void> => {
      const caller: Caller = { accessKeyId: `${this.#name}xsweep`, isDead: () => false };
      const world = this.#stage.clients.as(caller, () =>
        realWorld(this.#scenario.config, this.#names, this.#clock.now),
      );
      const swept = await inCall({ caller, step: 'sweep', clock: this.#clock }, () => sweepOnce(world));
      if (swept !== undefined) said.push(swept);
    };
    this.#clock.advance(SWEPT_EVERY_MS);
    await sweeping();
    this.#clock.moveTo(START_MS + LONGEST_CLAIM_MS);
    await sweeping();
    return said;
  }
}
