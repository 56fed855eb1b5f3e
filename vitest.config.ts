import { defineConfig } from 'vitest/config';

const HOSTS = [
  'test/faults/hosts/pause-container.test.ts',
  'test/faults/hosts/process-faults.test.ts',
  'test/faults/hosts/engine-faults.test.ts',
  'test/faults/hosts/clock-skew.test.ts',
  'test/rehearsal/fleet/container-host.test.ts',
  'test/rehearsal/fleet/process-faults.test.ts',
  'test/rehearsal/fleet/hindered-balancer.test.ts',
  'test/faults/hosts/document.test.ts',
];

/** Whole rehearsals. */
const REHEARSALS = ['test/cli/**/*.test.ts', 'test/rehearsal/example-fleet.test.ts'];

const EFFECTS = [
  'test/hosts/network-blocking.test.ts',
  'test/hosts/network-shaping.test.ts',
  'test/hosts/stress-effects.test.ts',
  'test/hosts/clock-skew.test.ts',
];

/** One suite for each script: `npm test`, `npm run test:statistics`, `npm run test:cli`, `npm run test:hosts`, `npm run test:proof`
 * and `npm run test:browser`. */
export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Many tests start processes of their own; more at once only makes each of them late.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'main',
          include: ['test/**/*.test.ts'],
          exclude: [
            ...['test/rehearsal/**', 'test/hosts/**', 'test/browser/**', 'test/statistics/**', 'test/proof/**'],
            ...REHEARSALS,
            ...HOSTS,
          ],
        },
      },
      // The local cloud and its fleets of real processes.
      {
        extends: true,
        test: { name: 'rehearsal', include: ['test/rehearsal/**/*.test.ts'], exclude: [...REHEARSALS, ...HOSTS] },
      },
      // Millions of draws and days: minutes.
      { extends: true, test: { name: 'statistics', include: ['test/statistics/**/*.test.ts'] } },
      // Whole commands against whole rehearsals: minutes.
      { extends: true, test: { name: 'cli', include: REHEARSALS } },
      // Host scripts run by a real shell; their deadlines are real seconds.
      { extends: true, test: { name: 'hosts', include: HOSTS } },
      // The same scripts in a guest with a real kernel and a real container engine: half an hour on two cores, in emulation.
      {
        extends: true,
        test: {
          name: 'guest',
          include: ['test/hosts/**/*.test.ts'],
          exclude: EFFECTS,
          globalSetup: 'test/hosts/guest/shared.ts',
          fileParallelism: false,
        },
      },
      // What each parameter and filter of them does there, one by one: half an hour more.
      {
        extends: true,
        test: {
          name: 'guest-effects',
          include: EFFECTS,
          globalSetup: 'test/hosts/guest/shared.ts',
          fileParallelism: false,
        },
      },
      // Every call and every checkpoint of an experiment × every failure: minutes.
      { extends: true, test: { name: 'proof', include: ['test/proof/**/*.test.ts'] } },
      // Debian's chromium, which is not everywhere.
      { extends: true, test: { name: 'browser', include: ['test/browser/**/*.test.ts'] } },
    ],
  },
});
