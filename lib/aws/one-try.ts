import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';

/** Options of clients that act: a second try after a lost answer would be a second act. */
export const ONE_TRY = { ...CLIENT_OPTIONS, maxAttempts: 1 } as const;

/** AWS's no. */
export interface Refused {
  readonly refused?: { readonly code: string; readonly message: string };
}

/**
 * The error as AWS's no, when it is a 4xx at the first try, throttling among them: then nothing was done. After a try whose answer was lost
 * it says nothing about that try. @throws anything else: nobody knows what was done.
 */
export function refusedBy(error: unknown): Required<Refused> {
  const known = awsErrorOf(error);
  const isNo = known !== undefined && isRefusal(known) && known.attempts === 1;
  if (!isNo) throw error;
  return { refused: { code: known.name, message: known.message } };
}

/** AWS's last no to an undo; whether an earlier try went through is seen by looking. @throws anything else. */
export function lastNo(error: unknown): Required<Refused> {
  const known = awsErrorOf(error);
  if (known === undefined || known.statusCode < 400 || known.statusCode >= 500) throw error;
  return { refused: { code: known.name, message: known.message } };
}

/** EC2 throttles with a 503, and has done nothing then. */
function isRefusal({ name, statusCode }: { readonly name: string; readonly statusCode: number }): boolean {
  return (statusCode >= 400 && statusCode < 500) || name === 'RequestLimitExceeded';
}
