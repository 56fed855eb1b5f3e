import { listGroups } from './groups.ts';
import { halt, listRunning } from './halt.ts';
import type { CommandAnswer, CommandRequest } from './request.ts';
import { run } from './run.ts';
import { turn } from './switch.ts';
import type { CommandWorld } from './world.ts';

/** Does what a valid request asks for, and answers at once. */
export async function obey(world: CommandWorld, request: CommandRequest): Promise<CommandAnswer> {
  switch (request.command) {
    case 'run':
      return run(world, request);
    case 'groups':
      return listGroups(world, request.after);
    case 'config':
      return { config: world.config };
    case 'running':
      return listRunning(world);
    case 'halt':
      return halt(world, request);
    default:
      return turn(world, request);
  }
}
