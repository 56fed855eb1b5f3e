import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** The tests that Stryker runs against each mutant: those of the guards, the claim and the verdict, all of them pure and quick. */
export default defineConfig({
  test: {
    root: path.join(import.meta.dirname, '..', '..'),
    include: [
      'test/core/guards/*.test.ts',
      'test/core/{claim,conclusion,min-remaining,progress,stop,verdict}*.test.ts',
    ],
    testTimeout: 60_000,
  },
});
