import middy from '@middy/core';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { AutoScaling } from '../../lib/aws/auto-scaling.ts';
import { Discovery } from '../../lib/aws/discovery.ts';
import { Ecs } from '../../lib/aws/ecs.ts';
import { Functions } from '../../lib/aws/functions.ts';
import { StateTable } from '../../lib/aws/state-table.ts';
import { SwitchBoard } from '../../lib/aws/switches.ts';
import { readBundledConfig, readEnvironment } from '../environment.ts';
import { parseEvent } from '../event.ts';
import { startTelemetry } from '../telemetry.ts';
import { environmentSchema } from './environment.ts';
import { obey } from './obey.ts';
import { type CommandAnswer, type CommandRequest, commandRequestSchema } from './request.ts';
import type { CommandWorld } from './world.ts';

const environment = readEnvironment(environmentSchema);
const config = readBundledConfig();
const { herald, middleware } = startTelemetry('command', environment);
const world: CommandWorld = {
  config,
  now: Date.now,
  discovery: new Discovery(new Ecs(), new AutoScaling(), config.tagPrefix),
  functions: new Functions(),
  experimentFunction: environment.EXPERIMENT_FUNCTION,
  haltFunction: environment.HALT_FUNCTION,
  switches: new SwitchBoard({ lever: environment.LEVER_PARAMETER, leash: environment.LEASH_PARAMETER }),
  audit: new AuditTable(environment.AUDIT_TABLE),
  state: new StateTable(environment.STATE_TABLE),
  herald,
};

export const handler = middy<CommandRequest, CommandAnswer>()
  .use(middleware)
  .use(parseEvent(commandRequestSchema))
  .handler((request) => obey(world, request));
