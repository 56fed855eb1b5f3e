import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { AuditRecord } from '../../lib/audit/record.ts';
import type { RunningExperiment } from '../../lib/core/running.ts';
import type { RehearsalFacts } from '../../lib/rehearsal/result.ts';
import { type Ended, newFolder, type Running, run, start } from './command-line.ts';
import { haltSchema, KeptStack } from './kept-stack.ts';

const FLEET = path.join(import.meta.dirname, 'fixtures', 'frozen-fleet.yaml');

/** The reversible faults of a rehearsal are SIGSTOP and SIGCONT on real processes, found by /proc. */
describe.skipIf(process.platform !== 'linux')('experiments that are ended before their time', () => {
  const folder = newFolder();
  let stack: KeptStack;
  const command = (...args: string[]): Promise<Ended> => run(args, stack.environment);
  const freeze = (group: string, seconds: number): Running => {
    const how = ['--fault', 'pause-container', '--parameter', `durationSeconds=${seconds}`, '--skip', 'spacing'];
    return start(['run', group, ...how, '--reason', 'look closely'], stack.environment);
  };
  const nameOf = async (running: Running): Promise<string> => (await running.says(/^experiment (\S+):/m))[1] ?? '';
  const recordsOf = async (experiment: string): Promise<AuditRecord[]> =>
    (JSON.parse((await command('show', experiment, '--json')).out) as { records: AuditRecord[] }).records;
  const silentPorts = (): Promise<number[]> => stack.silentPorts();

  beforeAll(async () => {
    stack = await KeptStack.start(['--fleet', FLEET, '--within', '5s', '--out', folder]);
    for (const [name, value] of Object.entries(stack.environment)) vi.stubEnv(name, value);
  }, 240_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    stack.rehearsal.process.kill('SIGKILL');
    await stack.rehearsal.ended;
  });

  test('a group whose stop alarm does not exist, or is not in OK, is refused', async () => {
    const { result } = JSON.parse(readFileSync(path.join(folder, 'report.json'), 'utf8')) as RehearsalFacts;
    expect(result.refused).toMatchObject([
      { code: 'stop-alarm-not-ok', facts: { alarm: expect.stringMatching(/-slow$/), state: 'MISSING' } },
      { code: 'stop-alarm-not-ok', facts: { alarm: expect.stringMatching(/-slow$/), state: 'MISSING' } },
    ]);
    await Promise.all([stack.makeAlarm('catalog-slow'), stack.makeAlarm('search-slow')]);
    onTestFinished(() => stack.setAlarm('catalog-slow', 'OK'));
    await stack.setAlarm('catalog-slow', 'ALARM', 'p99 of 4 s');
    const { code, out } = await freeze('cold/catalog', 60).ended;
    expect([code, out]).toEqual([
      3,
      expect.stringContaining('stop-alarm-not-ok: the stop alarm catalog-slow is in ALARM: p99 of 4 s'),
    ]);
  }, 60_000);

  test('an alarm that goes off thaws the task and ends the experiment, in its own name', async () => {
    const running = freeze('cold/catalog', 120);
    await running.says(/took-effect/);
    expect(await silentPorts()).toHaveLength(1);
    onTestFinished(() => stack.setAlarm('catalog-slow', 'OK'));
    const wentOffMs = Date.now();
    await stack.setAlarm('catalog-slow', 'ALARM', 'p99 of 5 s');
    const { code, out } = await running.ended;
    expect([code, await silentPorts()]).toEqual([1, []]);
    expect(out).toMatch(/aborted .*catalog-slow.*: p99 of 5 s/);
    const records = await recordsOf(await nameOf(running));
    expect(records.find(({ facts }) => facts.cause === 'halted')?.actor).toBe('alarm catalog-slow');
    const undone = records.find(({ kind }) => kind === 'undone');
    // The figure of DESIGN 11.
    expect(Date.parse(undone?.at ?? '') - wentOffMs).toBeLessThan(20_000);
  }, 90_000);

  describe('halt', () => {
    let catalog: Running;
    let search: Running;
    let names: string[];
    beforeAll(async () => {
      [catalog, search] = [freeze('cold/catalog', 120), freeze('cold/search', 120)];
      await Promise.all([catalog.says(/took-effect/), search.says(/took-effect/)]);
      names = await Promise.all([nameOf(catalog), nameOf(search)]);
    }, 60_000);

    test('with an id ends that one, proves it, and leaves the lever and the others alone', async () => {
      expect(await silentPorts()).toHaveLength(2);
      const [, name = ''] = names;
      const { code, out } = await command('halt', name, '--reason', 'seen enough');
      expect([code, await silentPorts()]).toEqual([0, [expect.any(Number)]]);
      const undone = (await recordsOf(name)).find(({ kind }) => kind === 'undone');
      expect(out).toContain(`undone    ${undone?.resource}\n`);
      expect(out).toContain(`record ${undone?.sequence} of ${name}, ${undone?.hash}\n`);
      expect(out).toMatch(new RegExp(`^proof     ${name} is over, and every undo is confirmed`, 'm'));
      const followed = await search.ended;
      expect(followed).toMatchObject({ code: 1, out: expect.stringMatching(/aborted .*ended it: seen enough/) });
      // Two records say it, and one of them is enough for a person.
      expect(followed.out.match(/ stopping /g)).toHaveLength(1);
      expect((await command('show', 'lever')).code).toBe(1);
      expect(catalog.process.exitCode).toBeNull();
    }, 60_000);

    test('without an id engages the lever, ends everything, and proves it as a document', async () => {
      const { code, out } = await command('halt', '--reason', 'incident 42', '--json');
      expect([code, await silentPorts()]).toEqual([0, []]);
      const [name = ''] = names;
      const undone = (await recordsOf(name)).find(({ kind }) => kind === 'undone');
      expect(haltSchema.parse(JSON.parse(out))).toMatchObject({
        ...{ lever: true, recorded: true, reason: 'incident 42', proven: true, inFlight: [] },
        experiments: [
          {
            ...{ experiment: name, group: 'cold/catalog', ended: 'aborted', reversible: true, notUndone: [] },
            undone: [{ resource: undone?.resource, record: { sequence: undone?.sequence, hash: undone?.hash } }],
          },
        ],
      });
      expect((await catalog.ended).code).toBe(1);
    }, 60_000);

    test('keeps everything from starting until resume, which needs a reason too', async () => {
      const refused = await freeze('cold/catalog', 60).ended;
      expect([refused.code, refused.out]).toEqual([3, expect.stringMatching(/lever-engaged: .*incident 42/)]);
      const [idle, silent] = await Promise.all([
        command('halt', '--reason', 'once more'),
        command('resume'),
        command('halt'),
      ]);
      expect(idle).toMatchObject({ code: 0, out: expect.stringContaining('proof     nothing is in flight') });
      expect([silent.code, silent.talk]).toEqual([2, expect.stringContaining('--reason')]);
      expect(await command('resume', '--reason', 'over')).toMatchObject({ code: 0 });
      expect((await command('show', 'lever')).out).toMatch(/incident 42[\s\S]*once more[\s\S]*lever-released.*over/);
    }, 60_000);

    test('of what is over, or never was, is refused with a sentence', async () => {
      const [over, unknown] = await Promise.all([
        command('halt', names[0] ?? '', '--reason', 'late'),
        command('halt', 'nobodys', '--reason', 'typing error', '--json'),
      ]);
      expect(over).toMatchObject({ code: 3, out: '' });
      expect(over.talk).toContain(`refused  not-running: ${names[0]} is not running`);
      expect(unknown.code).toBe(3);
      expect(JSON.parse(unknown.out)).toMatchObject({ accepted: false, refusals: [{ code: 'not-running' }] });
    }, 60_000);
  });

  test.each([
    ['once the task is frozen', false],
    ['before it has begun', true],
  ])(
    'Ctrl-C on run %s ends the experiment, says so, and leaves with 130',
    async (_when, isEarly) => {
      if (isEarly) stack.signalExperiments('SIGSTOP');
      const running = freeze('cold/search', 120);
      const name = await nameOf(running);
      if (!isEarly) await running.says(/took-effect/);
      running.process.kill('SIGINT');
      await running.says(/Interrupted: ending/);
      // Long enough for it to be told that there is nothing to end yet.
      if (isEarly) await sleep(2_500);
      stack.signalExperiments('SIGCONT');
      const { code, talk, out } = await running.ended;
      expect([code, talk]).toEqual([130, expect.stringContaining(`Interrupted: ending ${name}, and waiting`)]);
      const records = await recordsOf(name);
      expect(records.at(-1)).toMatchObject({ kind: 'ended', facts: { verdict: 'aborted' } });
      expect(out).toMatch(/aborted .*interrupted at the command line/);
      if (!isEarly) expect(records.map(({ kind }) => kind)).toContain('undone');
      expect(await silentPorts()).toEqual([]);
    },
    90_000,
  );

  test('when every function is dead the host thaws by itself, and the sweep settles what is left', async () => {
    const running = freeze('cold/search', 25);
    const name = await nameOf(running);
    await running.says(/took-effect/);
    running.process.kill('SIGKILL');
    const state = await stack.state();
    const read = async () => {
      const item = await state.read<RunningExperiment>('running', name);
      if (item === undefined) throw new Error(`no item of ${name}`);
      return item;
    };
    expect(await stack.killExperiments()).toBeGreaterThanOrEqual(5);
    await expect.poll(silentPorts, { timeout: 40_000 }).toEqual([]);
    const kinds = async () => (await recordsOf(name)).map(({ kind }) => kind);
    expect(await kinds()).not.toContain('undone');

    expect(await stack.sweep()).toMatchObject({ settled: [], stuck: [] });
    // Rather than five minutes of waiting: it was last heard of an hour ago.
    const { body, version } = await read();
    await state.write('running', name, { ...body, aliveUntilMs: Date.now() - 3_600_000 }, version);
    expect(await stack.sweep()).toMatchObject({ settled: [name], stuck: [] });
    expect((await kinds()).slice(-3)).toEqual(['swept', 'undone', 'ended']);
    expect((await command('show', name)).out).toMatch(/swept .*taken over by the sweep[\s\S]*inconclusive/);
    const { talk } = await command('run', 'cold/search', '--reason', 'again', '--skip', 'spacing', '--leashed');
    expect(talk).not.toContain('refused');
  }, 150_000);

  test('history has the trend of recoveries, blame the undo, and every record holds', async () => {
    const running = freeze('cold/catalog', 15);
    const { code, out } = await running.ended;
    expect([code, out]).toEqual([0, expect.stringMatching(/took-effect[\s\S]*undone[\s\S]*held/)]);
    const { resource = '' } = (await recordsOf(await nameOf(running))).find(({ kind }) => kind === 'undone') ?? {};
    const [said, document, blamed, verified] = await Promise.all([
      command('history'),
      command('history', '--json', '--group', 'cold/catalog'),
      command('blame', resource.slice(resource.lastIndexOf('/') + 1)),
      command('audit', 'verify'),
    ]);
    expect(said.out).toMatch(
      /^recovery {2}cold\/catalog \(pause-container\) {2}[▁-█] {2}last \d+\.\d s: too few to tell/m,
    );
    expect(JSON.parse(document.out)).toMatchObject({
      trends: [{ group: 'cold/catalog', fault: 'pause-container', points: [{ recoverySeconds: expect.any(Number) }] }],
    });
    expect(blamed.out).toMatch(/^It was the monkey: .*[\s\S]*injected[\s\S]*undone .*after the undo was called for/);
    expect(verified).toMatchObject({ code: 0, out: expect.stringMatching(/^All \d+ records/) });
  }, 90_000);

  test('faults names parameters, and a wrong one is a mistake of usage or a refusal', async () => {
    const with_ = (parameter: string): Promise<Ended> =>
      command('run', 'cold/catalog', '--fault', 'pause-container', '--reason', 'x', '--parameter', parameter);
    const [listed, badForm, tooLong, unknown] = await Promise.all([
      command('faults', 'pause-container'),
      with_('durationSeconds'),
      with_('durationSeconds=99999'),
      with_('duration=30'),
    ]);
    expect(listed.out).toMatch(/--parameter durationSeconds=… .*in seconds \(whole number, 1 to 3600; default 60\)/);
    expect([badForm.code, badForm.talk]).toEqual([2, expect.stringContaining('write name=value')]);
    expect([tooLong.code, tooLong.out]).toEqual([3, expect.stringMatching(/bad-parameters: durationSeconds: .*3600/)]);
    expect([unknown.code, unknown.out]).toEqual([3, expect.stringMatching(/bad-parameters: .*duration/)]);
  }, 60_000);
});
