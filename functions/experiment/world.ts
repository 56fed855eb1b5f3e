import type { RecordStore } from '../../lib/audit/trail.ts';
import type { ChangeCalendars } from '../../lib/aws/change-calendars.ts';
import type { Ecs } from '../../lib/aws/ecs.ts';
import type { Herald } from '../../lib/aws/herald.ts';
import type { Hosts } from '../../lib/aws/hosts.ts';
import type { SwitchBoard } from '../../lib/aws/switches.ts';
import type { Config } from '../../lib/core/config.ts';
import type { StateStore } from '../../lib/core/state-store.ts';
import type { FaultPort } from '../../lib/faults/catalogue.ts';
import type { ProbeWorld } from './probes.ts';

/** Everything outside that an experiment touches, as narrow as it needs it. */
export interface ExperimentWorld extends ProbeWorld {
  readonly config: Config;
  readonly now: () => number;
  readonly ecs: Pick<Ecs, 'services' | 'tasks'>;
  readonly hostGroups: Pick<Hosts, 'read'>;
  readonly changeCalendars: Pick<ChangeCalendars, 'read'>;
  readonly switches: Pick<SwitchBoard, 'read'>;
  /** What the faults of the catalogue act through. */
  readonly port: FaultPort;
  readonly audit: RecordStore;
  readonly state: StateStore;
  readonly herald: Pick<Herald, 'tell' | 'announce'>;
}
