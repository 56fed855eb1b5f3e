import type { CommandWorld } from '../../../functions/command/world.ts';
import type { AuditRecord } from '../../../lib/audit/record.ts';
import type { Discovered } from '../../../lib/aws/discovery.ts';
import type { ConfigInput } from '../../../lib/core/config.ts';
import type { ExperimentOrder } from '../../../lib/core/experiment.ts';
import type { TaggedHosts, TaggedService } from '../../../lib/core/tagged.ts';
import { aConfig } from '../../core/examples.ts';
import { type JointLog, MemoryRecords, MemoryState } from '../memory-stores.ts';
import { tagged } from '../tagged.ts';

/** Everything outside a command, in memory. */
export class FakeWorld implements CommandWorld {
  readonly config;
  readonly log: JointLog = [];
  readonly audit = new MemoryRecords(this.log);
  readonly started: { readonly functionArn: string; readonly order: ExperimentOrder }[] = [];
  readonly turned: { readonly which: string; readonly on: boolean; readonly reason: string; readonly actor: string }[] =
    [];
  readonly told: AuditRecord[] = [];
  readonly experimentFunction = 'experiment:live';
  readonly haltFunction = 'halt';
  readonly state = new MemoryState(this.log);
  readonly halts: object[] = [];
  services: TaggedService[] = [tagged('cart'), tagged('web', { 'chaos:faults': 'stop-task' })];
  hosts: TaggedHosts[] = [];
  unread: Discovered['unread'] = [];
  nowMs = Date.parse('2026-03-02T10:00:00.250Z');

  constructor(config: ConfigInput = {}) {
    this.config = aConfig(config);
  }

  readonly now = (): number => this.nowMs;
  readonly discovery = {
    find: async (): Promise<Discovered> => ({ services: this.services, hosts: this.hosts, unread: this.unread }),
    // Whoever asks for one group may be given others as well.
    findGroup: (): Promise<Discovered> => this.discovery.find(),
  };
  readonly functions = {
    startExperiment: async (functionArn: string, order: ExperimentOrder): Promise<void> => {
      this.log.push(`start ${order.experiment}`);
      this.started.push({ functionArn, order });
    },
    startHalt: async (functionArn: string, event: object): Promise<void> => {
      this.log.push(`start ${functionArn}`);
      this.halts.push(event);
    },
  };
  readonly switches = {
    set: async (which: 'lever' | 'leash', on: boolean, by: { reason: string; actor: string }): Promise<void> => {
      this.log.push(`turn ${which} ${on ? 'on' : 'off'}`);
      this.turned.push({ which, on, reason: by.reason, actor: by.actor });
    },
  };
  readonly herald = {
    tell: async (records: readonly AuditRecord[]): Promise<number> => {
      this.told.push(...records);
      return 0;
    },
  };
}
