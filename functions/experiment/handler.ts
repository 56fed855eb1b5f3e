import type { DurableContext } from '@aws/durable-execution-sdk-js';
import middy from '@middy/core';
import { executionModeDurableContext } from '@middy/core/DurableContext';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { ChangeCalendars } from '../../lib/aws/change-calendars.ts';
import { Ecs } from '../../lib/aws/ecs.ts';
import { Metrics } from '../../lib/aws/metrics.ts';
import { RecordBus } from '../../lib/aws/record-bus.ts';
import { StateTable } from '../../lib/aws/state-table.ts';
import { SwitchBoard } from '../../lib/aws/switches.ts';
import { type ExperimentOrder, experimentOrderSchema } from '../../lib/core/experiment.ts';
import { readBundledConfig, readEnvironment } from '../environment.ts';
import { parseEvent } from '../event.ts';
import { environmentSchema } from './environment.ts';
import { runExperiment } from './workflow.ts';

const environment = readEnvironment(environmentSchema);
const world = {
  config: readBundledConfig(),
  now: Date.now,
  ecs: new Ecs(),
  metrics: new Metrics(),
  changeCalendars: new ChangeCalendars(),
  switches: new SwitchBoard({ lever: environment.LEVER_PARAMETER, leash: environment.LEASH_PARAMETER }),
  audit: new AuditTable(environment.AUDIT_TABLE),
  state: new StateTable(environment.STATE_TABLE),
  bus: new RecordBus(environment.EVENT_BUS),
};

export const handler = middy<ExperimentOrder, unknown, Error, DurableContext>({
  executionMode: executionModeDurableContext,
})
  .use(parseEvent(experimentOrderSchema))
  .handler((order: ExperimentOrder, durable: DurableContext) =>
    runExperiment(order, durable, durable.executionContext.durableExecutionArn, world),
  );
