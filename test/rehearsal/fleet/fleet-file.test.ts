import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_FLEET_FILE } from '../../../lib/rehearsal/fleet/default-fleet.ts';
import { readFleetFile } from '../../../lib/rehearsal/fleet/fleet-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleet-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function reading(text: string) {
  const path = join(folder, 'fleet.yaml');
  await writeFile(path, text);
  return readFleetFile(path);
}

/** The message for a bad file, without its folder. */
async function refusal(text: string): Promise<string> {
  const result = await reading(text);
  if (result.ok) throw new Error('the file was accepted');
  return result.message.replace(`${folder}/`, '');
}

function service(...lines: string[]): string {
  return [
    'cluster: shop',
    'services:',
    '  - name: web',
    '    command: run',
    ...lines.map((line) => `    ${line}`),
  ].join('\n');
}

describe('a good fleet file', () => {
  test('fills in every default', async () => {
    const result = await reading(service('desired: 2'));
    expect(result).toMatchObject({ ok: true, fleet: { cluster: 'shop', clusterTags: {} } });
    expect(result.ok && result.fleet.services[0]).toEqual({
      name: 'web',
      desired: 2,
      command: 'run',
      health: '/',
      tags: {},
      propagateTags: 'NONE',
      launchType: 'FARGATE',
      traffic: { requestsPerSecond: 0, path: '/' },
      stopTimeoutSeconds: 30,
      startTimeoutSeconds: 30,
      unhealthyThreshold: 3,
      environment: {},
      workingDirectory: folder,
      commandPlace: { line: 4, column: 5 },
    });
  });

  test('has two container hosts with the cluster’s tags where a service runs on them, or what it says', async () => {
    const onHosts = service('desired: 1', 'launchType: EC2').replace('services:', 'clusterTags: {a: b}\nservices:');
    const fleet = async (text: string) => {
      const result = await reading(text);
      return result.ok ? { hosts: result.fleet.hosts, hostTags: result.fleet.hostTags } : result.message;
    };
    expect(await fleet(onHosts)).toEqual({ hosts: 2, hostTags: { a: 'b' } });
    const more = onHosts.replace('services:', 'hosts: 3\nhostTags: {c: d}\nservices:');
    expect(await fleet(more)).toEqual({ hosts: 3, hostTags: { c: 'd' } });
    expect(await fleet(service('desired: 1'))).toMatchObject({ hosts: 0 });
  });

  test('has an Auto Scaling group of its hosts, with a name and room for one more unless it says otherwise', async () => {
    const group = async (more: string) => {
      const result = await reading(`${more}\n${service('desired: 2', 'launchType: EC2')}`);
      return result.ok ? result.fleet.hostGroup : result.message;
    };
    const plain = { min: 0, tags: {}, standby: 0, protectedFromScaleIn: 0, dataVolumes: 0 };
    expect(await group('hosts: 3')).toEqual({ ...plain, name: 'shop-hosts', max: 4 });
    const said = 'min: 1, max: 3, name: workers, standby: 1, dataVolumes: 2, tasksPerHost: 4, tags: {e: f}';
    expect(await group(`hosts: 3\nhostGroup: {${said}}`)).toEqual({
      ...{ ...plain, name: 'workers', min: 1, max: 3, standby: 1, dataVolumes: 2, tasksPerHost: 4, tags: { e: 'f' } },
    });
  });

  test('takes a command as a list of words, and a folder seen from the file', async () => {
    await mkdir(join(folder, 'programs'), { recursive: true });
    const result = await reading(
      'cluster: a\nservices: [{name: web, desired: 1, command: [python3, app.py], workingDirectory: programs}]',
    );
    expect(result.ok && result.fleet.services[0]).toMatchObject({
      command: ['python3', 'app.py'],
      workingDirectory: join(folder, 'programs'),
    });
  });

  test.each([DEFAULT_FLEET_FILE, join(DEFAULT_FLEET_FILE, '../python-fleet.yaml')])(
    'is the example %s',
    async (path) => {
      expect(await readFleetFile(path)).toMatchObject({ ok: true });
    },
  );

  test('the default fleet has a service of each fate: two to strike, one not opted in, one with a single task, one on hosts that have', async () => {
    const result = await readFleetFile(DEFAULT_FLEET_FILE);
    if (!result.ok) throw new Error(result.message);
    const { services, hosts, hostTags, hostGroup } = result.fleet;
    const optedIn = services.filter(({ tags }) => tags['chaos:opt-in'] === 'true');
    expect(optedIn.every(({ propagateTags }) => propagateTags === 'SERVICE')).toBe(true);
    expect(optedIn.filter(({ desired, hypothesis }) => desired > 1 && hypothesis)).toHaveLength(2);
    expect(optedIn.filter(({ desired }) => desired === 1)).toHaveLength(1);
    const [untouched, carried, ...others] = services.filter((service) => !optedIn.includes(service));
    expect(others).toEqual([]);
    expect(untouched).toMatchObject({ name: 'ledger', launchType: 'FARGATE' });
    // No service that is struck for itself lives on a host that is struck too: their verdicts would depend on the draw.
    expect(services.filter(({ launchType }) => launchType === 'EC2')).toEqual([carried]);
    expect(carried).toMatchObject({ name: 'storefront', desired: 6, hypothesis: { errorRate: 0.02 } });
    expect(hosts).toBe(3);
    expect(hostTags['chaos:opt-in']).toBe('true');
    expect(hostGroup).toMatchObject({ name: 'shop-hosts', min: 2, max: 4 });
  });
});

describe('a bad fleet file is refused with its place and the mend', () => {
  test.each([
    [service('desired: 99'), 'fleet.yaml:5:5: services[0].desired: 99 does not fit; write a whole number from 1 to 50'],
    [
      service('desired: "2"'),
      'fleet.yaml:5:5: services[0].desired: "2" does not fit; write a whole number from 1 to 50',
    ],
    [service(), 'fleet.yaml:3:5: services[0].desired: is missing; write a whole number from 1 to 50'],
    [service('desried: 2'), 'fleet.yaml:5:5: services[0].desried: there is no such key; did you mean "desired"?'],
    [
      service('desired: 2', 'traffic: {requestPerSecond: 5}'),
      'fleet.yaml:6:15: services[0].traffic.requestPerSecond: there is no such key; did you mean "requestsPerSecond"?',
    ],
    [
      service('desired: 2', 'traffic: {rate: 5}'),
      'fleet.yaml:6:15: services[0].traffic.rate: there is no such key; the keys here are requestsPerSecond, path',
    ],
    [
      service('desired: 2', 'tags: {chaos:opt-in: true}'),
      'fleet.yaml:6:12: services[0].tags["chaos:opt-in"]: true does not fit; write a text in quotes: "true"',
    ],
    [
      service('desired: 2', 'tags: {note: "a,b"}'),
      'fleet.yaml:6:12: services[0].tags.note: "a,b" does not fit; write at most 256 letters, digits, spaces and + - = . _ : / @',
    ],
    [
      service('desired: 2', 'health: health'),
      'fleet.yaml:6:5: services[0].health: "health" does not fit; write a path that starts with "/" and has no space, such as "/health"',
    ],
    [
      service('desired: 2', 'propagateTags: TASK'),
      'fleet.yaml:6:5: services[0].propagateTags: "TASK" does not fit; write SERVICE or NONE',
    ],
    [
      service('desired: 2', 'hypothesis: {errorRate: 0.1, p99Ms: 100}'),
      'fleet.yaml:6:5: services[0].hypothesis: without traffic there is nothing to measure it by; set traffic.requestsPerSecond above 0',
    ],
    [
      service('desired: 1', '', '- name: web', '  desired: 1', '  command: x')
        .replaceAll('    -', '  -')
        .replaceAll('      ', '    '),
      'fleet.yaml:7:5: services[1].name: "web" is the name of services[0] already; give each service a name of its own',
    ],
    [
      'cluster: shop\nservices: []',
      'fleet.yaml:2:1: services: an empty list does not fit; write a list with at least one service',
    ],
    ['', 'fleet.yaml:1:1: nothing (an empty value) does not fit; write a map with cluster and services'],
    [
      service('desired: 2', 'launchType: EXTERNAL'),
      'fleet.yaml:6:5: services[0].launchType: "EXTERNAL" does not fit; write FARGATE or EC2',
    ],
    [
      service('desired: 2', 'unhealthyThreshold: 1'),
      'fleet.yaml:6:5: services[0].unhealthyThreshold: 1 does not fit; write a whole number from 2 to 600',
    ],
    [
      `hosts: 0\n${service('desired: 2', 'launchType: EC2')}`,
      'fleet.yaml:1:1: hosts: 0 does not fit; write a whole number from 1 to 50',
    ],
    [
      `hosts: 2\n${service('desired: 2')}`,
      'fleet.yaml:1:1: hosts: no service runs on container hosts; write "launchType: EC2" for one of them, or take this key away',
    ],
    [
      `hosts: 2\nhostGroup: {standby: 2}\n${service('desired: 2', 'launchType: EC2')}`,
      'fleet.yaml:2:13: hostGroup.standby: all 2 hosts would be in Standby; leave at least one in service',
    ],
    [
      `hosts: 2\nhostGroup: {min: 3}\n${service('desired: 2', 'launchType: EC2')}`,
      'fleet.yaml:2:13: hostGroup.min: only 2 hosts are in service; write at most 2',
    ],
    [
      `hosts: 2\nhostGroup: {max: 1}\n${service('desired: 2', 'launchType: EC2')}`,
      'fleet.yaml:2:13: hostGroup.max: 2 hosts are in service; write at least 2',
    ],
    [
      `hosts: 2\nhostGroup: {standby: 1, protectedFromScaleIn: 2}\n${service('desired: 2', 'launchType: EC2')}`,
      'fleet.yaml:2:25: hostGroup.protectedFromScaleIn: only 1 hosts are in service; write at most 1',
    ],
    [
      `hosts: 2\nhostGroup: {tasksPerHost: 1}\n${service('desired: 3', 'launchType: EC2')}`,
      'fleet.yaml:2:13: hostGroup.tasksPerHost: 3 tasks do not fit on 2 hosts; write at least 2',
    ],
    [`hostGroup: {mim: 1}\n${service('desired: 2', 'launchType: EC2')}`, /^fleet\.yaml:1:13: hostGroup\.mim/],
    [
      `${service('desired: 2')}\nhostTags: {}`,
      'fleet.yaml:6:1: hostTags: no service runs on container hosts; write "launchType: EC2" for one of them, or take this key away',
    ],
    ['cluster: shop\ncluster: b', 'fleet.yaml:2:1: this is not valid YAML: Map keys must be unique; mend this line'],
    ['services:\n  - name: x\n bad', /^fleet\.yaml:3:\d+: this is not valid YAML: /],
    ['cluster: [', /^fleet\.yaml:1:\d+: this is not valid YAML: /],
  ])('%j', async (text, message) => {
    if (typeof message === 'string') expect(await refusal(text)).toBe(message);
    else expect(await refusal(text)).toMatch(message);
  });

  test.each([
    ['PORT: "1"', 'services[0].environment.PORT'],
    ['"a-b": "1"', 'services[0].environment["a-b"]'],
  ])('a variable %s that is taken or no name', async (entry, place) => {
    expect(await refusal(service('desired: 1', `environment: {${entry}}`))).toContain(
      `${place}: "1" does not fit; use letters`,
    );
  });

  test('a folder that does not exist', async () => {
    expect(await refusal(service('desired: 1', 'workingDirectory: nowhere'))).toMatch(
      /^fleet\.yaml:6:5: services\[0\]\.workingDirectory: there is no folder .*nowhere; write a path that exists/,
    );
  });

  test('a file that does not exist, or is a folder', async () => {
    expect(await readFleetFile('nowhere.yaml')).toEqual({
      ok: false,
      message: 'nowhere.yaml: there is no such file; give the path of a fleet file',
    });
    expect(await readFleetFile(folder)).toMatchObject({
      ok: false,
      message: expect.stringContaining('this is a folder'),
    });
  });

  test('aliases that multiply without end', async () => {
    const lines = [
      'a: &a0 [x, x]',
      ...Array.from({ length: 20 }, (_, n) => `b${n}: &a${n + 1} [*a${n}, *a${n}, *a${n}]`),
    ];
    expect(await refusal(lines.join('\n'))).toMatch(/^fleet\.yaml:1:1: this YAML cannot be read: /);
  });

  test('never throws, and says one line, whatever the text is', async () => {
    const pieces = fc.constantFrom(
      'cluster: a',
      'services:',
      '  - name: web',
      '    desired: 1',
      '    command: x',
      '? ',
      '&a',
      '*a',
      '[',
      '{',
      '- ',
      ': ',
      '\t',
      '"',
      '!!x y',
      '---',
      '%YAML 9',
      'é',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 12 }), async (lines) => {
        const result = await reading(lines.join('\n'));
        if (!result.ok) expect(result.message).toMatch(/^[^\n]+fleet\.yaml:\d+:\d+: [^\n]+$/);
      }),
      { numRuns: 150 },
    );
  });
});
