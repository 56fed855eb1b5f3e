import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..', '..');
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'capuchin-app-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs the CDK app as the CDK's command line does, without bundling. */
function synth(context: object): { code: number | null; said: string; out: string } {
  const out = path.join(directory, 'out');
  const env = {
    ...process.env,
    CDK_OUTDIR: out,
    CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:bundling-stacks': [], ...context }),
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'bin', 'app.ts')], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  });
  return { code: status, said: stdout + stderr, out };
}

it('synthesizes a stack under the name that was asked for', () => {
  const config = path.join(directory, 'good.json');
  writeFileSync(config, '{ "seed": "ours" }');
  const { code, said, out } = synth({ config, stackName: 'Monkey' });
  expect([code, said]).toEqual([0, '']);
  expect(existsSync(path.join(out, 'Monkey.template.json'))).toBe(true);
});

it('stops at a config that is not valid: every mistake with its path, exit code 2, no stack trace', () => {
  const config = path.join(directory, 'bad.json');
  writeFileSync(config, JSON.stringify({ sede: 'x', budgets: { maxPerHour: 0 }, window: { hours: '9 to 5' } }));
  const { code, said } = synth({ config });
  expect(code).toBe(2);
  expect(said).toMatch(/^bad\.json is not a valid config; mend:\n/);
  expect(said).toContain('  budgets.maxPerHour: ');
  expect(said).toContain('  window.hours: "9" is not a range of hours; write it like 09:00-17:00');
  expect(said).toContain('Unrecognized key: "sede"');
  expect(said).not.toMatch(/^\s+at /m);
});
