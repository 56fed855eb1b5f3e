import { Temporal } from 'temporal-polyfill';
import type { Config } from './config.ts';
import { draw } from './draw.ts';
import type { NotPlanned, Plan, PlannedExperiment } from './plan.ts';

const HOUR_MS = 3_600_000;
/** A date on which the clock is set back has 25 hours, in Antarctica 26. */
const LONGEST_DATE_MS = 26 * HOUR_MS;

/** What else the account has started, or will start. */
export interface Ceilings {
  readonly budgets: Pick<Config['budgets'], 'maxPerHour' | 'maxPerDay'>;
  /** Zone in which the account's days are counted. */
  readonly zone: string;
  /** Instants of what was started lately, and of what other plans still hold, in ms. */
  readonly takenMs: readonly number[];
}

/**
 * The plan without what the account's ceilings would refuse anyway. Who of a plan stays is drawn: each group gets a rank by a draw of its
 * own, so that no name or hour is favoured. Plans of other zones that were drawn before count first. How many may be in flight at once is asked when they are due, for nobody knows how long each
 * will take.
 */
export function withinCeilings(plan: Plan, name: string, seed: string, ceilings: Ceilings): Plan {
  const { budgets } = ceilings;
  const ledger = new Ledger(plan, ceilings);
  if (ledger.size + plan.experiments.length <= Math.min(budgets.maxPerDay, budgets.maxPerHour)) return plan;
  const ranked = plan.experiments
    .map((planned) => ({ planned, rank: draw(seed, `${name}/rank/${planned.group}`, 2 ** 32).picked }))
    .sort((a, b) => a.rank - b.rank || (a.planned.group < b.planned.group ? -1 : 1));
  const stays = new Set<PlannedExperiment>();
  const beyond: NotPlanned[] = [];
  for (const { planned } of ranked) {
    const full = ledger.book(Date.parse(planned.at));
    if (full === undefined) stays.add(planned);
    else beyond.push({ group: planned.group, because: 'ceiling', detail: full, chance: planned.chance });
  }
  return {
    experiments: plan.experiments.filter((planned) => stays.has(planned)),
    notPlanned: [...plan.notPlanned, ...beyond],
  };
}

/** Every zone's clock differs from UTC by whole quarters of an hour, so a quarter lies on one date. */
const QUARTER_MS = 900_000;

/** What is booked in the account, in the order of time. */
class Ledger {
  readonly #budgets: Ceilings['budgets'];
  readonly #zone: string;
  readonly #bookedMs: number[];
  readonly #perDate = new Map<string, number>();
  readonly #dates = new Map<number, string>();

  constructor({ experiments }: Plan, { budgets, zone, takenMs }: Ceilings) {
    this.#budgets = budgets;
    this.#zone = zone;
    const instants = experiments.map(({ at }) => Date.parse(at));
    const [first, last] = [Math.min(...ends(instants)), Math.max(...ends(instants))];
    // What is further away than the longest date shares neither date nor hour with anything of the plan.
    this.#bookedMs = takenMs.filter(
      (ms) =>
        Math.abs(ms - first) < LONGEST_DATE_MS || Math.abs(ms - last) < LONGEST_DATE_MS || (ms > first && ms < last),
    );
    this.#bookedMs.sort((a, b) => a - b);
    for (const ms of this.#bookedMs) this.#count(ms);
  }

  get size(): number {
    return this.#bookedMs.length;
  }

  /** Books an instant, or says which ceiling it is beyond. */
  book(ms: number): string | undefined {
    const { maxPerDay, maxPerHour } = this.#budgets;
    const inDay = this.#perDate.get(this.#dateOf(ms)) ?? 0;
    if (inDay >= maxPerDay) return `${inDay} of ${maxPerDay} a day are planned or done`;
    const place = this.#placeOf(ms);
    if (this.#crowdsAnHour(ms, place)) {
      return `${maxPerHour} of ${maxPerHour} an hour are planned or done around ${new Date(ms).toISOString().replace('.000Z', 'Z')}`;
    }
    this.#bookedMs.splice(place, 0, ms);
    this.#count(ms);
    return undefined;
  }

  /** Whether one more at the moment would make more than is allowed within some hour. */
  #crowdsAnHour(ms: number, place: number): boolean {
    const most = this.#budgets.maxPerHour;
    const near = [
      ...this.#bookedMs.slice(Math.max(0, place - most), place),
      ms,
      ...this.#bookedMs.slice(place, place + most),
    ];
    return near.some((first, index) => (near[index + most] ?? Number.POSITIVE_INFINITY) - first < HOUR_MS);
  }

  /** Where an instant belongs among the booked ones. */
  #placeOf(ms: number): number {
    let [low, high] = [0, this.#bookedMs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bookedMs[middle] ?? 0) < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #count(ms: number): void {
    const date = this.#dateOf(ms);
    this.#perDate.set(date, (this.#perDate.get(date) ?? 0) + 1);
  }

  #dateOf(ms: number): string {
    const quarter = Math.floor(ms / QUARTER_MS);
    const known = this.#dates.get(quarter);
    if (known !== undefined) return known;
    const date = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(this.#zone).toPlainDate().toString();
    this.#dates.set(quarter, date);
    return date;
  }
}

/** The first and the last of instants in any order; of none, none. */
function ends(instants: readonly number[]): number[] {
  const sorted = [...instants].sort((a, b) => a - b);
  return [sorted[0], sorted.at(-1)].filter((ms) => ms !== undefined);
}
