import { Session } from 'node:inspector/promises';
import { parseArgs } from 'node:util';
import { Calendars } from '../../lib/core/calendars.ts';
import { configSchema } from '../../lib/core/config.ts';
import { formGroups, type Group } from '../../lib/core/group.ts';
import { simulate } from '../../lib/core/simulate.ts';
import type { TaggedService } from '../../lib/core/tagged.ts';
import { FAULT_KINDS, FAULT_NAMES } from '../../lib/faults/catalogue.ts';
import { memoryOf } from './process-facts.ts';

/**
 * `node test/bench/simulation.ts [--groups N] [--days N] [--json]`: how long plans of a year take for 1,000 groups, how much memory, and
 * how much of the time goes into the draws. Linux only, for it reads its memory from /proc.
 */

/** Mean and least spacing in work days, dealt out to the groups in turn: those of issue 3's law of the mean gap. */
const SPACINGS = [
  [1, 1],
  [2, 1],
  [2, 2],
  [5, 1],
  [5, 3],
  [10, 5],
  [20, 20],
] as const;
const ZONES = ['UTC', 'Europe/London', 'America/New_York'] as const;

const FROM = '2026-01-01';

const config = configSchema.parse({
  seed: 'bench',
  calendar: { resolvedOn: FROM, knownFrom: FROM, knownUntil: '2031-12-31', holidays: {}, closedDates: [], freezes: [] },
});

function makeGroups(count: number): readonly Group[] {
  const services = Array.from({ length: count }, (_, n): TaggedService => {
    const service = `service-${String(n).padStart(6, '0')}`;
    const [mean, min] = SPACINGS[n % SPACINGS.length] ?? SPACINGS[0];
    return {
      serviceArn: `arn:aws:ecs:us-east-1:000000000000:service/shop/${service}`,
      service,
      clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/shop',
      cluster: 'shop',
      tags: {
        'chaos:opt-in': 'true',
        'chaos:mean-days': String(mean),
        'chaos:min-days': String(min),
        'chaos:zone': ZONES[n % ZONES.length] ?? ZONES[0],
      },
      clusterTags: {},
    };
  });
  const { groups, problems } = formGroups(services, config, FAULT_NAMES);
  if (problems.length > 0) throw new Error(`the bench's own tags cannot be read: ${JSON.stringify(problems[0])}`);
  return groups;
}

function simulateYear(groups: readonly Group[], days: number): { seconds: number; experiments: number } {
  const calendars = new Calendars(config.calendar);
  const startedMs = performance.now();
  const { experiments } = simulate({ seed: config.seed, groups, calendars, faults: FAULT_KINDS, from: FROM, days });
  return { seconds: (performance.now() - startedMs) / 1000, experiments: experiments.length };
}

/** Where a run spends its time, in shares of it, as V8's sampling profiler sees it: calls that they make counted in. */
async function sharesOf(run: () => void): Promise<{ draws: number; ids: number }> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    run();
    const { profile } = await session.post('Profiler.stop');
    const below = (file: string): Set<number> => {
      const inside = new Set(profile.nodes.filter(({ callFrame }) => callFrame.url.endsWith(file)).map(({ id }) => id));
      // Children come after their parents.
      for (const { id, children = [] } of profile.nodes)
        if (inside.has(id)) for (const child of children) inside.add(child);
      return inside;
    };
    const [draws, ids] = [below('/lib/core/draw.ts'), below('/lib/core/experiment.ts')];
    let [all, inDraws, inIds] = [0, 0, 0];
    for (const [index, id] of (profile.samples ?? []).entries()) {
      const delta = profile.timeDeltas?.[index] ?? 0;
      all += delta;
      if (draws.has(id)) inDraws += delta;
      else if (ids.has(id)) inIds += delta;
    }
    return { draws: inDraws / all, ids: inIds / all };
  } finally {
    session.disconnect();
  }
}

const { values } = parseArgs({
  options: {
    groups: { type: 'string', default: '1000' },
    days: { type: 'string', default: '365' },
    json: { type: 'boolean', default: false },
  },
});
const [count, days] = [Number(values.groups), Number(values.days)];
if (!(Number.isInteger(count) && count > 0 && Number.isInteger(days) && days > 0)) {
  throw new Error('--groups and --days are whole numbers above 0');
}
const groups = makeGroups(count);
const before = memoryOf('self').residentMb;
const { seconds, experiments } = simulateYear(groups, days);
// Before the profiler comes, which needs memory of its own.
const { peakMb } = memoryOf('self');
const shares = await sharesOf(() => simulateYear(groups, days));
if (values.json) {
  console.log(JSON.stringify({ groups: count, days, experiments, seconds, beforeMb: before, peakMb, shares }, null, 2));
} else {
  const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
  console.log(`${count} groups for ${days} days: ${experiments} experiments`);
  console.log(`  seconds                        ${seconds.toFixed(2)}`);
  console.log(`  memory before / peak           ${before.toFixed(0)} / ${peakMb.toFixed(0)} MB`);
  console.log(`  share of the draws (HMAC)      ${percent(shares.draws)}`);
  console.log(`  share of the experiments' ids  ${percent(shares.ids)}`);
}
