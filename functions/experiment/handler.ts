import type { DurableContext } from '@aws/durable-execution-sdk-js';
import middy from '@middy/core';
import { executionModeDurableContext } from '@middy/core/DurableContext';
import { Alarms } from '../../lib/aws/alarms.ts';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { ChangeCalendars } from '../../lib/aws/change-calendars.ts';
import { Ecs } from '../../lib/aws/ecs.ts';
import { Functions } from '../../lib/aws/functions.ts';
import { Hosts } from '../../lib/aws/hosts.ts';
import { LoadBalancers } from '../../lib/aws/load-balancers.ts';
import { Metrics } from '../../lib/aws/metrics.ts';
import { StateTable } from '../../lib/aws/state-table.ts';
import { SwitchBoard } from '../../lib/aws/switches.ts';
import { type ExperimentOrder, experimentOrderSchema } from '../../lib/core/experiment.ts';
import { readBundledConfig, readEnvironment } from '../environment.ts';
import { parseEvent } from '../event.ts';
import { faultPort } from '../fault-port.ts';
import { startTelemetry } from '../telemetry.ts';
import { environmentSchema } from './environment.ts';
import { runExperiment } from './workflow.ts';
import type { ExperimentWorld } from './world.ts';

const environment = readEnvironment(environmentSchema);
const { herald, middleware } = startTelemetry('experiment', environment);
const ecs = new Ecs();
const world: ExperimentWorld = {
  config: readBundledConfig(),
  now: Date.now,
  ecs,
  hostGroups: new Hosts(),
  port: faultPort(ecs, environment.DOCUMENT_PREFIX),
  metrics: new Metrics(),
  alarms: new Alarms(),
  loadBalancers: new LoadBalancers(),
  functions: new Functions(),
  changeCalendars: new ChangeCalendars(),
  switches: new SwitchBoard({ lever: environment.LEVER_PARAMETER, leash: environment.LEASH_PARAMETER }),
  audit: new AuditTable(environment.AUDIT_TABLE),
  state: new StateTable(environment.STATE_TABLE),
  herald,
};

export const handler = middy<ExperimentOrder, unknown, Error, DurableContext>({
  executionMode: executionModeDurableContext,
})
  .use(middleware)
  .use(parseEvent(experimentOrderSchema))
  .handler((order: ExperimentOrder, durable: DurableContext) =>
    runExperiment(order, durable, durable.executionContext.durableExecutionArn, world),
  );
