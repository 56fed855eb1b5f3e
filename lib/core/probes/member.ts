/** A service of the group, whose names `{cluster}` and `{service}` stand for in a probe. */
export interface Member {
  readonly cluster: string;
  readonly service: string;
}

/** Whether a text depends on the member that it is read for. */
export function namesMember(text: string): boolean {
  return /\{(cluster|service)\}/.test(text);
}

/**
 * Puts a member's names in.
 *
 * @param write how a name is written where it is put.
 */
export function fillIn(text: string, member: Member, write: (name: string) => string = (name) => name): string {
  // In one pass, and by a function: a name is never read as a pattern.
  return text.replace(/\{(cluster|service)\}/g, (_, word: keyof Member) => write(member[word]));
}
