import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../lib/rehearsal/report/page.ts';
import type { RehearsalFacts } from '../../../lib/rehearsal/result.ts';
import { emptyFacts, exampleFacts } from './example-facts.ts';
import { HOSTS, HOSTS_EXPERIMENT, hostedFacts, LOST_HOST, NEXT_HOST } from './hosted-facts.ts';
import { elementsOf, named, type PageElement, parsePage, textOf } from './parse-page.ts';

const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'></svg></style><!-- & ]]>`;

/** Every text of the facts made hostile, and what was there kept at its end so that the parts still fit together. */
function hostile<T>(value: T, key = ''): T {
  const kept = new Set(['at', 'startedAt', 'endedAt', 'kind', 'verdict', 'outcome']);
  if (typeof value === 'string') return (kept.has(key) ? value : `${HOSTILE}${value}`) as T;
  if (Array.isArray(value)) return value.map((item) => hostile(item, key)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    key === 'calls' || key === 'facts' ? `${HOSTILE}${name}` : name,
    hostile(inner, name),
  ]);
  return Object.fromEntries(entries) as T;
}

function tableAfter(page: PageElement, heading: string): string[][] {
  const elements = elementsOf(page);
  const start = elements.findIndex((element) => element.name === 'h2' && textOf(element) === heading);
  const table = elements.slice(start).find(({ name }) => name === 'table');
  if (start === -1 || table === undefined) throw new Error(`There is no table under ${heading}.`);
  return named(table, 'tr').map((row) =>
    row.children.flatMap((cell) => (typeof cell === 'string' ? [] : [textOf(cell)])),
  );
}

/** The page without its style sheet and script, to look for words that slipped in. */
const bodyOf = (facts: RehearsalFacts) => renderReport(facts).replace(/<(style|script)>[\s\S]*?<\/\1>/g, '');

const parsed = (facts: RehearsalFacts) => parsePage(renderReport(facts));

describe('the report', () => {
  const page = parsed(exampleFacts());

  it('is the same document for the same facts', () => {
    expect(renderReport(exampleFacts())).toBe(renderReport(exampleFacts()));
  });

  it('needs nothing from elsewhere and allows nothing but its own script', () => {
    for (const { name, attributes } of elementsOf(page)) {
      expect(['link', 'img', 'iframe', 'object', 'embed', 'form', 'foreignObject']).not.toContain(name);
      expect(Object.keys(attributes).filter((attribute) => /^(on|src)/.test(attribute))).toEqual([]);
      expect(attributes.href ?? '#service-1').toMatch(/^#service-\d+$/);
    }
    const [script, ...others] = named(page, 'script');
    expect(others).toEqual([]);
    const digest = createHash('sha256').update(String(script?.children[0])).digest('base64');
    const policy = named(page, 'meta').find(({ attributes }) => attributes['http-equiv'] === 'Content-Security-Policy');
    expect(policy?.attributes.content).toContain(`default-src 'none'`);
    expect(policy?.attributes.content).toContain(`script-src 'sha256-${digest}'`);
    expect(String(named(page, 'style')[0]?.children[0])).not.toMatch(/url\(|@import/);
  });

  it('has headings in order, and ids and references that fit', () => {
    const levels = elementsOf(page).flatMap(({ name }) => (/^h[1-6]$/.test(name) ? [Number(name[1])] : []));
    expect(levels[0]).toBe(1);
    for (const [index, level] of levels.entries())
      if (index > 0) expect(level - (levels[index - 1] ?? 0)).toBeLessThan(2);
    expectReferencesToFit(page);
  });

  it('names and describes every drawing, and gives every table a caption and scopes', () => {
    const drawings = named(page, 'svg').filter(({ attributes }) => attributes.role === 'img');
    expect(drawings).toHaveLength(1 + 4 * 4 + 2);
    for (const drawing of drawings) {
      expect(textOf(named(drawing, 'title')[0] ?? drawing)).not.toBe('');
      expect(textOf(named(drawing, 'desc')[0] ?? drawing)).not.toBe('');
    }
    for (const table of named(page, 'table')) {
      expect(textOf(named(table, 'caption')[0] ?? table)).not.toBe('');
      for (const cell of named(table, 'th')) expect(['col', 'row']).toContain(cell.attributes.scope);
      for (const row of named(table, 'tr')) expect(named(row, 'th').length).toBeGreaterThan(0);
    }
  });

  it('gives each service its verdict and the reason for it', () => {
    expect(tableAfter(page, 'Verdicts')).toEqual([
      ['Service', 'Group', 'Fault', 'Verdict', 'Took effect', 'Recovered after', 'Requests failed', 'Because'],
      [
        'catalog',
        'shop/catalog',
        'stop-task',
        '✓ held',
        'yes',
        '6.8 s',
        expect.stringMatching(/^0 of 1,2\d\d$/),
        expect.stringContaining('the steady state held'),
      ],
      [
        'checkout',
        'shop/checkout',
        'stop-task',
        '✗ broken',
        'yes',
        '5.1 s',
        expect.stringMatching(/^\d\d of 1,2\d\d$/),
        expect.stringContaining('error rate was 0.33'),
      ],
      ['ledger', '–', '–', '– untouched', '–', '–', '–', expect.stringContaining('did not opt in')],
      [
        'scheduler',
        'shop/scheduler',
        '–',
        '⊘ refused',
        '–',
        '–',
        '–',
        'too-few-remain: running 1, wanted 1, minRemaining 1',
      ],
    ]);
  });

  it('lists the steps by time, the draws, the refusals and the calls', () => {
    const steps = tableAfter(page, 'Steps');
    expect(steps).toHaveLength(1 + 14);
    expect(steps[4]).toEqual([
      '+26.1 s',
      '09:30:26.1',
      'catalog',
      'started',
      'all guards said yes; the claim is ours',
      'x-20261123-catalog-7f3a',
    ]);
    expect(tableAfter(page, 'Plan')[3]).toEqual([
      'x-20261123-checkout-91c4',
      'checkout',
      'stop-task',
      '09:30:38.0',
      '+30.8 s',
      '2',
      'arn:aws:ecs:eu-west-1:000000000000:task/shop/c81d2e0f5b6a4937a1c0d8e9f7264b13',
    ]);
    expect(tableAfter(page, 'Refusals')[1]).toEqual([
      'scheduler',
      'too-few-remain',
      'running 1, wanted 1, minRemaining 1',
    ]);
    expect(tableAfter(page, 'AWS calls').slice(0, 3)).toEqual([
      ['Operation', 'Calls'],
      ['ECS.DescribeTasks', '61'],
      ['ECS.DescribeServices', '58'],
    ]);
  });

  it('marks the four moments in each plot of an experiment’s service, and none in the others', () => {
    const marks = (plot: string) => {
      const svg = named(page, 'svg').find(({ attributes }) => attributes['aria-labelledby'] === `${plot}-t ${plot}-d`);
      return elementsOf(svg ?? page).flatMap(({ attributes }) =>
        attributes.class?.startsWith('mark ') ? [attributes.x1] : [],
      );
    };
    // From the first sample at 6 s to the end of the last one at 81 s.
    const share = (seconds: number) => `${Number((((seconds - 6) / 75) * 100).toFixed(3))}%`;
    for (const plot of [1, 2, 3, 4]) expect(marks(`service-1-plot-${plot}`)).toEqual([26.4, 29.2, 33.2, 57].map(share));
    expect(marks('service-3-plot-1')).toEqual([]);
  });

  it('says how to draw the same again, whatever the seed is', () => {
    const { result } = exampleFacts();
    const commandFor = (seed: string) =>
      textOf(named(parsed(exampleFacts({ result: { ...result, seed } })), 'pre')[0] ?? page);
    expect(commandFor('abc-1')).toBe('npm start -- --seed=abc-1');
    expect(commandFor(`it's $HOME`)).toBe(`npm start -- --seed='it'\\''s $HOME'`);
  });
});

describe('the report of a fleet with container hosts', () => {
  const page = parsed(hostedFacts());
  const sectionOf = (root: PageElement, id: string): PageElement => {
    const section = named(root, 'section').find(({ attributes }) => attributes['aria-labelledby'] === id);
    if (section === undefined) throw new Error(`There is no section ${id}.`);
    return section;
  };
  const hosts = (changes: Parameters<typeof hostedFacts>[0] = {}) => sectionOf(parsed(hostedFacts(changes)), 'hosts-1');
  const lossRow = (section: PageElement): string[] =>
    named(named(section, 'tr')[1] ?? section, 'th')
      .concat(named(named(section, 'tr')[1] ?? section, 'td'))
      .map(textOf);

  it('gives the hosts a row of their own among the verdicts, and points from their service to them', () => {
    const rows = tableAfter(page, 'Verdicts');
    expect(rows[0]?.[0]).toBe('Service or hosts');
    expect(rows.slice(-2)).toEqual([
      ['storefront', '–', '–', '◦ host lost', '–', '–', '–', expect.stringContaining('see shop-hosts.')],
      [
        'shop-hosts',
        'shop-hosts',
        'terminate-host',
        '✓ held',
        'yes',
        '4.2 s',
        '1 of 1,010',
        'the steady state held during and after the fault',
      ],
    ]);
    const links = named(page, 'a').filter(({ attributes }) => attributes.href === '#hosts-1');
    expect(links.map(textOf)).toEqual(['shop-hosts']);
  });

  it('has a section with whom they carry, what is asked of them, and the host that was lost', () => {
    const text = textOf(hosts());
    expect(text).toContain(
      'Auto Scaling group of cluster shop, group shop-hosts, 3 desired hosts; they carry storefront.',
    );
    expect(text).toContain(
      'Hypothesis: storefront gets 6 healthy tasks back, at most 2 % of requests fail, and 99 of 100 answer within 250 ms; 3 hosts in service again.',
    );
    expect(lossRow(hosts())).toEqual([
      LOST_HOST,
      'eu-west-1b',
      '+34.2 s',
      '2 tasks of storefront (11111111, 22222222)',
      'storefront 33333333 on i-01234567890abcdef after 0.7 sstorefront 44444444 on i-01234567890abcdef after 0.9 s',
      `${NEXT_HOST} in eu-west-1b after 4.2 s`,
    ]);
  });

  it('says what did not come back, what took nothing with it, and what is its own replacement', () => {
    const [loss] = HOSTS.losses;
    if (loss === undefined) throw new Error('The example has lost no host.');
    expect(
      lossRow(hosts({ losses: [{ ...loss, placed: loss.placed.slice(0, 1), replacement: null }] })).slice(4),
    ).toEqual(['storefront 33333333 on i-01234567890abcdef after 0.7 s1 task not placed anew', 'not replaced']);
    const replacement = loss.replacement && { ...loss.replacement, instanceId: LOST_HOST };
    expect(lossRow(hosts({ losses: [{ ...loss, tasks: [], placed: [], replacement }] })).slice(3)).toEqual([
      'no task',
      '–',
      'itself after 4.2 s',
    ]);
    expect(textOf(hosts({ losses: [] }))).toContain('No host was lost.');
    expect(textOf(hosts({ samples: [] }))).toContain('Nothing was seen of these hosts.');
  });

  it('draws the hosts over time with their lowest, and the moments there and with the service that they carry', () => {
    const drawings = named(hosts(), 'svg').filter(({ attributes }) => attributes.role === 'img');
    expect(drawings.map((drawing) => textOf(named(drawing, 'desc')[0] ?? drawing))).toEqual([
      'injected after 34.2 s, took effect after 34.9 s, recovered after 38.6 s, ended after 58.0 s.',
      'In service: lowest 2 at 35 s. Connected: lowest 2 at 34 s. Desired: 3.',
      'Running tasks: lowest 4 at 34 s. Desired: 6.',
    ]);
    const marks = (section: PageElement, kind: string): number =>
      elementsOf(section).filter(({ attributes }) => attributes.class === `mark ${kind}`).length;
    expect(marks(hosts(), 'injected')).toBe(1 + 2);
    const storefront = sectionOf(page, 'service-5');
    expect(marks(storefront, 'injected')).toBe(1 + 4);
    expect(textOf(storefront)).toContain(`after terminate-host, experiment ${HOSTS_EXPERIMENT}.`);
    expect(textOf(storefront)).toContain('not opted in, 6 desired tasks on shop-hosts.');
  });

  it('has their experiment in the timeline, the steps and the plan', () => {
    const timeline = named(page, 'desc')
      .map(textOf)
      .find((text) => text.includes('catalog, stop-task'));
    expect(timeline).toContain(
      'shop-hosts, terminate-host, ✓ held: planned at 34.0 s, injected at 34.2 s, took effect at 34.9 s, recovered at 38.6 s, ended at 58.0 s.',
    );
    const steps = tableAfter(page, 'Steps').filter((row) => row[2] === 'shop-hosts');
    expect(steps.map((row) => row[3])).toEqual([
      'planned',
      'started',
      'injected',
      'tasks-lost',
      'took-effect',
      'replaced',
      'recovered',
      'ended',
    ]);
    expect(tableAfter(page, 'Plan').at(-1)).toEqual(
      expect.arrayContaining(['shop-hosts', 'terminate-host', LOST_HOST]),
    );
  });

  it('keeps all this to fleets that have hosts', () => {
    const text = textOf(parsed(exampleFacts()));
    for (const word of ['Container hosts', 'container host', 'Service or hosts']) expect(text).not.toContain(word);
  });

  it('has ids, references and descriptions that fit', () => {
    expectReferencesToFit(page);
    expect(named(page, 'svg').filter(({ attributes }) => attributes.role === 'img')).toHaveLength(1 + 5 * 4 + 2 + 4);
    expect(bodyOf(hostedFacts())).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe.each([
  { of: 'services', harmless: exampleFacts },
  { of: 'services and hosts', harmless: hostedFacts },
])('the report of hostile $of', ({ harmless }) => {
  it('shows every name as text and is built the same as the one of harmless facts', () => {
    const shape = (root: PageElement) => elementsOf(root).map(({ name }) => name);
    const page = parsed(hostile(harmless()));
    expect(shape(page)).toEqual(shape(parsed(harmless())));
    const text = textOf(page);
    for (const fact of [
      'catalog',
      'too-few-remain',
      'minRemaining',
      'ECS.StopTask',
      'capuchin-example',
      '0.1.0',
      'x-20261123-catalog-7f3a',
      'rehearsal-2026-11-23/audit.jsonl',
    ]) {
      expect(text).toContain(`${HOSTILE}${fact}`);
    }
    for (const { attributes } of elementsOf(page)) {
      expect(Object.keys(attributes).filter((attribute) => attribute.startsWith('on'))).toEqual([]);
    }
  });
});

describe('the report of little', () => {
  it('says so when there was no fleet, no experiment and no record', () => {
    const text = textOf(parsed(emptyFacts()));
    for (const said of [
      'No experiment was planned.',
      'The fleet has no services.',
      'There was no experiment.',
      'There were no steps.',
      'Nothing was planned.',
      'Nothing was refused.',
      'The audit has no records.',
      'No AWS operation was called.',
    ]) {
      expect(text).toContain(said);
    }
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  it.each([0, 1])('is sensible with %i samples a service', (samples) => {
    const facts = exampleFacts();
    const services = facts.services.map((service) => ({ ...service, samples: service.samples.slice(1, 1 + samples) }));
    const page = parsed({ ...facts, services });
    expect(textOf(page).includes('Nothing was measured for this service.')).toBe(samples === 0);
    expect(bodyOf({ ...facts, services })).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('is sensible when nothing ever answered, and when an experiment never ended', () => {
    const facts = exampleFacts();
    const services = facts.services.map((service) => ({
      ...service,
      hypothesis: null,
      samples: service.samples.map((sample) => ({ ...sample, failed: sample.requests, p50Ms: null, p99Ms: null })),
    }));
    const wordless = {
      ...facts,
      services,
      steps: facts.steps.filter(({ kind }) => kind === 'started' || kind === 'injected'),
    };
    expect(bodyOf(wordless)).not.toMatch(/NaN|undefined|Infinity/);
    expect(textOf(parsed(wordless))).toContain('It states no hypothesis.');
  });
});

/** No id stands twice, and every label and link leads to one. */
function expectReferencesToFit(page: Parameters<typeof elementsOf>[0]): void {
  const ids = elementsOf(page).flatMap(({ attributes }) => (attributes.id === undefined ? [] : [attributes.id]));
  expect(new Set(ids).size).toBe(ids.length);
  for (const { attributes } of elementsOf(page)) {
    const references = [
      ...(attributes['aria-labelledby']?.split(' ') ?? []),
      ...(attributes.href ? [attributes.href.slice(1)] : []),
    ];
    for (const reference of references) expect(ids).toContain(reference);
  }
}
