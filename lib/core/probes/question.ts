import * as z from 'zod';

export const PHASES = ['before', 'during', 'after'] as const;
/** Before the act, while the fault lasts or is observed, after recovery. */
export type Phase = (typeof PHASES)[number];

/** A probe's answer. `unknown` is never a pass. */
export interface ProbeAnswer {
  readonly probe: string;
  readonly phase: Phase;
  readonly answer: 'holds' | 'violated' | 'unknown';
  /** One sentence with the numbers behind the answer. */
  readonly because: string;
}

/** What every probe has besides its own question. */
export const commonFields = (...phases: Phase[]) => ({
  phases: z
    .array(z.enum(PHASES))
    .min(1)
    .default(phases)
    .describe('When the probe is asked. A probe that is not asked during the fault cannot be broken by it.'),
  intervalSeconds: z
    .int()
    .min(1)
    .max(3600)
    .optional()
    .describe('While the fault lasts the probe is asked at most so often, in seconds. Default: at every look.'),
});

/** The longest time-out of a probe, in seconds: well below what one look may take, so that a slow probe cannot hold back the undo. */
export const MOST_TIMEOUT_SECONDS = 30;

export const timeoutSeconds = z
  .int()
  .min(1)
  .max(MOST_TIMEOUT_SECONDS)
  .default(5)
  .describe('How long an answer is waited for, in seconds.');

/** Makes the answers of one probe in one phase. */
export function answersOf(probe: { readonly name: string }, phase: Phase) {
  const say =
    (answer: ProbeAnswer['answer']) =>
    (because: string): ProbeAnswer => ({ probe: probe.name, phase, answer, because });
  return { holds: say('holds'), violated: say('violated'), unknown: say('unknown') };
}

/** A text as a sentence can bear it. */
export function shortened(text: string, most = 100): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
