import * as z from 'zod';
import { AwsError, type ServedService, serve } from './operation.ts';

/** Who an access key belongs to. */
export interface Principal {
  readonly arn: string;
  readonly userId: string;
}

/** STS for the keys that the rehearsal gave out; `principalOf` answers undefined for any other. */
export function identityOperations(principalOf: (accessKeyId: string) => Principal | undefined): ServedService {
  return {
    GetCallerIdentity: serve({
      input: z.strictObject({}),
      answer: (_input, { accessKeyId, accountId }) => {
        const principal = principalOf(accessKeyId);
        if (principal === undefined) {
          throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
        }
        return { Account: accountId, Arn: principal.arn, UserId: principal.userId };
      },
    }),
  };
}
