import type { AlarmNow } from '../alarm.ts';
import type { Calendars } from '../calendars.ts';
import type { ExperimentOrder } from '../experiment.ts';
import type { FaultKind } from '../fault-choice.ts';
import type { Excluded, Group } from '../group.ts';
import type { ProbeAnswer, ServiceStability } from '../probe.ts';
import type { Known, Refusal, RefusalCode } from '../refusal.ts';
import type { TagProblem } from '../settings.ts';
import type { TargetChoice } from '../target.ts';

/** What `lever` says when it is read. */
export interface LeverState {
  readonly engaged: boolean;
  readonly reason: string;
  readonly actor: string;
  readonly at: string;
}

/** The group as its tags describe it at this moment. */
export interface LiveGroup {
  /** Undefined when it is not opted in any more, or cannot be read. */
  readonly group: Group | undefined;
  readonly problems: readonly TagProblem[];
  /** What of it the config leaves out. */
  readonly excluded: readonly Excluded[];
  /** `cluster/service`, or the hosts' names, of those in the order that exist and still belong to the group. */
  readonly present: readonly string[];
}

/** A Change Calendar at this moment. */
export interface ChangeCalendarState {
  readonly calendar: string;
  readonly isOpen: boolean;
  /** When the calendar says that it will change, if it says so. */
  readonly nextChange?: string;
}

/** Who cancelled a planned experiment, when and why. */
export interface Cancellation {
  readonly actor: string;
  readonly reason: string;
  readonly at: string;
}

/** A service, or hosts, as they are now. */
export interface LiveService extends ServiceStability {
  /** What `running` and `desired` count; tasks by default. */
  readonly unit?: 'tasks' | 'hosts';
  readonly schedulingStrategy: string;
}

/** Everything that guards look at, read once. What could not be read is `known: false`. */
export interface Situation {
  readonly nowMs: number;
  readonly order: ExperimentOrder;
  readonly lateAfterSeconds: number;
  readonly lever: Known<LeverState>;
  /** Undefined as long as nobody cancelled the experiment. */
  readonly cancellation: Known<Cancellation | undefined>;
  readonly calendars: Calendars;
  /** The Change Calendars that the config names. */
  readonly changeCalendars: Known<readonly ChangeCalendarState[]>;
  /** The alarms by which the config knows a wider outage. */
  readonly outageAlarms: Known<readonly AlarmNow[]>;
  /** The stop conditions of the group. */
  readonly stopAlarms: Known<readonly AlarmNow[]>;
  /** The fault, if the catalogue has it. */
  readonly fault: FaultKind | undefined;
  readonly group: Known<LiveGroup>;
  readonly services: Known<readonly LiveService[]>;
  readonly steadyState: Known<readonly ProbeAnswer[]>;
  readonly choice: Known<TargetChoice>;
  /** How many targets are wanted. */
  readonly wanted: number;
}

/** A question that must be answered yes before acting. */
export interface Guard {
  readonly name: string;
  /** The question, whose yes lets the experiment go on. */
  readonly question: string;
  readonly codes: readonly RefusalCode[];
  check(situation: Situation): readonly Refusal[];
}

/** The refusal for a question without an answer. */
export function cannotTell(code: RefusalCode, because: string): readonly Refusal[] {
  return [{ code, because: `cannot tell: ${because}`, facts: { cannotTell: because } }];
}

/** A refusal for each alarm that is not in OK; one that does not know, or does not exist, cannot be told to be quiet. */
export function alarmsNotOk(code: RefusalCode, what: string, alarms: Known<readonly AlarmNow[]>): readonly Refusal[] {
  if (!alarms.known) return cannotTell(code, alarms.because);
  return alarms.value
    .filter(({ state }) => state !== 'OK')
    .map(({ name, state, reason, since }) => ({
      code,
      because: `the ${what} ${name} is ${state === 'MISSING' ? 'missing' : `in ${state}`}${reason === undefined ? '' : `: ${reason}`}`,
      facts: { alarm: name, state, reason, since, ...(state === 'ALARM' ? {} : { cannotTell: state }) },
    }));
}
