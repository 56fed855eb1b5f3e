import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const SCRIPTS = path.join(import.meta.dirname, '..', '..', '..', 'lib', 'faults', 'hosts');

/** What some shell lines print, with the functions of the workers at hand. */
function shell(lines: string, ...args: readonly string[]): string {
  const files = ['common.sh', 'namespaces.sh', 'cgroups.sh', 'places.sh', 'workers.sh'];
  const script = `${files.map((file) => `. '${path.join(SCRIPTS, file)}'`).join('\n')}\n${lines}`;
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script, 'sh', ...args], { encoding: 'utf8', timeout: 30_000 });
  expect(stderr).toBe('');
  return stdout.trim();
}
const holds = (call: string, ...args: readonly string[]): boolean =>
  shell(`if ${call}; then echo yes; fi`, ...args) === 'yes';

describe('numbers', () => {
  it.each([
    ['0', 0],
    ['100', 10_000],
    ['12.5', 1250],
    ['0.05', 5],
    ['7.0899', 708],
    ['99.9999', 9999],
  ])('%s percent are %i hundredths', (percent, hundredths) => {
    expect(shell('hundredths "$1"', percent)).toBe(String(hundredths));
    expect(holds('is_percent "$1"', percent)).toBe(true);
  });

  it.each(['', '.', '5.', '.5', '1.2.3', '100.01', '101', '-1', '1e2', '08', '007.5', ' 5', '5 ', '$(id)', 'x'])(
    '%j is no percentage',
    (text) => {
      expect(holds('is_percent "$1"', text)).toBe(false);
    },
  );

  it('a number with a zero before it, which the shell would count by eights, is none', () => {
    expect(holds('is_count "$1"', '10')).toBe(true);
    expect(holds('is_count "$1"', '0')).toBe(true);
    for (const text of ['010', '00', '', '12345678901', '1 2', '-3'])
      expect(holds('is_count "$1"', text), text).toBe(false);
  });

  it('processors are counted from the kernel’s list', () => {
    const count = (list: string) => shell('printf "%s\\n" "$1" | count_list', list);
    expect([count('0'), count('0-3'), count('0-3,8'), count('1,3,10-11')]).toEqual(['1', '4', '5', '4']);
  });
});

it('a path with a symbolic link in any part is known as one', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'capuchin-links-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  mkdirSync(path.join(folder, 'real', 'inner'), { recursive: true });
  symlinkSync('/etc', path.join(folder, 'link'));
  symlinkSync('real', path.join(folder, 'real', 'inner', 'last'));
  const linked = (inside: string) => holds('has_links "$1" "$2"', folder, inside);
  expect(linked('/real/inner')).toBe(false);
  expect(linked('/')).toBe(false);
  expect(linked('/link')).toBe(true);
  expect(linked('/link/passwd')).toBe(true);
  expect(linked('/real/inner/last')).toBe(true);
});

/** A worker of the experiment, its mark in its environment, and the folder that knows it. */
const WORKER = `
state=$1 folder=$1/before/web
mkdir -p "$folder/ready"
mark "$folder/mark" "cpu/task/trial/web/$$"
mark "$folder/born" "$(started_at $$)"
mark "$folder/process" $$
mark "$folder/pid" "$(readlink /proc/self/ns/pid)"
env CAPUCHIN_WORKER="cpu/task/trial/web/$$" sleep 77 & own=$!
env CAPUCHIN_WORKER="cpu/task/trial/web/$$-other" sleep 77 & other=$!
sleep 0.3
`;

describe('a worker', () => {
  it('is found by its mark alone, whole, and not by a part of it or by its name', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'capuchin-workers-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const said = shell(
      `${WORKER}[ "$(workers_of web)" = "$own" ] && echo found
       mark "$folder/born" 99999999999 && [ -z "$(workers_of web)" ] && echo older
       kill $own $other`,
      folder,
    );
    expect(said.split('\n')).toEqual(['found', 'older']);
  });

  it('is ended, and no other process; a second time there is nothing to end', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'capuchin-workers-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const said = shell(
      `${WORKER}look_at_workers web stressed
       mark "$folder/ready/1" "$own $(started_at $own)"
       look_at_workers web stressed
       end_workers web 2>/dev/null; wait $own 2>/dev/null
       look_at_workers web stressed; end_workers web; look_at_workers never stressed
       kill -0 $other && echo other lives; kill $other`,
      folder,
    );
    expect(said.split('\n')).toEqual(['starting', 'stressed', 'not-stressed', 'not-stressed', 'other lives']);
  });

  it('that waits is woken and ends by itself, so that nobody is left without a parent, and one that does not is killed', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'capuchin-workers-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const said = shell(
      `${WORKER}mark="CAPUCHIN_WORKER=cpu/task/trial/web/$$"
       env "$mark" sh -c 'until [ -e "$1/end" ]; do sleep 66; done; echo itself' sh "$folder" 2>/dev/null & waits=$!
       env "$mark" tail -f /dev/null & stubborn=$!
       sleep 0.3
       end_workers web 2>/dev/null
       wait $waits; wait $stubborn 2>/dev/null; echo $?
       kill $other`,
      folder,
    );
    expect(said.split('\n')).toEqual(['itself', '137']);
  });
});
