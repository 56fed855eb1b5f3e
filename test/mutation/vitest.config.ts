import path from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * The tests that Stryker runs against each mutant: those of the guards, the claim and the verdict, all of them pure. Left out are those that
 * try thousands of cases: they would kill few mutants that the examples do not, and take ten times as long.
 */
export default defineConfig({
  test: {
    root: path.join(import.meta.dirname, '..', '..'),
    include: [
      'test/core/guards/*.test.ts',
      'test/core/{claim,conclusion,min-remaining,progress,stop,verdict}*.test.ts',
    ],
    exclude: ['test/core/claim-race.test.ts', 'test/core/progress-laws.test.ts'],
    isolate: false,
  },
});
