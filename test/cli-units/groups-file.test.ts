import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type GroupsReading, readGroupsFile } from '../../lib/cli/groups-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'capuchin-test-'));
const file = path.join(folder, 'groups.yaml');
function read(text: string): GroupsReading {
  writeFileSync(file, text);
  return readGroupsFile(file);
}

const G = 'groups:\n';
const rowOf = (group: string): string => `  - { group: ${group}, desired: 3, tags: { chaos:opt-in: "true" } }\n`;

describe('a groups file', () => {
  it('has groups with what they desire, and tags as the text that stands there', () => {
    const text = `${G}  - group: a
    desired: 3
    tags: &tags { chaos:opt-in: true, chaos:mean-days: 5.0, chaos:days: mon-fri, chaos:zone: }
  - { group: b, desired: "10", tags: { <<: *tags, chaos:mean-days: '07' } }
`;
    const tags = { 'chaos:opt-in': 'true', 'chaos:mean-days': '5.0', 'chaos:days': 'mon-fri', 'chaos:zone': '' };
    expect(read(text)).toEqual({
      ok: true,
      groups: [
        { group: 'a', desired: 3, tags },
        { group: 'b', desired: 10, tags: { ...tags, 'chaos:mean-days': '07' } },
      ],
    });
  });

  it('may be JSON, and may use the same tags for thousands of groups', () => {
    expect(read('{"groups": [{"group": "a", "desired": 1, "tags": {"x": "y"}}]}')).toMatchObject({ ok: true });
    const rows = Array.from({ length: 1000 }, (_, index) => `  - { group: g${index}, desired: 1, tags: *tags }\n`);
    const reading = read(`${G}  - { group: first, desired: 1, tags: &tags { x: y } }\n${rows.join('')}`);
    expect(reading.ok && reading.groups.length).toBe(1001);
  });

  it.each([
    ['a list that is empty', 'groups: []\n', ':1:1: groups: the list is empty; write a list with at least one group'],
    ['a file that is empty', '', ':1:1: it is missing; write "groups:" and below it a list of groups'],
    [
      'a key that does not exist',
      `${G}  - { group: a, desird: 3, tags: {} }\n`,
      ':2:17: groups[0].desird: there is no such key',
    ],
    [
      'a number that is none',
      `${G}  - group: a\n    desired: three\n    tags: {}\n`,
      ':3:5: groups[0].desired: "three" does not fit',
    ],
    [
      'a tag with a list',
      `${G}  - group: a\n    desired: 3\n    tags: { "chaos:days": [mon] }\n`,
      ':4:13: groups[0].tags["chaos:days"]: a list does not fit',
    ],
    ['no tags', `${G}  - group: a\n    desired: 3\n`, ':2:5: groups[0].tags: it is missing; write a map of tags'],
    ['a group twice', `${G}${rowOf('a')}${rowOf('a')}`, ':3:7: groups[1].group: "a" is the group of groups[0] already'],
    [
      'a tag twice',
      `${G}  - { group: a, desired: 3, tags: { x: 1, x: 2 } }\n`,
      ':2:43: this is not valid YAML: Map keys must be unique',
    ],
    ['no YAML', `${G}  - group: a\n   desired: 3\n`, ':3:1: this is not valid YAML'],
  ])('with %s is refused with the place and the mend', (_what, text, sentence) => {
    const reading = read(text);
    expect(reading.ok ? [] : reading.problems).toContainEqual(expect.stringContaining(`${file}${sentence}`));
  });

  it('that cannot be read says why', () => {
    expect(readGroupsFile(folder)).toEqual({
      ok: false,
      problems: [`${folder}: this is a folder; give the path of a groups file`],
    });
  });

  it('tells every mistake, each once', () => {
    const reading = read(`${G}  - { group: "", desired: -1, tags: {} }\n`);
    expect(reading).toEqual({
      ok: false,
      problems: [
        `${file}:2:7: groups[0].group: it is empty; write a name of 1 to 511 characters`,
        `${file}:2:18: groups[0].desired: "-1" does not fit; write a whole number from 0 to 100000`,
      ],
    });
  });
});
