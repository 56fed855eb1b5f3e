import type { RecordStore } from '../../lib/audit/trail.ts';
import type { ChangeCalendars } from '../../lib/aws/change-calendars.ts';
import type { Ecs } from '../../lib/aws/ecs.ts';
import type { Metrics } from '../../lib/aws/metrics.ts';
import type { RecordBus } from '../../lib/aws/record-bus.ts';
import type { SwitchBoard } from '../../lib/aws/switches.ts';
import type { Config } from '../../lib/core/config.ts';
import type { StateStore } from '../../lib/core/state-store.ts';

/** Everything outside that an experiment touches, as narrow as it needs it. */
export interface ExperimentWorld {
  readonly config: Config;
  readonly now: () => number;
  readonly ecs: Pick<Ecs, 'services' | 'tasks' | 'stopTask' | 'describeTask'>;
  readonly metrics: Pick<Metrics, 'read'>;
  readonly changeCalendars: Pick<ChangeCalendars, 'read'>;
  readonly switches: Pick<SwitchBoard, 'read'>;
  readonly audit: RecordStore;
  readonly state: StateStore;
  readonly bus: Pick<RecordBus, 'tell'>;
}
