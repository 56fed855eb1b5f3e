import type { ConfigInput } from './lib/core/config.ts';

/**
 * What you edit. Everything has a default (docs/configuration.md); a misspelt key or an impossible value stops `cdk synth` with the
 * path of the mistake. Capuchin is leashed after deployment whatever stands here: `capuchin unleash --reason …` lets it act.
 */
const config: ConfigInput = {
  // The key of every draw: give each deployment its own words.
  seed: 'capuchin',
  window: { hours: '09:00-17:00', days: 'mon-fri', zone: 'Europe/London' },
  budgets: { maxInFlight: 1, maxPerHour: 3, maxPerDay: 10 },
  profiles: {
    default: { meanDays: 5, minDays: 1, minRemaining: 1 },
  },
};

export default config;
