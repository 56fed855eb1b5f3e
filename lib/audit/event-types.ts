import type { RecordKind } from './record.ts';

/** The source of every event. */
export const EVENT_SOURCE = 'capuchin';

/** The detail type of the event that tells a record of a kind: `undo-failed` is `Capuchin Undo Failed`. */
export function detailTypeOf(kind: RecordKind): string {
  const words = kind.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return ['Capuchin', ...words].join(' ');
}
