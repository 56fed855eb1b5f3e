import { clockSkew } from '../../lib/faults/clock-skew.ts';
import { killProcess } from '../../lib/faults/kill-process.ts';
import { stopAgent } from '../../lib/faults/stop-agent.ts';
import { stopContainer } from '../../lib/faults/stop-container.ts';
import { type Guest, startNeighbour, startTask, stateOf } from './guest/index.ts';
import { describeEnds, type Place } from './scenarios.ts';

describeEnds({
  fault: stopContainer,
  parameters: { graceSeconds: 1 },
  isUnder: async ({ guest, container }) => (await stateOf(guest, container)) === 'exited',
});

/** Starts another one as soon as one has ended. */
const KEEPER = ['sh', '-c', 'while :; do sleep 7777; done'];

/** The processes that a container's keeper has at the moment. */
async function keptBy({ guest, container }: Place): Promise<string> {
  const all = await guest.processes();
  return all
    .filter(({ cgroup, command }) => cgroup.includes(container.id) && command === 'sleep 7777')
    .map(({ pid }) => pid)
    .join();
}

describeEnds({
  fault: killProcess,
  parameters: { pattern: 'sleep 7777', everySeconds: 1 },
  start: (guest, family) => startTask(guest, family, { command: KEEPER, limits: { Init: false } }),
  isUnder: async (place) => {
    const before = await keptBy(place);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    return (await keptBy(place)) !== before;
  },
});

describeEnds({
  fault: stopAgent,
  target: 'host',
  start: async (guest, family) => {
    const task = await startTask(guest, family);
    return { ...task, containers: [await startNeighbour(guest, 'ecs-agent'), ...task.containers] };
  },
  isUnder: async ({ guest, container }) => (await stateOf(guest, container)) === 'paused',
});

/** How far the guest's clock is before the machine's, in milliseconds, by the quickest of some answers. */
async function aheadMs(guest: Guest): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, aheadMs: 0 };
  for (let tries = 0; tries < 5; tries++) {
    const askedMs = performance.now();
    const theirsMs = await guest.now();
    const tookMs = performance.now() - askedMs;
    if (tookMs < best.tookMs) best = { tookMs, aheadMs: theirsMs - (performance.timeOrigin + askedMs + tookMs / 2) };
  }
  return best.aheadMs;
}

/** Small, as the host's deadline is read by the clock that is off. */
const OFFSET_SECONDS = 0.5;
let atFirstMs: number | undefined;

describeEnds({
  fault: clockSkew,
  parameters: { offsetSeconds: OFFSET_SECONDS },
  target: 'host',
  isUnder: async ({ guest }) => {
    atFirstMs ??= await aheadMs(guest);
    return Math.abs((await aheadMs(guest)) - atFirstMs - OFFSET_SECONDS * 1000) < (OFFSET_SECONDS * 1000) / 2;
  },
});
