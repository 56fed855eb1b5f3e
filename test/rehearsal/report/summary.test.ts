import { describe, expect, it } from 'vitest';
import { html } from '../../../lib/rehearsal/report/markup.ts';
import { drawSummary } from '../../../lib/rehearsal/report/summary.ts';
import type { RehearsalFacts } from '../../../lib/rehearsal/result.ts';
import { exampleFacts } from './example-facts.ts';
import { HOSTS, hostedFacts } from './hosted-facts.ts';
import { parsePage, textOf } from './parse-page.ts';

const summaryOf = (facts: RehearsalFacts) => textOf(parsePage(html`<!doctype html>${drawSummary(facts)}`.text));

describe('the summary', () => {
  it('says what broke and why, what held, what was refused and why, and what was not touched', () => {
    expect(summaryOf(exampleFacts())).toBe(
      'Capuchin rehearsed a fleet of 4 services with 9 tasks for 1 min 23 s. ' +
        'It planned 3 experiments (stop-task), and 2 came to a verdict. ' +
        'checkout broke its hypothesis: error rate was 0.33 from 42.0 s on, above the limit of 0.01. ' +
        'catalog held its hypothesis. ' +
        'scheduler was refused: too-few-remain (running 1, wanted 1, minRemaining 1). ' +
        'ledger did not opt in and was not touched. ' +
        'The audit is verified: 19 records hold.',
    );
  });

  it('says of hosts what was lost with one, what came back, and whose service it was', () => {
    const told = summaryOf(hostedFacts());
    expect(told).toContain('a fleet of 5 services with 15 tasks and 3 container hosts for');
    expect(told).toContain('catalog and shop-hosts held their hypothesis.');
    expect(told).toContain(
      'shop-hosts lost i-0b1c2d3e4f5a6b7c8, which took 2 tasks with it; they ran on other hosts after 0.9 s; the host was replaced after 4.2 s.',
    );
    expect(told).toContain('storefront did not opt in itself and lost tasks with a host.');
    expect(told).toContain('ledger did not opt in and was not touched.');
    const losses = HOSTS.losses.map((loss) => ({ ...loss, placed: loss.placed.slice(0, 1), replacement: null }));
    expect(summaryOf(hostedFacts({ losses }))).toContain(
      'which took 2 tasks with it; 1 of them ran on other hosts after 0.7 s; the host was not replaced.',
    );
    expect(summaryOf(hostedFacts({ losses: [], outcome: 'not drawn' }))).toContain(
      'shop-hosts opted in and was not drawn.',
    );
  });

  it('says loudly when the audit does not verify', () => {
    const { result } = exampleFacts();
    const facts = exampleFacts({
      result: { ...result, audit: { ...result.audit, verified: false } },
      auditFindings: ['Record 3 was changed.'],
    });
    expect(summaryOf(facts)).toContain('The audit of 19 records does NOT verify: 1 finding.');
  });

  it('names a service with its cluster when another one has the same name', () => {
    const facts = exampleFacts();
    const twin = facts.services.filter(({ name }) => name === 'ledger').map((one) => ({ ...one, cluster: 'bank' }));
    expect(summaryOf({ ...facts, services: [...facts.services, ...twin] })).toContain(
      'shop/ledger and bank/ledger did not opt in and were not touched.',
    );
  });

  it('counts instead of listing when there is much of the same', () => {
    const { result } = exampleFacts();
    const experiments = Array.from({ length: 9 }, (_, index) =>
      result.experiments.map((one) => ({
        ...one,
        experiment: `x-${index}`,
        group: `g${index}`,
        because: `reason ${index}`,
      })),
    ).flat();
    const summary = summaryOf(exampleFacts({ result: { ...result, experiments } }));
    expect(summary).toContain('g0, g1, g2, g3, g4 and 4 more held their hypothesis.');
    expect(summary).toContain('g4 broke its hypothesis: reason 4. 4 more did likewise');
    expect(summary).not.toContain('reason 5');
  });
});
