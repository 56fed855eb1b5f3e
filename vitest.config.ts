import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Chromium is not everywhere: those tests have their own config and script.
    exclude: ['test/browser/**'],
    reporters: ['default', './test/closing-line.ts'],
    testTimeout: 30_000,
    hookTimeout: 90_000,
    // Many tests start processes of their own; more at once only makes each of them late.
    maxWorkers: 2,
  },
});
