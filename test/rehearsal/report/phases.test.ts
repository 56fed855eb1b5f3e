import { describe, expect, it } from 'vitest';
import { episodesOf, timeSpan } from '../../../lib/rehearsal/report/episodes.ts';
import { phasesOf, sumUp, undisturbed } from '../../../lib/rehearsal/report/phases.ts';
import { exampleFacts } from './example-facts.ts';

describe('the seconds before, during and after an experiment', () => {
  const facts = exampleFacts();
  const samples = facts.services[1]?.samples ?? [];
  const time = timeSpan(facts);

  it('hold every sample once, and the one of the injection is during', () => {
    const { before, during, after } = phasesOf(samples, time, 38.3, 69.6);
    expect([before.length, during.length, after.length]).toEqual([32, 32, 11]);
    expect(before.concat(during, after)).toEqual(samples);
    expect(during[0]?.at).toBe('2026-11-23T09:30:38.000Z');
  });

  it('sum up to what the experiment did', () => {
    const { before, during } = phasesOf(samples, time, 38.3, 69.6);
    expect(sumUp(before)).toMatchObject({ failed: 0, fewestRunning: 3 });
    expect(sumUp(during).failed).toBe(facts.result.experiments[1]?.requests.failed);
    expect(sumUp(during).fewestRunning).toBe(2);
    expect(sumUp([])).toEqual({ seconds: 0, requests: 0, failed: 0, worstP99Ms: null, fewestRunning: null });
  });

  it('leave out the seconds of the service’s other experiments', () => {
    const [catalog] = episodesOf(facts, time);
    if (catalog === undefined) throw new Error('There is no episode.');
    const other = (name: string, from: number, to: number) => ({ ...catalog, experiment: name, span: { from, to } });
    const all = [other('x-before', 8, 15.5), catalog, other('x-after', 70.2, 75)];
    const left = undisturbed(samples, time, catalog, all);
    expect([left[0]?.at, left.at(-1)?.at]).toEqual(['2026-11-23T09:30:16.000Z', '2026-11-23T09:31:09.000Z']);
    expect(undisturbed(samples, time, catalog, [catalog])).toEqual(samples);
  });
});
