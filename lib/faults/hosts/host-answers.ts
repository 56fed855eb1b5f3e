import * as z from 'zod';
import type { Confirmation } from '../contract.ts';

/** The host script's answers, as far as they are read; see `common.sh`. */
export const undoAnswerSchema = z.object({
  code: z.string(),
  because: z.string().default(''),
  undone: z.boolean().default(false),
  clean: z.boolean().default(false),
});
export const statusAnswerSchema = z.object({
  code: z.string(),
  because: z.string().default(''),
  ended: z.boolean().default(false),
  members: z.array(z.object({ id: z.string(), state: z.string() })).default([]),
  apply: z.object({ code: z.string(), because: z.string().default('') }).optional(),
});
export const planAnswerSchema = z.object({
  code: z.string(),
  because: z.string().default(''),
  would: z.array(z.string()).default([]),
});

/** What the host's look says. The act's own answer alone never counts as an effect: it was given after a look, and is weighed with this one. */
export function confirmation({
  code,
  because,
  ended,
  members,
  apply,
}: z.output<typeof statusAnswerSchema>): Confirmation {
  if (code === 'not-begun' || code === 'beginning') return { effect: 'pending', because };
  if (code !== 'known' || apply === undefined) return { effect: 'failed', because: `${code}: ${because}` };
  if (apply.code !== 'applied') return { effect: 'failed', because: `${apply.code}: ${apply.because}` };
  const states = members.map(({ state }) => state);
  const under = states.filter((state) => !state.startsWith('not-') && state !== 'gone' && state !== 'unknown');
  if (under.length > 0) {
    return {
      effect: 'took-effect',
      because: `${under.length} of ${states.length} under the fault: ${[...new Set(under)].join(', ')}`,
    };
  }
  if (ended) return { effect: 'took-effect', because: 'it was seen to work, and is taken away again' };
  if (states.includes('gone'))
    return { effect: 'took-effect', because: 'it was seen to work, and what it worked on is gone since' };
  if (states.includes('unknown')) return { effect: 'pending', because: 'the host does not say how the target is' };
  // The script itself saw the effect. ECS thaws a container to stop it, when its task fails health checks.
  return { effect: 'took-effect', because: 'it was seen to work, and another hand has ended it since' };
}
