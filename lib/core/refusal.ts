/**
 * Why nothing was done; a closed list. Each code belongs to one guard, and its sentence says what the reader of a record needs
 * to know about it.
 */
export const REFUSAL_CODES = {
  'unknown-fault': 'no fault of this name exists',
  'bad-parameters': 'the parameters do not fit the fault',
  'lever-engaged': 'the account-wide stop switch is engaged',
  'not-enabled': 'the account or region is not enabled in the config',
  excepted: 'the config excepts a service of the group',
  'not-opted-in': 'a service of the group does not carry the opt-in tag, or carries another group now',
  'tag-unparsable': 'a tag of the group cannot be read',
  late: 'the experiment came too long after its planned instant',
  cancelled: 'somebody cancelled the planned experiment',
  'zone-changed': 'the group is in another zone than when it was planned',
  'outside-window': 'the window of the group is closed at this time',
  holiday: 'it is a holiday for the group',
  'calendar-unknown': 'whether it is a holiday cannot be told any more',
  freeze: 'a freeze is on',
  'change-calendar-closed': 'a Change Calendar that the config names is not open',
  outage: 'an alarm that the config takes for a wider outage is not in OK',
  'deployment-in-progress': 'a service of the group is being deployed',
  'not-running-desired': 'a service of the group does not run as many tasks as desired',
  'daemon-service': 'a service of the group is a daemon service',
  'stop-alarm-not-ok': 'a stop alarm of the group is not in OK',
  'steady-state-not-met': 'normal behaviour could not be seen before the act',
  'fault-not-allowed': 'the group does not allow this fault',
  'fault-not-applicable': 'the fault means nothing to targets of this kind',
  'too-few-eligible': 'too few tasks of the group may be targets',
  'targets-not-applicable': 'the fault decides by itself how many targets it takes',
  'too-many-in-zone': 'the zone holds more targets than an experiment may take',
  'too-few-remaining': 'too few tasks would stay',
  'target-not-ready': 'a target lacks what the fault, or its undo, needs',
  'target-under-experiment': 'a target is under another experiment',
  'already-done': 'this experiment has been done, or is being done by another execution',
  'group-in-flight': 'the group is under another experiment',
  'group-spacing': 'the group had an experiment too short a while ago',
  'account-in-flight': 'as many experiments as the account allows are in flight',
  'account-hour': 'as many experiments as the account allows started within the hour',
  'account-day': 'as many experiments as the account allows started today',
  'not-running': 'the experiment that is to be ended is not running',
} as const;

export type RefusalCode = keyof typeof REFUSAL_CODES;

/** A guard's no. A question that could not be answered is a no too, with the fact `cannotTell`. */
export interface Refusal {
  readonly code: RefusalCode;
  /** One sentence with the numbers of this case. */
  readonly because: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** An answer that may not be had: guards fail closed on the second form. */
export type Known<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly because: string };
