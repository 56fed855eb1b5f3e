import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { isRunning, newFolder, processTree, run, start } from './command-line.ts';

const SMALL_FLEET = path.join(import.meta.dirname, 'fixtures', 'small-fleet.yaml');

function fleetFile(command: string): string {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'fleet.yaml');
  writeFileSync(file, `cluster: c\nservices:\n  - name: a\n    desired: 2\n    command: ${command}\n`);
  return file;
}

const rehearse = (...args: string[]) => run(['rehearse', '--out', newFolder(), ...args]);

describe('a mistake gets one sentence with the place and the mend, a code, and no stack trace', () => {
  test.each([
    ['an unknown option', ['--sed', '3'], 2, "unknown option '--sed'"],
    ['a fleet file that is not there', ['--fleet', 'nowhere.yaml'], 2, 'nowhere.yaml: there is no such file'],
    ['a port that is no port', ['--port', 'http'], 2, 'Write a whole number from 1 to 65535.'],
    ['a folder that cannot be written', ['--out', '/dev/null/x'], 2, 'name another folder with --out'],
  ])('%s', async (_what, args, code, sentence) => {
    const ended = await run(['rehearse', ...args]);
    expect(ended.talk).toContain(sentence);
    expect(ended.talk).not.toMatch(/\n\s+at /);
    expect(ended.code).toBe(code);
  });

  test('a key of the fleet file that does not exist', async () => {
    const file = fleetFile('x\n    helth: /');
    expect(await rehearse('--fleet', file)).toMatchObject({
      code: 2,
      talk: expect.stringContaining(`${file}:6:5: services[0].helth: there is no such key; did you mean "health"?`),
    });
  });

  test('a port that is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const ended = await rehearse('--port', String(port));
    server.close();
    expect(ended).toMatchObject({
      code: 2,
      talk: expect.stringContaining(`port ${port} is in use; name another with --port`),
    });
  });

  test('a command that cannot be started leaves with 2, a program that dies with 1', async () => {
    const cannot = fleetFile('[no-such-program, x]');
    const dies = fleetFile(`"echo no database >&2; exit 7"`);
    const [first, second] = await Promise.all([rehearse('--fleet', cannot), rehearse('--fleet', dies)]);
    expect(first).toMatchObject({
      code: 2,
      talk: expect.stringContaining(
        `could not be started (spawn no-such-program ENOENT); mend the command in ${cannot}:5`,
      ),
    });
    expect(second).toMatchObject({
      code: 1,
      talk: expect.stringContaining('ended with exit code 7 before it was healthy; it said: no database'),
    });
    for (const { talk } of [first, second]) expect(talk).not.toMatch(/\n\s+at /);
  }, 60_000);
});

describe.skipIf(process.platform !== 'linux')('Ctrl-C', () => {
  test('ends every process of a rehearsal, says so, and leaves with 130', async () => {
    const rehearsal = start(['rehearse', '--fleet', SMALL_FLEET, '--out', newFolder()]);
    await rehearsal.says(/traffic flows/);
    const tree = processTree(rehearsal.process.pid ?? 0);
    expect(tree.length).toBeGreaterThan(5);
    rehearsal.process.kill('SIGINT');
    const { code, talk } = await rehearsal.ended;
    expect(talk).toContain('Interrupted: every process of the rehearsal has been ended');
    expect(code).toBe(130);
    expect(tree.filter(isRunning)).toEqual([]);
  }, 90_000);
});

describe('a command without a rehearsal or an account', () => {
  test('says what is missing', async () => {
    expect(await run(['history'])).toMatchObject({ code: 1, talk: expect.stringContaining('no AWS region is set') });
    const away = {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'y',
    };
    expect(await run(['history'], away)).toMatchObject({
      code: 1,
      talk: expect.stringContaining('nothing answers at AWS_ENDPOINT_URL'),
    });
  });
});
