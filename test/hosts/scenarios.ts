import { afterAll, beforeAll, describe, it } from 'vitest';
import { Guest } from './guest/index.ts';
import { Stage, type Trial } from './stage.ts';

export type { Place, Trial } from './stage.ts';

const WHOLE_FILE_MS = 900_000;

const ON_HOSTS = {
  'ends with an early undo, and an undo after that finds nothing to do': 'undone',
  'ends by the host’s own timer, punctually, with agent and script killed': 'timer',
  'ends at its deadline when the script is killed in the middle of the act': 'script',
  'ends at its deadline when the agent is killed in the middle of the act': 'agent',
  'leaves everything as it was': 'whole',
} as const;

const ON_TASKS = {
  'leaves its neighbour alone': 'unharmed',
  ...ON_HOSTS,
  'ends with two undoes at once': 'twice',
  'is undone when its container is taken away meanwhile': 'removed',
  'is undone when its container is started again meanwhile': 'restarted',
} as const;

/**
 * Declares the tests that every reversible fault on hosts must pass, for one fault: a guest with a place for each, everything that can go on at
 * the same time at the same time, and an `it` for each end.
 */
export function describeEnds(trial: Trial): void {
  describe(`${trial.fault.name} on a real host`, () => {
    let stage: Stage | undefined;
    beforeAll(async () => {
      stage = new Stage(await Guest.open(), trial);
      await stage.play();
    }, WHOLE_FILE_MS);
    afterAll(() => stage?.close(), WHOLE_FILE_MS);
    for (const [sentence, end] of Object.entries(trial.target === 'host' ? ON_HOSTS : ON_TASKS)) {
      it(sentence, () => stage?.outcome(end), WHOLE_FILE_MS);
    }
  });
}
