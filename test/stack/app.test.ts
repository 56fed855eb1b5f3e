import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { releaseDay } from '../calendar/example-calendar.ts';

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
  expect([code, said]).toEqual([
    0,
    expect.stringMatching(/^Capuchin: holidays and freezes are listed in \S+Monkey\.calendar\.txt\n$/),
  ]);
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

/** The config file's own folder holds the calendar files that it names. */
function synthConfig(config: object, files: Readonly<Record<string, string>> = {}): ReturnType<typeof synth> {
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(directory, name), text);
  const file = path.join(directory, 'config.json');
  writeFileSync(file, JSON.stringify(config));
  return synth({ config: file, stackName: 'Monkey' });
}

it('lists every holiday and freeze in a file beside the stack, and gives them to the functions', () => {
  const { code, out } = synthConfig(
    { holidays: ['GB-ENG'], freezes: ['2030-06-03', { calendar: 'release.ics' }] },
    { 'release.ics': releaseDay('RRULE:FREQ=DAILY;COUNT=2') },
  );
  expect(code).toBe(0);
  const list = readFileSync(path.join(out, 'Monkey.calendar.txt'), 'utf8');
  expect(list).toMatch(/^2030-12-25 {2}Wed {2}holiday {2}GB-ENG {2}Christmas Day$/m);
  expect(list).toMatch(/^2030-06-03 .*freeze/m);
  expect(list).toMatch(/^2030-06-0[45] .*release day/m);
});

it('stops at a calendar that cannot be worked out, with the path of the mistake', () => {
  const { code, said } = synthConfig(
    { holidays: ['XX'], freezes: [{ calendar: 'endless.ics' }] },
    { 'endless.ics': releaseDay('RRULE:FREQ=DAILY') },
  );
  expect(said).toMatch(/holidays\.0: "XX" is no country/);
  expect(said).toMatch(/freezes\.0\.calendar: endless\.ics: .*release day.*repeats for ever/);
  expect(said).not.toMatch(/^\s+at /m);
  expect(code).toBe(2);
});
