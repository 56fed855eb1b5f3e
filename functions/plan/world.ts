import type { RecordStore } from '../../lib/audit/trail.ts';
import type { Discovery } from '../../lib/aws/discovery.ts';
import type { Herald } from '../../lib/aws/herald.ts';
import type { Schedules } from '../../lib/aws/schedules.ts';
import type { Config } from '../../lib/core/config.ts';
import type { StateStore } from '../../lib/core/state-store.ts';

/** Everything outside that the planner touches. */
export interface PlanWorld {
  readonly config: Config;
  readonly now: () => number;
  readonly discovery: Pick<Discovery, 'find'>;
  readonly schedules: Pick<Schedules, 'create' | 'delete' | 'waiting'>;
  readonly audit: RecordStore;
  readonly state: StateStore;
  readonly herald: Pick<Herald, 'tell'>;
}
