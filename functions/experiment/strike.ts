import { messageOf } from '../../lib/core/error-words.ts';
import type { RunningTarget } from '../../lib/core/running.ts';
import { offsetSeconds } from '../../lib/core/spread.ts';
import { heldBackBetween } from './hold-back.ts';
import { faultOf, HELD_BACK, type Injected, inject } from './inject.ts';
import { AT_MOST_ONCE, type Run, TRY_AGAIN } from './steps.ts';

/**
 * Acts on every target, one after the other: at once, or spread over the time that the fault asks for. In between it is asked whether the
 * others may still come; what is held back was not done.
 */
export async function strike(run: Run): Promise<Injected[]> {
  const { running } = run.watch;
  const { spreadSeconds = 0 } = faultOf(running.order);
  const count = running.targets.length;
  const injected: Injected[] = [];
  let because: string | undefined;
  for (const [index, target] of running.targets.entries()) {
    const pauseSeconds =
      offsetSeconds(index, count, spreadSeconds) - offsetSeconds(Math.max(0, index - 1), count, spreadSeconds);
    const [first] = injected;
    if (pauseSeconds > 0 && first !== undefined && because === undefined) {
      await run.durable.wait(`until-inject-${index}`, { seconds: pauseSeconds });
      because = await mayGoOn(run, index, first.atMs);
    }
    if (because === undefined) injected.push(await strikeOne(run, target, index));
    else {
      const facts = { code: HELD_BACK, message: because };
      injected.push({
        resource: target.resource,
        outcome: 'failed',
        atMs: injected.at(-1)?.atMs ?? running.startedAtMs,
        facts,
      });
    }
  }
  return injected;
}

/** A question that cannot be asked is a no. */
async function mayGoOn(
  { durable, world, watch }: Run,
  index: number,
  injectedAtMs: number,
): Promise<string | undefined> {
  try {
    const { because } = await durable.step(
      `may-inject-${index}`,
      async () => ({ because: await heldBackBetween(world, watch.running, watch.limits, injectedAtMs) }),
      TRY_AGAIN,
    );
    return because;
  } catch (error) {
    return `whether to go on could not be asked: ${messageOf(error)}`;
  }
}

async function strikeOne(
  { durable, world, watch: { running } }: Run,
  target: RunningTarget,
  index: number,
): Promise<Injected> {
  try {
    return await durable.step(`inject-${index}`, () => inject(world, running, target), AT_MOST_ONCE);
  } catch (error) {
    // Interrupted between its checkpoints: it may have acted, it will not be tried again, and looks will tell.
    const because = messageOf(error);
    const atMs = await durable.step(`interrupted-${index}`, async () => world.now(), TRY_AGAIN);
    return { resource: target.resource, outcome: 'unknown', atMs, facts: { interrupted: because } };
  }
}
