import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Calendars } from '../../lib/core/calendars.ts';
import type { Config, ConfigInput } from '../../lib/core/config.ts';
import { simulate } from '../../lib/core/simulate.ts';
import type { Tags } from '../../lib/core/tagged.ts';
import { FAULT_KINDS } from '../../lib/faults/catalogue.ts';
import { type Ended, newFolder, run, start } from './command-line.ts';
import { type FakeStack, startFakeStack } from './fake-stack.ts';
import { fleetOf, resolved } from './planned-fleet.ts';

/** The contract that scripts rely on. */
const documentSchema = z.strictObject({
  days: z.int(),
  seed: z.string(),
  groups: z.array(
    z.strictObject({
      group: z.string(),
      meanDays: z.number(),
      minDays: z.int(),
      workDays: z.int(),
      experiments: z.int(),
      meanGapDays: z.number().nullable(),
      longestGapDays: z.int().nullable(),
    }),
  ),
});
type Document = z.output<typeof documentSchema>;

const folder = newFolder();
let files = 0;
function fileOf(text: string, ending = 'yaml'): string {
  const file = path.join(folder, `${files++}.${ending}`);
  writeFileSync(file, text);
  return file;
}

const FROM = ['--from', '2026-11-23'];
const simulated = (text: string, ...args: string[]): Promise<Ended> =>
  run(['simulate', '--groups', fileOf(text), ...FROM, ...args]);

async function documentOf(ended: Promise<Ended>): Promise<Document> {
  const { code, out, talk } = await ended;
  expect([code, code === 0 ? '' : talk]).toEqual([0, '']);
  return documentSchema.parse(JSON.parse(out));
}

const OPT_IN = 'chaos:opt-in: "true"';
const rowOf = (group: string, tags = '', desired = 3): string =>
  `  - { group: ${group}, desired: ${desired}, tags: { ${OPT_IN}${tags === '' ? '' : `, ${tags}`} } }\n`;
const manyRows = (count: number, tags = ''): string =>
  Array.from({ length: count }, (_, index) => rowOf(`shop/s${index}`, tags)).join('');

/** What the core itself says of groups. */
function expected(config: Config, tagsByName: Record<string, Tags>, seed: string, days: number) {
  const { groups } = fleetOf(config, tagsByName);
  const calendars = new Calendars(config.calendar);
  const { groups: told } = simulate({ seed, groups, calendars, faults: FAULT_KINDS, from: '2026-11-23', days });
  return new Map(told.map((one) => [one.group, one]));
}

describe('simulate --groups --json', () => {
  test('has exactly the keys of the contract, 250 days by default, and what the planner itself would draw', async () => {
    const input: ConfigInput = { holidays: ['GB-ENG'], window: { zone: 'Europe/London' } };
    const tags = (index: number): Tags =>
      index % 2 === 0 ? { 'chaos:mean-days': '3' } : { 'chaos:zone': 'Asia/Tokyo', 'chaos:min-days': '2' };
    // More groups than are simulated at once.
    const all = Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`shop/s${index}`, tags(index)]));
    const rows = Object.entries(all).map(([name, own]) => rowOf(name, JSON.stringify(own).slice(1, -1)));
    const config = fileOf(JSON.stringify(input), 'json');
    const document = await documentOf(
      simulated(`groups:\n${rows.join('')}`, '--seed', 'words', '--config', config, '--json'),
    );
    expect([document.days, document.seed]).toEqual([250, 'words']);
    expect(document.groups.map(({ group }) => group)).toEqual(Object.keys(all));
    const own = expected(resolved(input), all, 'words', 250);
    expect(document.groups).toEqual(document.groups.map(({ group }) => own.get(group)));
    expect(document.groups.every(({ experiments }) => experiments > 10)).toBe(true);
  });

  test('counts gaps in work days, and has null for fewer than two experiments', async () => {
    const text = `groups:\n${rowOf('a', 'chaos:mean-days: 4, chaos:min-days: 4')}${rowOf('b', 'chaos:mean-days: 1000')}`;
    const [many, one] = await Promise.all([
      documentOf(simulated(text, '--seed', 's', '--days', '70', '--json')),
      documentOf(simulated(text, '--seed', 's', '--days', '1', '--json', '--group', 'a')),
    ]);
    expect(many.groups[0]).toEqual({
      group: 'a',
      meanDays: 4,
      minDays: 4,
      workDays: 50,
      experiments: 13,
      meanGapDays: 4,
      longestGapDays: 4,
    });
    expect(many.groups[1]).toMatchObject({ group: 'b', meanGapDays: null, longestGapDays: null });
    expect(one.groups).toMatchObject([{ group: 'a', workDays: 1, meanGapDays: null }]);
  });

  test('draws the same with the same seed, a new one without, and says which', async () => {
    const text = `groups:\n${manyRows(5)}`;
    const [first, second] = await Promise.all([simulated(text, '--json'), simulated(text, '--json')]);
    const [a, b] = [documentSchema.parse(JSON.parse(first.out)), documentSchema.parse(JSON.parse(second.out))];
    expect(first.talk).toContain(`Seed: ${a.seed}, a new one; --seed ${a.seed} draws the same again`);
    expect(b.seed).not.toBe(a.seed);
    expect(b.groups).not.toEqual(a.groups);
    expect(await documentOf(simulated(text, '--seed', a.seed, '--json'))).toEqual(a);
  });
});

test('of more days than a plot shows there is the table, and no plot', async () => {
  const file = fileOf(`groups:\n${rowOf('a')}`);
  const ended = await run(['simulate', '--groups', file, '--days', '40000', '--seed', '1', ...FROM]);
  expect(ended.code).toBe(0);
  expect(ended.out).toMatch(/^GROUP[\s\S]*\na +5 +1 +\d\d,\d{3} /);
  expect(ended.talk).toContain('No plot: it shows 36600 days at most.');
});

describe('a groups file', () => {
  test('may have values without quotes; its names count, whatever the tag for the group says', async () => {
    const text = `groups:
  - group: plain
    desired: 3
    tags: &tags { chaos:opt-in: true, chaos:mean-days: 2.5, chaos:min-days: 2, chaos:group: other }
  - { group: again, desired: 1, tags: *tags }
  - { group: shouting, desired: 3, tags: { chaos:opt-in: True } }
  - { group: out, desired: 3, tags: { chaos:opt-in: no } }
  - { group: untagged, desired: 3, tags: { chaos:mean-days: 5 } }
`;
    const ended = await simulated(text, '--json');
    const { groups } = documentSchema.parse(JSON.parse(ended.out));
    expect(groups.map(({ group, meanDays, minDays }) => [group, meanDays, minDays])).toEqual([
      ['plain', 2.5, 2],
      ['again', 2.5, 2],
      ['untagged', 5, 1],
    ]);
    expect(ended.talk).toContain('not opted in  shouting\nnot opted in  out\n');
    expect(ended.talk).toContain('taken as opted in  untagged: it has no tag chaos:opt-in');
  });

  test('of a group whose tags cannot be read leaves out only that group, and names tag and value', async () => {
    const rows = [
      rowOf('good'),
      rowOf('often', 'chaos:mean-days: often'),
      rowOf('mean', 'chaos:mean-days: 2, chaos:min-days: 3'),
      rowOf('profile', 'chaos:profile: night'),
      rowOf('fault', 'chaos:faults: unplug'),
      rowOf('shop/canary'),
    ];
    const config = fileOf(JSON.stringify({ exceptions: [{ cluster: 'shop', service: 'can*' }] }), 'json');
    const ended = await simulated(`groups:\n${rows.join('')}`, '--json', '--config', config);
    expect(ended.code).toBe(0);
    expect(documentSchema.parse(JSON.parse(ended.out)).groups.map(({ group }) => group)).toEqual(['good']);
    expect(ended.talk).toContain('out  often: the tag chaos:mean-days=often: "often" is not a number');
    expect(ended.talk).toContain('out  mean: the tag chaos:min-days=3: the least spacing of 3 days is above the mean');
    expect(ended.talk).toContain('out  profile: the tag chaos:profile=night: no profile of this name');
    expect(ended.talk).toContain('out  fault: the tag chaos:faults=unplug: "unplug" is not a fault');
    expect(ended.talk).toContain('left out  shop/canary: the config excepts cluster=shop service=can*');
  });
});

describe('a mistake gets a sentence with the place and the mend, and the code 2', () => {
  const G = 'groups:\n';
  test.concurrent.each([
    [
      'two mistakes in the file',
      `${G}  - { group: a, desird: 3, tags: {} }\n`,
      /:2:5: groups\[0\]\.desired: it is missing; .*\n.*:2:17: groups\[0\]\.desird: there is no such key/,
    ],
    [
      'nobody who takes part',
      `${G}  - { group: a, desired: 3, tags: { chaos:opt-in: no } }\n`,
      /takes part: leave the tag chaos:opt-in out or write "true"/,
    ],
    [
      'nobody whose tags can be read',
      `${G}${rowOf('a', 'chaos:zone: Mars')}`,
      /takes part: .* mend the tags that cannot be read/,
    ],
  ])('%s', async (_what, text, sentence) => {
    const ended = await simulated(text, '--json');
    expect(ended.talk).toMatch(sentence);
    expect(ended.talk).not.toMatch(/\n\s+at /);
    expect([ended.code, ended.out]).toEqual([2, '']);
  });

  test.concurrent.each([
    ['a file that is not there', ['--groups', 'nowhere.yaml'], 'nowhere.yaml: there is no such file'],
    [
      'a group that is not in the file',
      ['--groups', fileOf(`${G}${rowOf('a')}`), '--group', 'b'],
      'no group "b" takes part; these do: a',
    ],
    [
      'a config for deployed groups',
      ['--config', 'capuchin.config.ts'],
      'give --groups as well, or leave --config out',
    ],
    ['an empty seed', ['--seed', ''], 'Write at least one character.'],
    ['too many days', ['--days', '400001'], 'Write a whole number from 1 to 400000.'],
    [
      'a plot of too many days',
      ['--groups', fileOf(`${G}${rowOf('a')}`), '--days', '40000', '--svg', 'x.svg'],
      '--svg draws 36600 days at most',
    ],
    [
      'a plot that cannot be written',
      ['--groups', fileOf(`${G}${rowOf('a')}`), '--svg', '/dev/null/x.svg'],
      'name another file with --svg',
    ],
  ])('%s', async (_what, args, sentence) => {
    const ended = await run(['simulate', ...args]);
    expect(ended.talk).toContain(sentence);
    expect(ended.talk).not.toMatch(/\n\s+at /);
    expect(ended.code).toBe(2);
  });
});

describe('simulate for people', () => {
  test('has a table and a plot, and writes the plot where it is asked to', async () => {
    const svg = path.join(folder, 'year.svg');
    const ended = await simulated(
      `groups:\n${rowOf('shop/a', 'chaos:mean-days: 1')}${rowOf('b')}`,
      '--seed',
      's',
      '--days',
      '14',
      '--svg',
      svg,
    );
    expect(ended.code).toBe(0);
    expect(ended.out).toMatch(/^GROUP +MEAN ASKED +LEAST +WORK DAYS +EXPERIMENTS +MEAN GAP +LONGEST GAP\n/);
    expect(ended.out).toMatch(/\nshop\/a +1 +1 +10 +10 +1\.00 +1\n/);
    expect(ended.out).toContain('Simulated experiments, seed s');
    expect(ended.out).toMatch(/\d+ experiments in 14 days, 2026-11-23 – 2026-12-06/);
    expect(ended.out).toContain('░ closed all day');
    expect(ended.talk).toContain(`The plot is in ${svg}`);
    expect(readFileSync(svg, 'utf8')).toMatch(/<svg[\s\S]*Simulated experiments, seed s[\s\S]*<\/svg>/);
  });

  test('lists 40 groups, and all of them when asked to', async () => {
    const text = `groups:\n${manyRows(42)}`;
    const [some, all] = await Promise.all([simulated(text, '--days', '5'), simulated(text, '--days', '5', '--all')]);
    const rows = ({ out }: Ended): number => [...out.matchAll(/^shop\/s/gm)].length;
    expect([rows(some), rows(all)]).toEqual([40, 42]);
    expect(some.out).toContain('… and 2 groups more; --all lists them, --json has them');
  });

  test('says of a group that min-remaining would refuse it always, and only of such', async () => {
    const text = `groups:
${rowOf('tight', 'chaos:min-remaining: 2', 2)}${rowOf('half', 'chaos:min-remaining: 0.5', 1)}${rowOf('roomy', 'chaos:min-remaining: 2', 3)}`;
    const { talk, code } = await simulated(text, '--days', '5');
    const said = talk.replace(/\s+/g, ' ');
    expect(code).toBe(0);
    expect(said).toContain(
      'tight: every experiment would be refused: it takes 1 of 2, which leaves 1, and 2 must remain',
    );
    expect(said).toContain(
      'half: every experiment would be refused: it takes 1 of 1, which leaves 0, and 1 must remain',
    );
    expect(said).not.toContain('roomy');
  });

  test("counts what the account's ceilings would take away, and takes it away with --ceilings", async () => {
    const config = fileOf(JSON.stringify({ budgets: { maxPerDay: 2, maxPerHour: 9 } }), 'json');
    const text = `groups:\n${manyRows(6, 'chaos:mean-days: 1')}`;
    const args = ['--days', '7', '--seed', 's', '--config', config];
    const [without, within, one] = await Promise.all([
      simulated(text, ...args),
      simulated(text, ...args, '--ceilings', '--json'),
      simulated(text, ...args, '--ceilings', '--json', '--group', 'shop/s3'),
    ]);
    const said = without.talk.replace(/\s+/g, ' ');
    expect(said).toContain(
      "the account's ceilings (9 an hour, 2 a day) would take at least 20 of these 30 experiments away, on 5 of 7 days",
    );
    const { groups } = documentSchema.parse(JSON.parse(within.out));
    expect(groups.reduce((sum, { experiments }) => sum + experiments, 0)).toBe(10);
    expect(within.talk).toContain('took 20 drawn experiments away');
    // The other groups take places from it, although it alone is shown.
    expect(documentSchema.parse(JSON.parse(one.out)).groups).toEqual(groups.filter(({ group }) => group === 'shop/s3'));
  });
});

describe('Ctrl-C', () => {
  test.each(['', '--ceilings'])('ends a long simulation at once, says so, and leaves with 130 %s', async (more) => {
    const groups = fileOf(`groups:\n${manyRows(400, 'chaos:mean-days: 1')}`);
    const svg = path.join(folder, 'never.svg');
    const args = ['simulate', '--groups', groups, '--days', '4000', '--json', '--svg', svg, ...FROM];
    const running = start(more === '' ? args : [...args, more]);
    await running.says(/Seed: /);
    running.process.kill('SIGINT');
    const { code, out, talk } = await running.ended;
    expect(talk).toContain('Interrupted: nothing was written.');
    expect([code, out, existsSync(svg)]).toEqual([130, '', false]);
  });
});

describe('simulate without --groups', () => {
  const config = resolved({ holidays: ['GB'], seed: 'own words', profiles: { slow: { meanDays: 9, maxDays: 20 } } });
  const tags: Record<string, Tags> = {
    'shop/catalog': { 'chaos:zone': 'Asia/Tokyo' },
    'shop/search': { 'chaos:profile': 'slow' },
    'shop/odd': { 'chaos:mean-days': 'often' },
  };
  let stack: FakeStack;
  let empty: FakeStack;
  beforeAll(async () => {
    const found = fleetOf(config, tags);
    const unread = [{ resource: 'a cluster', because: 'it may not be read' }];
    stack = await startFakeStack({ groups: { ...found, unread }, config });
    empty = await startFakeStack({ groups: { groups: [], problems: [], excluded: [], unread: [] }, config });
  });
  afterAll(() => Promise.all([stack.close(), empty.close()]));

  test('takes groups and calendar of the deployed stack', async () => {
    const ended = await run(['simulate', '--seed', 'own words', '--json', ...FROM], stack.environment);
    expect(ended.code).toBe(0);
    const own = expected(config, tags, 'own words', 250);
    const { groups } = documentSchema.parse(JSON.parse(ended.out));
    expect(groups).toEqual(['shop/catalog', 'shop/search'].map((name) => own.get(name)));
    expect(new Set(stack.asked)).toEqual(new Set(['config', 'groups']));
    expect(ended.talk).toContain('out  shop/odd: the tag chaos:mean-days=often: "often" is not a number');
    expect(ended.talk).toContain('not read  a cluster: it may not be read');
  });

  test('says what the stack does not know, and that nobody has opted in', async () => {
    const [later, none] = await Promise.all([
      run(['simulate', '--days', '400', '--from', '2031-06-01', '--json'], stack.environment),
      run(['simulate'], empty.environment),
    ]);
    expect(later.talk).toContain('The deployed stack knows the holidays from 2024-01-01 to 2031-12-31 only.');
    expect(none).toMatchObject({ code: 1, talk: expect.stringContaining('no group has opted in') });
  });
});
