import type { Undoing } from '../contract.ts';

/** What becomes of one interface at the undo, and what will be true of it then. */
export interface Restoration extends Undoing {
  /** The groups to give it; none when it is left as it is. */
  readonly restore?: readonly string[];
}

/**
 * What an interface gets back: exactly its former groups. One that somebody took out of quarantine since is theirs, and left; a group that
 * somebody added to it meanwhile stays; one that does not exist any more cannot be put back.
 */
export function restored({
  id,
  former,
  now,
  quarantine,
  existing,
}: {
  readonly id: string;
  readonly former: readonly string[];
  /** Undefined for an interface that is gone. */
  readonly now: readonly string[] | undefined;
  readonly quarantine: string;
  /** Those of the former groups that exist. */
  readonly existing: readonly string[];
}): Restoration {
  if (now === undefined) return { undone: true, because: `${id} is gone, or not the host’s any more` };
  if (!now.includes(quarantine)) {
    const isFormer = sameSet(now, former);
    const because = isFormer
      ? `${id} has its former groups`
      : `left ${id} as it is: somebody gave it ${now.join(', ')}`;
    return { undone: true, because };
  }
  const kept = former.filter((group) => existing.includes(group));
  const added = now.filter((group) => group !== quarantine && !kept.includes(group));
  const lost = former.filter((group) => !existing.includes(group));
  const restore = [...kept, ...added];
  if (restore.length === 0) {
    return { undone: false, because: `${id} stays in quarantine: none of its former groups ${lost.join(', ')} exists` };
  }
  const parts = [
    `${id} has its former groups again`,
    ...(lost.length === 0 ? [] : [`but not ${lost.join(', ')}, which does not exist any more`]),
    ...(added.length === 0 ? [] : [`and ${added.join(', ')}, which somebody added`]),
  ];
  return { undone: true, because: parts.join(' '), restore };
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
