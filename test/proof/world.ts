import type { ExperimentWorld } from '../../functions/experiment/world.ts';
import { faultPort } from '../../functions/fault-port.ts';
import type { SweepWorld } from '../../functions/sweep/sweep.ts';
import { Alarms } from '../../lib/aws/alarms.ts';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { ChangeCalendars } from '../../lib/aws/change-calendars.ts';
import { Ecs } from '../../lib/aws/ecs.ts';
import { Functions } from '../../lib/aws/functions.ts';
import { Herald } from '../../lib/aws/herald.ts';
import { Hosts } from '../../lib/aws/hosts.ts';
import { LoadBalancers } from '../../lib/aws/load-balancers.ts';
import { Metrics } from '../../lib/aws/metrics.ts';
import { NoticeTopic } from '../../lib/aws/notice-topic.ts';
import { RecordBus } from '../../lib/aws/record-bus.ts';
import { StateTable } from '../../lib/aws/state-table.ts';
import { SwitchBoard } from '../../lib/aws/switches.ts';
import type { Config } from '../../lib/core/config.ts';
import { ACCOUNT, REGION } from '../rehearsal/cloud/fake-fleet.ts';
import { DOCUMENT_PREFIX } from './command-host.ts';

/** Names of what one run's world is made of. */
export interface Names {
  readonly audit: string;
  readonly state: string;
}

export const LEVER = '/Capuchin/lever';
export const LEASH = '/Capuchin/leash';
export const BUS = 'records';
export const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:notices`;

const nothing = (): undefined => undefined;

/** The real adapters, as the function's handler makes them. Keep it in step with `functions/experiment/handler.ts`. */
export function realWorld(config: Config, names: Names, now: () => number): ExperimentWorld & SweepWorld {
  const ecs = new Ecs();
  return {
    config,
    now,
    ecs,
    hostGroups: new Hosts(),
    port: faultPort(ecs, DOCUMENT_PREFIX),
    metrics: new Metrics(),
    alarms: new Alarms(),
    loadBalancers: new LoadBalancers(),
    functions: new Functions(),
    changeCalendars: new ChangeCalendars(),
    switches: new SwitchBoard({ lever: LEVER, leash: LEASH }),
    audit: new AuditTable(names.audit),
    state: new StateTable(names.state),
    herald: new Herald({
      bus: new RecordBus(BUS),
      topic: new NoticeTopic(TOPIC),
      // Lines and metrics go to the function's own output and are no calls.
      logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
      metrics: {
        addDimension: nothing,
        addMetadata: nothing,
        addMetric: nothing,
        publishStoredMetrics: nothing,
      } as never,
    }),
  };
}
