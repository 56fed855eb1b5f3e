import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..', '..');

it.each(globSync('lib/core/**/*.ts', { cwd: ROOT }))('%s reads no clock, no randomness and no environment', (file) => {
  const code = readFileSync(path.join(ROOT, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  expect(code).not.toMatch(
    /Date\.now|new Date\(\)|Math\.random|randomUUID|randomBytes|Temporal\.Now|process\.|performance\./,
  );
});

it('the workflow of an experiment reads a clock only inside its steps', () => {
  const code = readFileSync(path.join(ROOT, 'functions/experiment/workflow.ts'), 'utf8');
  expect(code).not.toMatch(/Date\.now|new Date\(\)|Math\.random|randomUUID|randomBytes/);
});
