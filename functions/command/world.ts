import type { RecordStore } from '../../lib/audit/trail.ts';
import type { Discovery } from '../../lib/aws/discovery.ts';
import type { Functions } from '../../lib/aws/functions.ts';
import type { RecordBus } from '../../lib/aws/record-bus.ts';
import type { SwitchBoard } from '../../lib/aws/switches.ts';
import type { Config } from '../../lib/core/config.ts';

/** Everything outside that a command touches. */
export interface CommandWorld {
  readonly config: Config;
  readonly now: () => number;
  readonly discovery: Pick<Discovery, 'find' | 'findGroup'>;
  readonly functions: Pick<Functions, 'startExperiment'>;
  readonly experimentFunction: string;
  readonly switches: Pick<SwitchBoard, 'set'>;
  readonly audit: RecordStore;
  readonly bus: Pick<RecordBus, 'tell'>;
}
