/** How a call of the function can go wrong, each with what it does; the columns of the matrix. */
export const FAILURES = {
  'crash-before': 'the invocation dies before the call is carried out',
  'crash-after': 'the call is carried out, and the invocation dies before its answer',
  'answer-lost': 'the first try is carried out, and its connection breaks; tries after it are answered',
  'time-out': 'every try is carried out, and none is ever answered',
  throttled: 'every try is throttled',
  '5xx': 'every try is answered with 503',
  denied: 'access is denied',
  malformed: 'carried out, and answered with 200 and a page of HTML',
  hollow: 'carried out, and answered with 200 and an empty object',
  'denied-for-good': 'access to the operation is denied from this call on, until the sweep comes',
  '5xx-for-good': 'the operation answers 503 from this call on, until the sweep comes',
} as const;

export type Failure = keyof typeof FAILURES;
export const FAILURE_NAMES = Object.keys(FAILURES) as readonly Failure[];

/** Those that every point is given; the others are variations, for who has the time (`PROOF_FAILURES=all`). */
export const MAIN_FAILURES: readonly Failure[] = [
  'crash-before',
  'crash-after',
  'throttled',
  '5xx',
  'time-out',
  'denied',
  'malformed',
];

/** A failure at one point of a run. */
export interface Injection {
  /** `ECS.StopTask#1`: the first call of the operation, counted as calls arrive; tries of the same call count once. */
  readonly point: string;
  readonly failure: Failure;
}

/** A call that a clean run made. */
export interface Point {
  readonly name: string;
  /** Step of the workflow in which it was made; empty outside of steps. */
  readonly step: string;
  /** What it was about. */
  readonly about: string;
}

/** What the front does with one try of a call. */
export interface Treatment {
  readonly isCarriedOut: boolean;
  readonly answer: 'true' | 'none' | 'cut' | 'throttled' | '5xx' | 'denied' | 'malformed' | 'hollow';
  /** The invocation dies with it. */
  readonly isDeadly: boolean;
}

const TRUE: Treatment = { isCarriedOut: true, answer: 'true', isDeadly: false };
const refused = (answer: Treatment['answer']): Treatment => ({ isCarriedOut: false, answer, isDeadly: false });
const disturbed = (answer: Treatment['answer']): Treatment => ({ isCarriedOut: true, answer, isDeadly: false });

const TREATMENTS: Readonly<Record<Failure, Treatment>> = {
  'crash-before': { isCarriedOut: false, answer: 'none', isDeadly: true },
  'crash-after': { isCarriedOut: true, answer: 'none', isDeadly: true },
  'answer-lost': disturbed('cut'),
  'time-out': disturbed('none'),
  throttled: refused('throttled'),
  '5xx': refused('5xx'),
  denied: refused('denied'),
  malformed: disturbed('malformed'),
  hollow: disturbed('hollow'),
  'denied-for-good': refused('denied'),
  '5xx-for-good': refused('5xx'),
};

/**
 * What becomes of one try.
 *
 * @param count of the call among those of its operation, from 1.
 * @param attempt of the call, from 1.
 */
export function treatmentOf(
  injection: Injection | undefined,
  operation: string,
  count: number,
  attempt: number,
): Treatment {
  if (injection === undefined) return TRUE;
  const { point, failure } = injection;
  const [ofOperation, at] = point.split('#');
  if (ofOperation !== operation) return TRUE;
  const isForGood = failure.endsWith('-for-good');
  if (isForGood ? count < Number(at) : count !== Number(at)) return TRUE;
  if (failure === 'answer-lost' && attempt > 1) return TRUE;
  return TREATMENTS[failure];
}
