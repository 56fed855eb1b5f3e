/** What a thrown value says. Anything can be thrown, also what cannot be made a text of; saying so must never throw itself. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return `a thrown ${typeof thrown} that says nothing of itself`;
  }
}

/** The same with the error's name before it, as AWS's errors are known by theirs. */
export function sentenceOf(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${messageOf(thrown)}` : messageOf(thrown);
}
