import type { AuditRecord } from '../../lib/audit/record.ts';
import type { AccountState, GroupState } from '../../lib/core/claim.ts';
import type { ExecutionEnd } from './execution.ts';
import type { Injection, Point } from './failures.ts';
import type { RunLog } from './run-log.ts';
import type { Scenario } from './scenarios.ts';

/** Everything that is known of a run once all is over. */
export interface RunFacts {
  readonly scenario: Scenario;
  readonly injection: Injection | undefined;
  readonly log: RunLog;
  readonly end: ExecutionEnd;
  /** Calls in order of arrival. */
  readonly points: readonly Point[];
  readonly isInjected: boolean;
  /** The experiment's chain when the execution had ended, and at the very end. */
  readonly chain: readonly AuditRecord[];
  readonly finalChain: readonly AuditRecord[];
  readonly group: GroupState | undefined;
  readonly account: AccountState | undefined;
  /** Moment of the very end: every claim's time is over. */
  readonly nowMs: number;
  readonly sweeps: readonly string[];
  readonly defects: readonly string[];
}
