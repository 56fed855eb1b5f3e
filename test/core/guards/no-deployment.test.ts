import { describe, expect, it } from 'vitest';
import { noDeployment } from '../../../lib/core/guards/no-deployment.ts';
import { aLiveService, aSituation, UNKNOWN, yes } from '../examples.ts';

describe('the guard no-deployment', () => {
  it('says yes when no service is being deployed', () => {
    expect(noDeployment.check(aSituation({ services: yes([aLiveService(), aLiveService()]) }))).toEqual([]);
  });

  it('says no for each service that is', () => {
    const services = yes([
      aLiveService({ service: 'shop/a', deploying: true }),
      aLiveService({ service: 'shop/b' }),
      aLiveService({ service: 'shop/c', deploying: true }),
    ]);
    expect(noDeployment.check(aSituation({ services }))).toEqual([
      { code: 'deployment-in-progress', because: 'shop/a is being deployed', facts: { service: 'shop/a' } },
      { code: 'deployment-in-progress', because: 'shop/c is being deployed', facts: { service: 'shop/c' } },
    ]);
  });

  it('says no when the services cannot be read', () => {
    expect(noDeployment.check(aSituation({ services: UNKNOWN }))).toEqual([
      {
        code: 'deployment-in-progress',
        because: `cannot tell: ${UNKNOWN.because}`,
        facts: { cannotTell: UNKNOWN.because },
      },
    ]);
  });
});
