import { GetCalendarStateCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { ChangeCalendarState } from '../core/guards/guard.ts';
import { CLIENT_OPTIONS } from './client-options.ts';

/** Asks SSM Change Calendars whether they are open. */
export class ChangeCalendars {
  readonly #client = new SSMClient(CLIENT_OPTIONS);

  /** One call for each calendar, side by side: asked together, they would not say which of them is closed. */
  read(calendars: readonly string[]): Promise<ChangeCalendarState[]> {
    return Promise.all(calendars.map((calendar) => this.#ask(calendar)));
  }

  async #ask(calendar: string): Promise<ChangeCalendarState> {
    const { State, NextTransitionTime } = await this.#client.send(
      new GetCalendarStateCommand({ CalendarNames: [calendar] }),
    );
    return {
      calendar,
      // Anything but OPEN, and be it a state that does not exist yet, is closed.
      isOpen: State === 'OPEN',
      ...(NextTransitionTime === undefined ? {} : { nextChange: NextTransitionTime }),
    };
  }
}
