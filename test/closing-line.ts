import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with `N passed, N failed`, alone on a line, for machines that read only that. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
    const skipped = count('skipped');
    // A file that cannot be loaded has no tests, and still has failed.
    const broken = modules.filter((module) => module.state() === 'failed' && module.errors().length > 0).length;
    const line = `${count('passed')} passed, ${count('failed') + broken} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    process.stdout.write(`${line}\n`);
  }
}
