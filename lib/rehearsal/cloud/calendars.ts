import * as z from 'zod';
import { AwsError, type Caller, type ServedService, serve } from './operation.ts';

export type CalendarState = 'OPEN' | 'CLOSED';

/** One event of a change calendar; `to` is outside. */
export interface CalendarEvent {
  readonly from: Date;
  readonly to: Date;
}

/** A change calendar: outside its events it is in its usual state, inside of one in the other. */
export interface ChangeCalendar {
  readonly usually: CalendarState;
  readonly events: readonly CalendarEvent[];
}

/** SSM's change calendars, which a rehearsal or a test sets as it likes. */
export interface ChangeCalendars {
  readonly operations: ServedService;
  /**
   * Adds or replaces a calendar; a bare state is a calendar without events. Under a name it is the caller's own, and found by
   * name and ARN; under an ARN it may be another account's.
   */
  set(nameOrArn: string, calendar: ChangeCalendar | CalendarState): void;
  remove(nameOrArn: string): void;
}

const input = z.strictObject({
  CalendarNames: z.array(z.string().min(1)),
  AtTime: z.iso.datetime({ offset: true }).optional(),
});

/** Change calendars, none at first. */
export function changeCalendars({ now = () => new Date() }: { readonly now?: () => Date } = {}): ChangeCalendars {
  const calendars = new Map<string, ChangeCalendar>();
  return {
    set: (nameOrArn, calendar) =>
      calendars.set(nameOrArn, typeof calendar === 'string' ? { usually: calendar, events: [] } : calendar),
    remove: (nameOrArn) => calendars.delete(nameOrArn),
    operations: {
      GetCalendarState: serve({
        input,
        answer: ({ CalendarNames, AtTime }, caller) => {
          if (CalendarNames.length === 0) throw new AwsError('ValidationException', 'CalendarNames cannot be empty.');
          const asked = CalendarNames.map((name) => findCalendar(calendars, name, caller));
          const at = AtTime === undefined ? now() : new Date(AtTime);
          return {
            State: stateAt(asked, at),
            AtTime: at.toISOString(),
            NextTransitionTime: nextTransition(asked, at)?.toISOString(),
          };
        },
      }),
    },
  };
}

function findCalendar(
  calendars: ReadonlyMap<string, ChangeCalendar>,
  nameOrArn: string,
  { region, accountId }: Caller,
): ChangeCalendar {
  const prefix = `arn:aws:ssm:${region}:${accountId}:document/`;
  const other = nameOrArn.startsWith(prefix) ? nameOrArn.slice(prefix.length) : `${prefix}${nameOrArn}`;
  const calendar = calendars.get(nameOrArn) ?? calendars.get(other);
  if (calendar === undefined) {
    throw new AwsError('InvalidDocument', `Document with name ${nameOrArn} does not exist.`);
  }
  return calendar;
}

/** Several calendars together are open only while all are. */
function stateAt(calendars: readonly ChangeCalendar[], at: Date): CalendarState {
  const open = calendars.every(({ usually, events }) => {
    const inEvent = events.some(({ from, to }) => from <= at && at < to);
    return (usually === 'OPEN') !== inEvent;
  });
  return open ? 'OPEN' : 'CLOSED';
}

/** The first moment after `at` with another state; undefined when there is none. */
function nextTransition(calendars: readonly ChangeCalendar[], at: Date): Date | undefined {
  const present = stateAt(calendars, at);
  return calendars
    .flatMap(({ events }) => events.flatMap(({ from, to }) => [from, to]))
    .filter((edge) => edge > at)
    .sort((a, b) => a.getTime() - b.getTime())
    .find((edge) => stateAt(calendars, edge) !== present);
}
