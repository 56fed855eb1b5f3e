import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOST_FAULTS } from '../../lib/faults/hosts/catalogue.ts';
import type { Trial } from './experiment.ts';
import { Guest } from './guest/index.ts';
import { ENDS, type End, endsOf } from './outcomes.ts';
import { Stage } from './stage.ts';
import { CLOCK_TRIAL, TRIALS } from './trials.ts';

const WHOLE_FILE_MS = 1_500_000;

it('every fault on hosts has a trial here, or is over at once and among the faults of containers', () => {
  const named = (kind: string) => HOST_FAULTS.filter((fault) => fault.kind === kind).map(({ name }) => name);
  expect(new Set([...TRIALS, CLOCK_TRIAL].map(({ fault }) => fault.name))).toEqual(new Set(named('reversible')));
  const others = readFileSync(path.join(import.meta.dirname, 'container-faults.test.ts'), 'utf8');
  expect(named('one-shot').filter((name) => !others.includes(`host.apply('${name}'`))).toEqual([]);
});

/** Tests for each end of each fault; they wait for one play, in the order in which it goes on. */
function describePlay(what: string, trials: readonly Trial[]): void {
  describe.skipIf(trials.length === 0)(what, () => {
    let stage: Stage;
    let play: Promise<void>;
    beforeAll(async () => {
      stage = new Stage(await Guest.open(), trials);
      play = stage.play();
    }, WHOLE_FILE_MS);
    afterAll(async () => {
      await play;
      console.log(stage.figures);
      await stage.close();
    }, WHOLE_FILE_MS);
    for (const [end, sentence] of Object.entries(ENDS) as [End, string][]) {
      const having = trials.filter((trial) => endsOf(trial).includes(end));
      if (having.length === 0) continue;
      describe(`after ${sentence}`, () => {
        it.each(having.map(({ fault }) => fault.name))(
          'nothing is left of %s',
          (name) => stage.outcome(end, name),
          WHOLE_FILE_MS,
        );
        it(
          'the host and every container are byte for byte as before, and no neighbour has missed anything',
          () => stage.outcome(end, 'whole'),
          WHOLE_FILE_MS,
        );
      });
    }
  });
}

/** For whoever works on some faults: their names, with commas between. */
const chosen = process.env.CAPUCHIN_TRIALS?.split(',');
const isChosen = ({ fault }: Trial): boolean => chosen?.includes(fault.name) ?? true;

describePlay('many faults on one host', TRIALS.filter(isChosen));
describePlay('a clock that is off', [CLOCK_TRIAL].filter(isChosen));
