import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';

/** Options of clients that act: a second try after a lost answer would be a second act. */
export const ONE_TRY = { ...CLIENT_OPTIONS, maxAttempts: 1 } as const;

/** AWS's no. */
export interface Refused {
  readonly refused?: { readonly code: string; readonly message: string };
}

/** The error as AWS's no, when it is a 4xx, throttling among them: then nothing was done. @throws anything else: nobody knows what was done. */
export function refusedBy(error: unknown): Required<Refused> {
  const known = awsErrorOf(error);
  const isNo = known !== undefined && isRefusal(known) && known.attempts === 1;
  if (!isNo) throw error;
  return { refused: { code: known.name, message: known.message } };
}

/** EC2 throttles with a 503, and has done nothing then. */
function isRefusal({ name, statusCode }: { readonly name: string; readonly statusCode: number }): boolean {
  return (statusCode >= 400 && statusCode < 500) || name === 'RequestLimitExceeded';
}
