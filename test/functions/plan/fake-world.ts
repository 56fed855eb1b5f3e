import type { PlanWorld } from '../../../functions/plan/world.ts';
import type { AuditRecord } from '../../../lib/audit/record.ts';
import { type ConfigInput, configSchema } from '../../../lib/core/config.ts';
import type { ExperimentOrder } from '../../../lib/core/experiment.ts';
import type { TaggedService } from '../../../lib/core/group.ts';
import { type JointLog, MemoryRecords, MemoryState } from '../memory-stores.ts';
import { tagged } from '../tagged.ts';

/** Everything outside the planner, in memory. */
export class FakeWorld implements PlanWorld {
  readonly config;
  readonly log: JointLog = [];
  readonly audit = new MemoryRecords(this.log);
  readonly state = new MemoryState(this.log);
  /** Schedules that wait, by experiment. */
  readonly waiting = new Map<string, ExperimentOrder>();
  /** How often a schedule was asked for, whether or not it was there. */
  asked = 0;
  readonly told: AuditRecord[] = [];
  services: TaggedService[] = [tagged('cart'), tagged('web'), tagged('mail')];
  /** A Monday, before the default window opens. */
  nowMs = Date.parse('2026-03-02T06:00:00Z');
  /** Called before each schedule is made; throws to let it fail. */
  beforeSchedule: (order: ExperimentOrder) => void = () => undefined;

  constructor(config: ConfigInput = {}) {
    this.config = configSchema.parse({ profiles: { default: { meanDays: 1 } }, ...config });
  }

  readonly now = (): number => this.nowMs;
  readonly discovery = { taggedServices: async (): Promise<TaggedService[]> => this.services };
  readonly schedules = {
    create: async (order: ExperimentOrder): Promise<'created' | 'existed'> => {
      await Promise.resolve();
      this.asked++;
      this.beforeSchedule(order);
      if (this.waiting.has(order.experiment)) return 'existed';
      this.log.push(`schedule ${order.experiment}`);
      this.waiting.set(order.experiment, order);
      return 'created';
    },
  };
  readonly bus = {
    tell: async (records: readonly AuditRecord[]): Promise<number> => {
      this.told.push(...records);
      return 0;
    },
  };
}
