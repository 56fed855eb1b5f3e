import type { Refusal } from '../refusal.ts';
import { enoughEligible } from './enough-eligible.ts';
import { enoughLeft } from './enough-left.ts';
import { faultAllowed } from './fault-allowed.ts';
import type { Guard, Situation } from './guard.ts';
import { lever } from './lever.ts';
import { noDeployment } from './no-deployment.ts';
import { onTime } from './on-time.ts';
import { optedIn } from './opted-in.ts';
import { runningDesired } from './running-desired.ts';
import { steadyState } from './steady-state.ts';

/** The guards in the order of DESIGN 5. The claim comes last, is not pure, and has its own file. */
export const GUARDS: readonly Guard[] = [
  lever,
  optedIn,
  onTime,
  noDeployment,
  runningDesired,
  steadyState,
  faultAllowed,
  enoughEligible,
  enoughLeft,
];

/** Every refusal of every guard, in order: nobody should have to mend one only to meet the next. */
export function refusals(situation: Situation): Refusal[] {
  return GUARDS.flatMap((guard) => guard.check(situation));
}
