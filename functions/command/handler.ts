import middy from '@middy/core';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { AutoScaling } from '../../lib/aws/auto-scaling.ts';
import { Discovery } from '../../lib/aws/discovery.ts';
import { Ecs } from '../../lib/aws/ecs.ts';
import { Functions } from '../../lib/aws/functions.ts';
import { RecordBus } from '../../lib/aws/record-bus.ts';
import { SwitchBoard } from '../../lib/aws/switches.ts';
import { readBundledConfig, readEnvironment } from '../environment.ts';
import { parseEvent } from '../event.ts';
import { environmentSchema } from './environment.ts';
import { listGroups } from './groups.ts';
import { type CommandAnswer, type CommandRequest, commandRequestSchema } from './request.ts';
import { run } from './run.ts';
import { turn } from './switch.ts';
import type { CommandWorld } from './world.ts';

const environment = readEnvironment(environmentSchema);
const config = readBundledConfig();
const world: CommandWorld = {
  config,
  now: Date.now,
  discovery: new Discovery(new Ecs(), new AutoScaling(), config.tagPrefix),
  functions: new Functions(),
  experimentFunction: environment.EXPERIMENT_FUNCTION,
  switches: new SwitchBoard({ lever: environment.LEVER_PARAMETER, leash: environment.LEASH_PARAMETER }),
  audit: new AuditTable(environment.AUDIT_TABLE),
  bus: new RecordBus(environment.EVENT_BUS),
};

export const handler = middy<CommandRequest, CommandAnswer>()
  .use(parseEvent(commandRequestSchema))
  .handler((request) => {
    switch (request.command) {
      case 'run':
        return run(world, request);
      case 'groups':
        return listGroups(world, request.after);
      case 'config':
        return { config };
      default:
        return turn(world, request);
    }
  });
