import { describe, expect, it } from 'vitest';
import { countBeyond, runSimulation } from '../../lib/cli/simulation.ts';
import { Calendars } from '../../lib/core/calendars.ts';
import { simulate } from '../../lib/core/simulate.ts';
import { FAULT_KINDS } from '../../lib/faults/catalogue.ts';
import { fleetOf, resolved } from '../cli/planned-fleet.ts';

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const count = (times: readonly string[], maxPerHour: number, maxPerDay: number) =>
  countBeyond(
    Float64Array.from(times, (time) => Date.parse(`2026-11-${time}Z`)),
    { maxPerHour, maxPerDay },
    dateOf,
  );

describe('what ceilings would take away', () => {
  it('is nothing as long as hours and dates have room', () => {
    expect(count(['23T09:00', '23T09:30', '23T10:00', '24T09:00'], 2, 3)).toEqual({ experiments: 0, dates: 0 });
  });

  it('is what comes after the ceiling of a date, counted in the zone of the account', () => {
    expect(count(['23T09:00', '23T15:00', '23T11:00', '24T09:00'], 9, 2)).toEqual({ experiments: 1, dates: 1 });
    const all = Float64Array.from(['23T23:30', '24T00:30'], (time) => Date.parse(`2026-11-${time}Z`));
    expect(countBeyond(all, { maxPerHour: 9, maxPerDay: 1 }, () => 'one date')).toEqual({ experiments: 1, dates: 1 });
  });

  it('is what comes within an hour of too many that stay, also over midnight', () => {
    expect(count(['23T23:10', '23T23:50', '24T00:09', '24T00:10'], 2, 9)).toEqual({ experiments: 1, dates: 1 });
    expect(count(['23T09:00', '23T09:01', '23T09:59', '24T09:00', '24T09:59'], 1, 9)).toEqual({
      experiments: 3,
      dates: 2,
    });
  });
});

describe('the thread that simulates', () => {
  const config = resolved({ budgets: { maxPerDay: 3 } });
  // More groups than it takes at once.
  const names = Array.from({ length: 230 }, (_, index) => `shop/s${String(index).padStart(3, '0')}`);
  const { groups } = fleetOf(config, Object.fromEntries(names.map((name) => [name, {}])));
  const faults = FAULT_KINDS.map(({ name, scopes, reach }) => ({ name, scopes, reach }));
  const task = { seed: 's', groups, closures: config.calendar, faults, from: '2026-11-23', days: 21 };

  it.each([
    ['without ceilings', {}],
    ['under ceilings', { ceilings: { budgets: config.budgets, zone: 'UTC' } }],
  ])('comes to what the core says, experiment by experiment, %s', async (_what, more) => {
    const shares: number[] = [];
    const { signal } = new AbortController();
    const outcome = await runSimulation({ ...task, ...more }, { signal, onProgress: (share) => shares.push(share) });
    const own = simulate({ ...task, ...more, calendars: new Calendars(config.calendar) });
    expect(outcome?.told).toEqual(own.groups);
    expect(outcome?.beyondCeilings).toBe(own.beyondCeilings);
    const drawn = outcome?.parts.flatMap((part) =>
      [...part.atMs].map((ms, place) => `${groups[part.groups[place] ?? -1]?.name} ${ms}`),
    );
    const ownDrawn = own.experiments.map(({ group, at }) => `${group} ${Date.parse(at)}`);
    expect(drawn?.sort()).toEqual(ownDrawn.sort());
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('comes to nothing when it is aborted, before or meanwhile', async () => {
    expect(await runSimulation(task, { signal: AbortSignal.abort(), onProgress: () => {} })).toBeUndefined();
    const abort = new AbortController();
    const endless = { ...task, days: 4000 };
    expect(await runSimulation(endless, { signal: abort.signal, onProgress: () => abort.abort() })).toBeUndefined();
  });

  it('passes on what went wrong in it', async () => {
    const broken = { ...task, from: 'no date' };
    await expect(
      runSimulation(broken, { signal: new AbortController().signal, onProgress: () => {} }),
    ).rejects.toThrow();
  });
});
