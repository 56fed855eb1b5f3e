import { describe, expect, it } from 'vitest';
import { runningDesired } from '../../../lib/core/guards/running-desired.ts';
import { aLiveService, aSituation, UNKNOWN, yes } from '../examples.ts';

describe('the guard running-desired', () => {
  it('says yes when every service runs exactly as many tasks as desired', () => {
    const services = yes([aLiveService(), aLiveService({ service: 'shop/b', running: 1, desired: 1 })]);
    expect(runningDesired.check(aSituation({ services }))).toEqual([]);
  });

  it.each([2, 4, 0])('says no when %d of 3 run', (running) => {
    expect(runningDesired.check(aSituation({ services: yes([aLiveService({ running })]) }))).toEqual([
      {
        code: 'not-running-desired',
        because: `shop/checkout runs ${running} of 3 tasks`,
        facts: { service: 'shop/checkout', running, desired: 3 },
      },
    ]);
  });

  it('does not let one service’s surplus make up for another’s lack', () => {
    const services = yes([aLiveService({ running: 4 }), aLiveService({ service: 'shop/b', running: 2 })]);
    expect(runningDesired.check(aSituation({ services })).map(({ facts }) => facts.service)).toEqual([
      'shop/checkout',
      'shop/b',
    ]);
  });

  it('says no to a daemon service, whatever it runs', () => {
    expect(
      runningDesired.check(aSituation({ services: yes([aLiveService({ schedulingStrategy: 'DAEMON' })]) })),
    ).toEqual([
      { code: 'daemon-service', because: 'shop/checkout is a daemon service', facts: { service: 'shop/checkout' } },
    ]);
  });

  it('says no when the services cannot be read', () => {
    expect(runningDesired.check(aSituation({ services: UNKNOWN }))).toEqual([
      {
        code: 'not-running-desired',
        because: `cannot tell: ${UNKNOWN.because}`,
        facts: { cannotTell: UNKNOWN.because },
      },
    ]);
  });
});
