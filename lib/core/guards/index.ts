import type { Refusal } from '../refusal.ts';
import { changeCalendarOpen } from './change-calendar.ts';
import { enabled } from './enabled.ts';
import { enoughEligible } from './enough-eligible.ts';
import { enoughLeft } from './enough-left.ts';
import { faultAllowed } from './fault-allowed.ts';
import { faultApplicable } from './fault-applicable.ts';
import { noFreeze } from './freeze.ts';
import type { Guard, Situation } from './guard.ts';
import { lever } from './lever.ts';
import { noDeployment } from './no-deployment.ts';
import { noOutage } from './no-outage.ts';
import { notCancelled } from './not-cancelled.ts';
import { onTime } from './on-time.ts';
import { optedIn } from './opted-in.ts';
import { runningDesired } from './running-desired.ts';
import { steadyState } from './steady-state.ts';
import { stopAlarmsOk } from './stop-alarms.ts';
import { windowOpen } from './window.ts';

/** The guards in the order of DESIGN 5. The claim comes last, is not pure, and has its own file. */
export const GUARDS: readonly Guard[] = [
  lever,
  enabled,
  optedIn,
  notCancelled,
  onTime,
  windowOpen,
  noFreeze,
  changeCalendarOpen,
  noOutage,
  noDeployment,
  runningDesired,
  stopAlarmsOk,
  steadyState,
  faultAllowed,
  faultApplicable,
  enoughEligible,
  enoughLeft,
];

/** Every refusal of every guard, in order: nobody should have to mend one only to meet the next. */
export function refusals(situation: Situation): Refusal[] {
  return GUARDS.flatMap((guard) => guard.check(situation));
}
