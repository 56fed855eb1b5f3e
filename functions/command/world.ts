import type { RecordStore } from '../../lib/audit/trail.ts';
import type { Discovery } from '../../lib/aws/discovery.ts';
import type { Functions } from '../../lib/aws/functions.ts';
import type { Herald } from '../../lib/aws/herald.ts';
import type { SwitchBoard } from '../../lib/aws/switches.ts';
import type { Config } from '../../lib/core/config.ts';
import type { StateStore } from '../../lib/core/state-store.ts';

/** Everything outside that a command touches. */
export interface CommandWorld {
  readonly config: Config;
  readonly now: () => number;
  readonly discovery: Pick<Discovery, 'find' | 'findGroup'>;
  readonly functions: Pick<Functions, 'startExperiment' | 'startHalt'>;
  readonly experimentFunction: string;
  readonly haltFunction: string;
  readonly state: StateStore;
  readonly switches: Pick<SwitchBoard, 'set'>;
  readonly audit: RecordStore;
  readonly herald: Pick<Herald, 'tell'>;
}
