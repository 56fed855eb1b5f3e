import type { AuditRecord } from '../../lib/audit/record.ts';
import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { Event } from '../../lib/core/progress.ts';
import type { Recorder } from '../recorder.ts';

/** Puts on record what a look saw for the first time. */
export async function recordEvents(
  recorder: Recorder,
  order: ExperimentOrder,
  events: readonly Event[],
): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  for (const event of events) records.push(await record(recorder, order, event));
  return records;
}

function record(recorder: Recorder, { fault }: ExperimentOrder, event: Event): Promise<AuditRecord> {
  switch (event.kind) {
    case 'took-effect':
    case 'no-effect': {
      const { kind, resource, because } = event;
      return recorder.say(`effect/${resource}`, kind, { fault, because }, resource);
    }
    case 'recovered': {
      const { recoverySeconds, recoveredAtMs } = event;
      const facts = { recoverySeconds, recoveredAt: new Date(recoveredAtMs).toISOString() };
      return recorder.say(`recovered/${recoveredAtMs}`, 'recovered', facts);
    }
    case 'healthy': {
      const { healthySeconds, healthyAtMs } = event;
      const facts = { healthySeconds, healthyAt: new Date(healthyAtMs).toISOString() };
      return recorder.say(`healthy/${healthyAtMs}`, 'healthy', facts);
    }
    case 'violated':
      return recorder.say(`violated/${event.answer.phase}/${event.answer.probe}`, 'violated', { ...event.answer });
    case 'stopping': {
      const { kind, because, atMs } = event.stop;
      return recorder.say('stopping', 'stopping', { cause: kind, because, seenAt: new Date(atMs).toISOString() });
    }
  }
}
