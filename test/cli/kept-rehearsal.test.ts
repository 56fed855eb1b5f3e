import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { DeleteScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import ICAL from 'ical.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RehearsalFacts } from '../../lib/rehearsal/result.ts';
import { type Ended, isRunning, newFolder, processTree, type Running, run, start } from './command-line.ts';

const FLEET = path.join(import.meta.dirname, 'fixtures', 'small-fleet.yaml');

/** One small rehearsal that is left up, and the other commands against it. */
describe('commands against a rehearsal that is kept up', () => {
  const folder = newFolder();
  let kept: Running;
  let environment: Record<string, string> = {};
  const command = (...args: string[]): Promise<Ended> => run(args, environment);

  beforeAll(async () => {
    kept = start(['rehearse', '--fleet', FLEET, '--keep', '--within', '5s', '--out', folder]);
    await kept.says(/export AWS_SECRET_ACCESS_KEY=/);
    const said = await kept.says(/export AWS_ENDPOINT_URL=[\s\S]*export AWS_SECRET_ACCESS_KEY=\S+/);
    environment = Object.fromEntries(
      [...said[0].matchAll(/export (\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
    );
  }, 180_000);
  afterAll(() => void kept.process.kill('SIGKILL'));

  test('groups lists who has opted in, and says of a tag that cannot be read what is wrong with it', async () => {
    const { code, out, talk } = await command('groups');
    expect(code).toBe(0);
    expect(out).toMatch(/GROUP +OF +FAULTS/);
    expect(out).toContain('small/steady');
    expect(talk).toContain('chaos:mean-days=often: "often" is not a number from 1 to 1000');
    const { groups, problems } = JSON.parse((await command('groups', '--json')).out) as {
      groups: object[];
      problems: object[];
    };
    expect([groups.length, problems.length]).toEqual([1, 1]);
  });

  test('the rehearsal itself says that the group whose tag cannot be read was refused', () => {
    const { result, services } = JSON.parse(readFileSync(path.join(folder, 'report.json'), 'utf8')) as RehearsalFacts;
    expect(result.refused).toMatchObject([
      { group: 'small/misspelt', code: 'tag-unparsable', facts: { tag: 'chaos:mean-days', value: 'often' } },
    ]);
    expect(services.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(['steady held', 'misspelt refused']);
  });

  test('history, show and blame tell what the rehearsal did', async () => {
    const { experiments } = JSON.parse((await command('history', '--json')).out) as {
      experiments: { experiment: string; group: string; verdict: string }[];
    };
    expect(experiments).toMatchObject([{ group: 'small/steady', verdict: 'held' }]);
    const { experiment = '' } = experiments[0] ?? {};
    expect((await command('history')).out).toContain(experiment);
    const shown = JSON.parse((await command('show', experiment, '--json')).out) as {
      records: { kind: string; resource?: string }[];
    };
    expect(shown.records.map(({ kind }) => kind)).toEqual([
      'planned',
      'started',
      'injected',
      'took-effect',
      'recovered',
      'healthy',
      'ended',
    ]);
    const { resource = '' } = shown.records.find(({ kind }) => kind === 'injected') ?? {};
    expect((await command('blame', resource)).out).toContain(`It was the monkey: experiment ${experiment}.`);
    expect((await command('blame', resource.split('/').at(-1) ?? '')).out).toContain('It was the monkey');
    expect((await command('blame', `${resource}0`)).out).toContain('It was not the monkey');
  });

  test('run shows an experiment live and leaves with the code of its verdict', async () => {
    const spaced = await command('run', 'small/steady', '--reason', 'again');
    expect(spaced.code).toBe(3);
    expect(spaced.out).toContain('group-spacing');
    const { code, out } = await command('run', 'small/steady', '--reason', 'again', '--skip', 'spacing');
    expect(out).toMatch(/requested[\s\S]*started[\s\S]*injected[\s\S]*took-effect[\s\S]*held/);
    expect(code).toBe(0);
    const unknown = await command('run', 'small/unheard-of', '--reason', 'typing error');
    expect(unknown).toMatchObject({ code: 3 });
    expect(unknown.talk).toContain('these have: small/steady');
  }, 90_000);

  test('halt stops everything with a reason, resume lets it go on, and both are recorded', async () => {
    expect((await command('halt', '--reason', 'incident 42')).out).toMatch(/^lever +engaged: /);
    const halted = await command('run', 'small/steady', '--reason', 'no', '--skip', 'spacing', '--json');
    expect(halted.code).toBe(3);
    expect(JSON.parse(halted.out)).toMatchObject({ verdict: 'refused' });
    expect(halted.out).toContain('incident 42');
    expect((await command('resume', '--reason', 'over')).out).toContain('The lever is released');
    expect((await command('show', 'lever')).out).toMatch(
      /lever-engaged[\s\S]*incident 42[\s\S]*lever-released[\s\S]*over/,
    );
    expect((await command('halt')).code).toBe(2);
  });

  test('plan draws without doing anything when asked to, and leashed runs touch nothing', async () => {
    const planned = JSON.parse((await command('plan', '--within', '20m', '--dry-run', '--json')).out) as {
      plans: { experiments: { experiment: string; group: string }[] }[];
    };
    expect(planned.plans[0]?.experiments).toMatchObject([{ group: 'small/steady' }]);
    expect((await command('show', planned.plans[0]?.experiments[0]?.experiment ?? '')).code).toBe(1);
    const leashed = await command('run', 'small/steady', '--reason', 'look only', '--skip', 'spacing', '--leashed');
    expect(leashed).toMatchObject({ code: 0 });
    expect(leashed.out).toMatch(/leashed +the request asked for it; would have hit task /);
  });

  describe('plans', () => {
    type Listed = { plans: { name: string; experiments: { experiment: string; at: string; status: string }[] }[] };
    const listed = async (): Promise<Listed['plans'][number]['experiments'][number]> => {
      const { plans } = JSON.parse((await command('plan', 'list', '--json')).out) as Listed;
      const [experiment] = plans.find(({ name }) => name === 'game-day')?.experiments ?? [];
      if (experiment === undefined)
        throw new Error(`no plan game-day among ${plans.map(({ name }) => name).join(', ')}`);
      return experiment;
    };
    /** Deletes a schedule behind Capuchin's back, as a slip in the console would. */
    const loseSchedule = async (Name: string): Promise<void> => {
      const credentials = { accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: 'any' };
      const endpoint = environment.AWS_ENDPOINT_URL ?? '';
      const client = new SchedulerClient({ endpoint, credentials, region: environment.AWS_REGION ?? '' });
      await client.send(new DeleteScheduleCommand({ Name, GroupName: 'Capuchin-experiments' }));
    };

    test('are shown for today and for days ahead, and nothing is recorded by looking', async () => {
      const before = (await command('audit', 'export')).out;
      const shown = JSON.parse((await command('plan', '--days', '4', '--json')).out) as {
        plans: { date: string; isKept: boolean; notPlanned: object }[];
      };
      expect(shown.plans.map(({ isKept }) => isKept)).toEqual([false, false, false, false]);
      const ahead = await command('plan', '--date', shown.plans[3]?.date ?? '', '--group', 'small/steady');
      expect(ahead.out).toMatch(/preview; \d planned\n[\s\S]*small\/steady/);
      expect((await command('plan', 'list', '--json')).code).toBe(0);
      expect((await command('audit', 'export')).out).toBe(before);
    });

    test('are listed, lose a schedule, get it back, and are cancelled one by one', async () => {
      expect(await command('plan', '--within', '2h', '--name', 'game-day', '--reason', 'try')).toMatchObject({
        code: 0,
      });
      const { experiment, status } = await listed();
      expect(status).toBe('waiting');
      await loseSchedule(experiment);
      const lost = await command('plan', 'list');
      expect(lost.out).toMatch(/schedule-lost +small\/steady/);
      expect(lost.talk).toContain('capuchin plan restore');
      expect((await command('plan', 'restore', '--reason', 'a slip')).out).toMatch(`small/steady  ${experiment}`);
      expect((await listed()).status).toBe('waiting');

      expect((await command('plan', 'cancel', experiment)).code).toBe(2);
      expect((await command('plan', 'cancel', experiment, '--reason', 'not today')).out).toMatch(/^cancelled /);
      expect((await listed()).status).toBe('cancelled');
      expect((await command('plan', 'restore', '--reason', 'a slip')).talk).toContain('0 restored');
      expect((await command('show', experiment)).out).toMatch(
        /planned[\s\S]*restored[\s\S]*a slip[\s\S]*cancelled[\s\S]*not today/,
      );
      const unknown = await command('plan', 'cancel', 'nobodys', '--reason', 'typing error');
      expect(unknown).toMatchObject({ code: 3 });
      expect(unknown.talk).toContain('capuchin plan list');
    });

    test('are a feed for calendar programs, together with what happened', async () => {
      const { out } = await command('plan', '--ics');
      const events = new ICAL.Component(ICAL.parse(out)).getAllSubcomponents('vevent');
      const summaries = events.map((event) => String(event.getFirstPropertyValue('summary')));
      expect(summaries).toContain('Chaos: stop-task on small/steady (held)');
      expect(summaries).toContain('Chaos: stop-task on small/steady (cancelled)');
    });
  });

  test('explain draws every choice of an experiment again, and says why nothing happened on a day', async () => {
    const { experiments } = JSON.parse((await command('history', '--json')).out) as {
      experiments: { experiment: string; verdict: string }[];
    };
    const held = experiments.find(({ verdict }) => verdict === 'held')?.experiment ?? '';
    const explained = JSON.parse((await command('explain', held, '--json')).out) as {
      seed: string;
      choices: { question: string; replays: boolean | null }[];
    };
    expect(explained.choices.map(({ question, replays }) => `${question}: ${replays}`)).toEqual([
      'why this group: null',
      'why this instant: true',
      'why this fault: true',
      'why this target: true',
    ]);
    const { code, out } = await command('explain', held);
    expect([code, out.match(/drawn again: the same/g)?.length]).toEqual([0, 3]);
    expect((await command('explain', 'small/steady', '--date', '2020-12-25')).out).toBe(
      'nothing is recorded for 2020-12-25: no plan of that date was drawn\n',
    );
    const unknown = await command('explain', 'small/steady');
    expect(unknown.code).toBe(1);
    expect(unknown.talk).toContain('with --date DATE the name of a group');
  });

  test('the audit verifies in the table and as an exported file, and a file that was tampered with does not', async () => {
    expect((await command('audit', 'verify')).out).toMatch(
      /^All \d+ records of \d+ chains and \d+ digests of \S+ to \S+ hold\.\n$/,
    );
    const file = path.join(folder, 'exported.jsonl');
    expect(await command('audit', 'export', '--out', file)).toMatchObject({ code: 0 });
    expect(await command('audit', 'verify', file)).toMatchObject({ code: 0 });
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const tampered = path.join(folder, 'tampered.jsonl');
    copyFileSync(file, tampered);
    const found = async (changed: readonly string[]): Promise<number | null> => {
      writeFileSync(tampered, `${changed.join('\n')}\n`);
      return (await command('audit', 'verify', tampered)).code;
    };
    expect(await found(lines.map((line, index) => (index === 2 ? line.replace('small', 'large') : line)))).toBe(1);
    expect(await found(lines.filter((_, index) => index !== 3))).toBe(1);
    expect(await found(lines.slice(0, -2))).toBe(1);
    expect(await found([...lines.slice(0, 1), lines[2] ?? '', lines[1] ?? '', ...lines.slice(3)])).toBe(1);
  });

  test.skipIf(process.platform !== 'linux')(
    'kill -9 of the rehearsal leaves no process behind and no port taken',
    async () => {
      const tree = processTree(kept.process.pid ?? 0);
      expect(tree.length).toBeGreaterThan(5);
      kept.process.kill('SIGKILL');
      await kept.ended;
      await expect.poll(() => tree.filter(isRunning), { timeout: 15_000 }).toEqual([]);
      const port = Number(new URL(environment.AWS_ENDPOINT_URL ?? '').port);
      const server = createServer();
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
      server.close();
      const after = await command('history');
      expect(after).toMatchObject({ code: 1 });
      expect(after.talk).toContain('is the rehearsal still up?');
    },
    30_000,
  );
});
