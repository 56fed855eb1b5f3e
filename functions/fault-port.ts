import type { Ecs } from '../lib/aws/ecs.ts';
import { RunCommand } from '../lib/aws/run-command.ts';
import type { FaultPort } from '../lib/faults/catalogue.ts';

/** Everything of AWS through which faults act and are undone. */
export function faultPort(ecs: Ecs, documentPrefix: string): FaultPort {
  const commands = new RunCommand({ documentPrefix });
  return {
    stopTask: (...call) => ecs.stopTask(...call),
    describeTask: (...call) => ecs.describeTask(...call),
    hostOf: (...call) => commands.hostOf(...call),
    sendCommand: (...call) => commands.sendCommand(...call),
    runCommand: (...call) => commands.runCommand(...call),
  };
}
