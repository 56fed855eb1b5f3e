import { defineConfig } from 'vitest/config';

/** Tests that need Debian's chromium; run by `npm run test:browser`, not by `npm test`. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
