import middy from '@middy/core';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { AutoScaling } from '../../lib/aws/auto-scaling.ts';
import { Discovery } from '../../lib/aws/discovery.ts';
import { Ecs } from '../../lib/aws/ecs.ts';
import { Schedules } from '../../lib/aws/schedules.ts';
import { StateTable } from '../../lib/aws/state-table.ts';
import { readBundledConfig, readEnvironment } from '../environment.ts';
import { parseEvent } from '../event.ts';
import { startTelemetry } from '../telemetry.ts';
import { cancel } from './cancel.ts';
import { drawToday, drawWithin } from './draw-plan.ts';
import { environmentSchema } from './environment.ts';
import { listPlans } from './list.ts';
import { preview } from './preview.ts';
import { type PlanRequest, planRequestSchema } from './request.ts';
import { restore } from './restore.ts';
import type { PlanWorld } from './world.ts';

const environment = readEnvironment(environmentSchema);
const config = readBundledConfig();
const { herald, middleware } = startTelemetry('plan', environment);
const world: PlanWorld = {
  config,
  now: Date.now,
  discovery: new Discovery(new Ecs(), new AutoScaling(), config.tagPrefix),
  schedules: new Schedules({
    scheduleGroup: environment.SCHEDULE_GROUP,
    functionArn: environment.EXPERIMENT_FUNCTION,
    roleArn: environment.SCHEDULE_ROLE,
  }),
  audit: new AuditTable(environment.AUDIT_TABLE),
  state: new StateTable(environment.STATE_TABLE),
  herald,
};

export const handler = middy<PlanRequest, unknown>()
  .use(middleware)
  .use(parseEvent(planRequestSchema))
  .handler((request) => {
    switch (request.plan) {
      case 'today':
        return drawToday(world, request);
      case 'within':
        return drawWithin(world, request);
      case 'preview':
        return preview(world, request);
      case 'list':
        return listPlans(world, request);
      case 'cancel':
        return cancel(world, request);
      case 'restore':
        return restore(world, request);
    }
  });
