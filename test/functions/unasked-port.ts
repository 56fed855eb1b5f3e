import type { FaultPort } from '../../lib/faults/catalogue.ts';

/** The part of AWS that a test gives; whatever else a fault asks for fails the test by its name. */
export function portOf(given: Partial<FaultPort>): FaultPort {
  return new Proxy(given, {
    get(target, name) {
      const found = Reflect.get(target, name);
      if (found !== undefined || typeof name === 'symbol' || name === 'then') return found;
      return () => {
        throw new Error(`this test knows no answer to ${name}`);
      };
    },
  }) as FaultPort;
}
