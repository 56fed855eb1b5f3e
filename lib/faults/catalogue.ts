import type { FaultKind } from '../core/fault-choice.ts';
import type { Fault } from './contract.ts';
import type { HostCommands } from './host-commands.ts';
import { pauseContainer } from './pause-container.ts';
import { stopTask, type TaskStopper } from './stop-task.ts';

/** Everything of AWS that some fault needs. */
export type FaultPort = TaskStopper & HostCommands;

/** All faults by name. Adding one is adding its file, its test and a line here. */
export const FAULTS: ReadonlyMap<string, Fault<FaultPort>> = new Map(
  [stopTask, pauseContainer].map((fault): [string, Fault<FaultPort>] => [fault.name, fault]),
);

/** The faults, as far as the choice among them depends on it. */
export const FAULT_KINDS: readonly FaultKind[] = [...FAULTS.values()];

export const FAULT_NAMES: readonly string[] = [...FAULTS.keys()];
