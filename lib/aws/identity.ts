import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { CLIENT_OPTIONS } from './client-options.ts';

/** Who is calling, for the record's actor. */
export async function callerIdentity(): Promise<{ account: string; arn: string }> {
  const { Account = '', Arn = '' } = await new STSClient(CLIENT_OPTIONS).send(new GetCallerIdentityCommand({}));
  return { account: Account, arn: Arn };
}
