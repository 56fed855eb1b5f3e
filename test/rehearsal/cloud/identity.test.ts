import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, it } from 'vitest';
import { identityOperations } from '../../../lib/rehearsal/cloud/identity.ts';
import { startCloud } from './local-cloud.ts';

it('tells the principal of an access key, in XML that the SDK reads back, and refuses an unknown key', async () => {
  const arn = 'arn:aws:sts::123456789012:assumed-role/Odd & <"named">/plan';
  const principalOf = (key: string) => (key === 'AKIAPLAN' ? { arn, userId: 'AROA1:plan' } : undefined);
  const { client, defects } = await startCloud({ services: { STS: identityOperations(principalOf) } });
  const identity = await client(STSClient, 'AKIAPLAN').send(new GetCallerIdentityCommand({}));
  expect(identity).toMatchObject({ Account: '123456789012', Arn: arn, UserId: 'AROA1:plan' });
  expect(identity.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);

  const stranger = client(STSClient, 'AKIASTRANGER').send(new GetCallerIdentityCommand({}));
  await expect(stranger).rejects.toMatchObject({ name: 'InvalidClientTokenId', $metadata: { httpStatusCode: 403 } });
  expect(defects).toEqual([]);
});
