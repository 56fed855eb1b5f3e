import { describe, expect, it } from 'vitest';
import { episodesOf, episodesTouching, timeSpan } from '../../../lib/rehearsal/report/episodes.ts';
import { exampleFacts } from './example-facts.ts';
import { hostedFacts } from './hosted-facts.ts';

describe('episodes', () => {
  it('come in the order in which they began, with the refused one among them', () => {
    const facts = exampleFacts();
    const episodes = episodesOf(facts, timeSpan(facts));
    expect(episodes.map(({ group, verdict }) => [group, verdict])).toEqual([
      ['shop/catalog', 'held'],
      ['shop/scheduler', null],
      ['shop/checkout', 'broken'],
    ]);
    expect(episodes[0]?.span).toEqual({ from: 26.1, to: 57 });
    expect(episodes[1]).toMatchObject({ refusedSeconds: 31.2, span: null, moments: [] });
  });

  it('take the first injection and the last of everything else, and last to the end when they never ended', () => {
    const facts = exampleFacts();
    const extra = { experiment: 'x-20261123-catalog-7f3a', group: 'shop/catalog', text: 'again' };
    const steps = [
      ...facts.steps.filter(({ kind, group }) => kind !== 'ended' || group !== 'shop/catalog'),
      { ...extra, kind: 'injected', at: '2026-11-23T09:30:27.000Z' },
      { ...extra, kind: 'took-effect', at: '2026-11-23T09:30:30.000Z' },
    ];
    const [episode] = episodesOf({ ...facts, steps }, timeSpan({ ...facts, steps }));
    expect(episode?.moments.map(({ seconds }) => seconds)).toEqual([26.4, 30, 33.2]);
    expect(episode?.span).toEqual({ from: 26.1, to: 81 });
  });

  it('mark when a fault was taken away: when the last target was undone', () => {
    const facts = exampleFacts();
    const undone = { experiment: 'x-20261123-catalog-7f3a', group: 'shop/catalog', text: 'thawed', kind: 'undone' };
    const steps = [
      ...facts.steps,
      { ...undone, at: '2026-11-23T09:30:31.000Z' },
      { ...undone, at: '2026-11-23T09:30:32.000Z' },
    ];
    const [episode] = episodesOf({ ...facts, steps }, timeSpan({ ...facts, steps }));
    expect(episode?.moments.map(({ kind }) => kind)).toEqual([
      'injected',
      'took-effect',
      'undone',
      'recovered',
      'ended',
    ]);
    expect(episode?.moments[2]?.seconds).toBe(32);
  });

  it('are numbered where a group has several', () => {
    const facts = exampleFacts();
    const [catalog] = facts.result.plan;
    const again = catalog === undefined ? [] : [{ ...catalog, experiment: 'x-again', at: '2026-11-23T09:30:50.000Z' }];
    const several = { ...facts, result: { ...facts.result, plan: [...facts.result.plan, ...again] } };
    const numbers = episodesOf(several, timeSpan(several)).map(({ group, number }) => [group, number]);
    expect(numbers).toEqual([
      ['shop/catalog', 1],
      ['shop/scheduler', null],
      ['shop/checkout', null],
      ['shop/catalog', 2],
    ]);
  });

  it('touch a service when they are its own or those of its hosts, and are told apart when they are both', () => {
    const facts = hostedFacts();
    const all = episodesOf(facts, timeSpan(facts));
    const touching = (group: string | null, onHosts: string | null) => {
      const [service] = facts.services;
      if (service === undefined) throw new Error('The example has no service.');
      return episodesTouching(facts, { ...service, group, onHosts }, all).map((one) => [one.group, one.number]);
    };
    expect(touching('shop/catalog', null)).toEqual([['shop/catalog', null]]);
    expect(touching(null, 'shop-hosts')).toEqual([['shop-hosts', null]]);
    expect(touching('shop/catalog', 'shop-hosts')).toEqual([
      ['shop/catalog', 1],
      ['shop-hosts', 2],
    ]);
    expect(touching(null, null)).toEqual([]);
  });
});
