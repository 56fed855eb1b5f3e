import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../lib/audit/record.ts';
import { RehearsalTeller } from '../../lib/cli/commands/rehearse-teller.ts';
import { judgedOf } from '../../lib/cli/commands/rehearse-verdicts.ts';
import type { Output } from '../../lib/cli/output.ts';
import { DEFAULT_FLEET_FILE } from '../../lib/rehearsal/fleet/default-fleet.ts';
import { readFleetFile } from '../../lib/rehearsal/fleet/fleet-file.ts';
import { newsOf } from '../../lib/rehearsal/host-news.ts';
import { HOSTS, HOSTS_EXPERIMENT, hostedFacts, LOST_HOST, NEXT_HOST } from '../rehearsal/report/hosted-facts.ts';

function listening(): { readonly lines: string[]; readonly output: Output } {
  const lines: string[] = [];
  const output: Output = {
    out: (text) => lines.push(...text.split('\n')),
    talk: () => undefined,
    style: (_style, text) => text,
    width: 200,
    progress: () => undefined,
  };
  return { lines, output };
}

const NEWS = HOSTS.losses.flatMap(newsOf);

function injected(resource: string): AuditRecord {
  const blank = { version: 1, previous: '', hash: '', key: 'injected/0', actor: 'schedule', reason: '' } as const;
  return {
    ...blank,
    chain: HOSTS_EXPERIMENT,
    sequence: 3,
    at: '2026-11-23T09:30:34.300Z',
    kind: 'injected',
    group: 'shop-hosts',
    resource,
    facts: { fault: 'terminate-host', outcome: 'accepted' },
  };
}

describe('what a rehearsal tells on the screen of its container hosts', () => {
  it('begins with them: how many, whether they opted in, and whom they carry', async () => {
    const reading = await readFleetFile(DEFAULT_FLEET_FILE);
    if (!reading.ok) throw new Error(reading.message);
    const { lines, output } = listening();
    new RehearsalTeller(output, false).opening(reading.fleet, 'seed', true);
    expect(lines).toContain('cluster shop: services 5, tasks 15 (one process each), container hosts 3, seed seed');
    expect(lines.filter((line) => line.startsWith('shop-hosts'))).toEqual([
      expect.stringMatching(/^shop-hosts +3 +yes +storefront +that of storefront, all tasks back$/),
    ]);
  });

  it('tells after the act what the host took with it, that the tasks run anew, and that it is replaced', () => {
    const { lines, output } = listening();
    const teller = new RehearsalTeller(output, false);
    for (const news of NEWS.slice(0, 1)) teller.hostNews(news);
    expect(lines).toEqual([]);
    teller.record(injected(LOST_HOST));
    for (const news of NEWS.slice(1)) teller.hostNews(news);
    expect(lines).toEqual([
      expect.stringContaining(`injected     terminate-host on ${LOST_HOST}: accepted`),
      expect.stringContaining(`shop-hosts  tasks-lost   ${LOST_HOST} took 2 tasks of storefront (11111111, 22222222)`),
      expect.stringContaining('placed-anew  2 tasks of storefront (33333333, 44444444) placed anew on i-0123'),
      expect.stringContaining(
        `replaced     its group launched ${NEXT_HOST} in eu-west-1b, which takes tasks after 4.2 s`,
      ),
    ]);
  });

  it('knows a host by its ARN as well', () => {
    const { lines, output } = listening();
    const teller = new RehearsalTeller(output, false);
    teller.record(injected(`arn:aws:ec2:eu-west-1:000000000000:instance/${LOST_HOST}`));
    for (const news of NEWS) teller.hostNews(news);
    expect(lines).toHaveLength(1 + 3);
  });

  it('keeps to itself what becomes of a host that no experiment acted on', () => {
    const { lines, output } = listening();
    const teller = new RehearsalTeller(output, false);
    teller.record(injected('i-0123456789abcdef0'));
    for (const news of NEWS) teller.hostNews(news);
    expect(lines).toHaveLength(1);
  });
});

describe('the verdicts that a rehearsal tells', () => {
  const of = (name: string, facts = hostedFacts()) => judgedOf(facts).find((judged) => judged.name === name);

  it('end with the hosts: verdict, what the host took with it, who runs anew, and what replaced it', () => {
    expect(judgedOf(hostedFacts()).at(-1)).toEqual({
      name: 'shop-hosts',
      outcome: 'held',
      because: [
        'recovered after 4.2 s',
        '1 of 1010 requests failed',
        'the steady state held during and after the fault',
        `${LOST_HOST} took 2 tasks of storefront (11111111, 22222222) with it`,
        '2 of 2 placed anew, running after 0.9 s',
        `replaced by ${NEXT_HOST}, which takes tasks after 4.2 s`,
      ],
    });
  });

  it('say of a service that lost tasks with a host whose verdict counts, and of an untouched one that it is so', () => {
    expect(of('storefront')).toEqual({
      name: 'storefront',
      outcome: 'host lost',
      because: [
        'it has not opted in itself; 2 tasks of storefront (11111111, 22222222) went with a host of shop-hosts, whose verdict counts',
      ],
    });
    expect(of('ledger')?.because).toEqual(['it has not opted in, and no experiment acted on it']);
  });

  it('do not hide that tasks were not placed anew, or that the host was not replaced', () => {
    const losses = HOSTS.losses.map((loss) => ({ ...loss, placed: loss.placed.slice(0, 1), replacement: null }));
    expect(of('shop-hosts', hostedFacts({ losses }))?.because.slice(-2)).toEqual([
      '1 of 2 placed anew, running after 0.7 s',
      'its group has not replaced it',
    ]);
    expect(of('shop-hosts', hostedFacts({ group: null, outcome: 'untouched', losses: [] }))?.because).toEqual([
      'it has not opted in, and no experiment acted on it',
    ]);
  });
});
