import type { ActContext, Injection } from '../contract.ts';
import type { Refusal } from './host-instances.ts';
import { tooLate } from './too-late.ts';

/**
 * Acts on several resources of one target, one call each, none after the time is over. Only when nothing at all was done is the answer a
 * no; otherwise there is something to undo, and the facts say what was done and what was not.
 *
 * AWS has no fence against a call that arrives late: this look at the clock is what keeps an act from coming after its undo.
 */
export async function oneByOne(
  resources: readonly string[],
  context: Pick<ActContext, 'notAfterMs' | 'now'>,
  act: (resource: string) => Promise<Partial<Refusal>>,
): Promise<Injection> {
  const done: string[] = [];
  const not: { readonly resource: string; readonly code: unknown; readonly message: unknown }[] = [];
  for (const resource of resources) {
    const late = tooLate(context);
    const facts = late?.facts ?? (await act(resource)).refused;
    if (facts === undefined) done.push(resource);
    else not.push({ resource, code: facts.code, message: facts.message });
  }
  const [first] = not;
  if (done.length === 0 && first !== undefined) {
    return { outcome: 'failed', facts: { code: first.code, message: first.message, resource: first.resource } };
  }
  return { outcome: 'accepted', facts: { done, ...(not.length === 0 ? {} : { not }) } };
}
