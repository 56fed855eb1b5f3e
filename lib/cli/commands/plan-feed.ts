import type * as z from 'zod';
import { describe, wordOf } from '../../audit/describe.ts';
import { type AuditRecord, finalOf } from '../../audit/record.ts';
import { ENDED_STATUSES, type FeedEvent, icalendarFeed } from '../icalendar-feed.ts';
import { recentRecords } from '../recent.ts';
import type { ANSWERS, Session } from '../session.ts';

/** How far back a feed tells what happened. */
const PAST_DAYS = 30;

type Preview = z.output<typeof ANSWERS.preview>;

/** Plans and past experiments as an iCalendar; an experiment that has happened stands there once, with its verdict. */
export async function feedOf(
  session: Session,
  { plans }: Preview,
  { group, stack }: { readonly group?: string | undefined; readonly stack: string },
): Promise<string> {
  const records = await recentRecords(session.audit, PAST_DAYS, Date.now());
  const past = pastEvents(records).filter((one) => group === undefined || one.group === group);
  const done = new Set(past.map(({ experiment }) => experiment));
  const planned = plans.flatMap(({ experiments, isKept, cancelled, name }) =>
    experiments
      .filter(({ experiment }) => !done.has(experiment))
      .map(({ experiment, group: ofGroup, fault, at, zone }): FeedEvent => {
        const status = cancelled.includes(experiment) ? 'cancelled' : isKept ? 'planned' : 'previewed';
        const description = isKept ? `plan ${name}` : `what plan ${name} would draw if nothing changed`;
        return { experiment, group: ofGroup, fault, at, durationSeconds: 0, status, description, zone };
      }),
  );
  return icalendarFeed([...past, ...planned], {
    now: new Date().toISOString(),
    name: stack,
  });
}

function pastEvents(records: readonly AuditRecord[]): FeedEvent[] {
  const chains = Map.groupBy(
    records.filter(({ group }) => group !== undefined),
    ({ chain }) => chain,
  );
  return [...chains].flatMap(([experiment, chain]): FeedEvent[] => {
    const final = finalOf(chain);
    const word = final && wordOf(final);
    const status = ENDED_STATUSES.find((one) => one === word);
    if (final === undefined || status === undefined) return [];
    const about = chain.find(({ facts }) => typeof facts.fault === 'string');
    const start =
      chain.find(({ kind }) => kind === 'started') ?? chain.find(({ facts }) => typeof facts.at === 'string') ?? final;
    const at = start.kind === 'started' || typeof start.facts.at !== 'string' ? start.at : start.facts.at;
    const seconds = start.kind === 'started' ? Math.max(0, (Date.parse(final.at) - Date.parse(at)) / 1000) : 0;
    return [
      {
        experiment,
        group: final.group ?? '',
        fault: typeof about?.facts.fault === 'string' ? about.facts.fault : 'experiment',
        at,
        durationSeconds: Math.round(seconds),
        status,
        description: describe(final),
        zone: typeof about?.facts.zone === 'string' ? about.facts.zone : 'UTC',
      },
    ];
  });
}
