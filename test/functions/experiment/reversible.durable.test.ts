import { describe, expect, it } from 'vitest';
import { requestStop } from '../../../functions/in-flight.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { execute, useDurableExecutions } from './durable.ts';
import { type FakeWorld, START_MS } from './fake-world.ts';
import { pauseOrder, pausingWorld, STOP_ALARM, secondsOf, sent } from './pausing.ts';

useDurableExecutions();

const BEGUN = ['started', 'injected', 'took-effect'];
const BACK = ['recovered', 'healthy'];

/** Nothing is left: no fault, no claim, no item in flight; and each target was said to be undone once. */
function expectAllGone(world: FakeWorld, acts = 1): void {
  expect(world.hosts.paused).toEqual([]);
  expect(sent(world, 'apply')).toHaveLength(acts);
  const undone = world.audit.records.filter(({ kind }) => kind === 'undone').map(({ resource }) => resource);
  expect(new Set(undone)).toEqual(new Set(sent(world, 'apply')));
  expect(undone).toHaveLength(acts);
  expect(world.claims.group?.inFlight).toBeUndefined();
  expect(world.claims.account?.slots).toEqual([]);
  expect(world.state.body('running', 'cart-1')).toMatchObject({ status: 'ended' });
  expect(verifyChains(world.audit.records)).toEqual([]);
  expect(world.told).toEqual(world.audit.records);
}

it('holds: the task is frozen for its time, taken out of it once, and then watched until it is back', async () => {
  const world = pausingWorld();
  const frozen: number[] = [];
  world.atReading = () => frozen.push(world.hosts.paused.length);
  const { status, end } = await execute(world, pauseOrder());
  expect([status, end?.verdict]).toEqual(['SUCCEEDED', 'held']);
  expect(world.kinds()).toEqual([...BEGUN, 'undone', ...BACK, 'ended']);
  expectAllGone(world);
  // Readings are the survey's, and then a look's every five seconds; the one at 20 s ends the fault.
  expect(frozen).toEqual([0, 1, 1, 1, 0, ...frozen.slice(5)]);
  expect(secondsOf(world, 'undone')).toBe(20);
  const [task] = sent(world, 'apply');
  expect(world.record('undone')).toMatchObject({
    actor: 'test',
    resource: task,
    facts: { fault: 'pause-container', calledForAt: new Date(START_MS + 20_000).toISOString(), seconds: 0 },
  });
  expect(world.record('ended').facts).toMatchObject({
    verdict: 'held',
    tookEffect: true,
    undone: true,
    undoAttempts: 1,
    undoSeconds: 0,
  });
  expect(world.claims.group).toMatchObject({ lastExperiment: 'cart-1' });
});

it('stores what undoing needs, and records the start, before it acts', async () => {
  const world = pausingWorld();
  world.hosts.beforeCommand = (action) => {
    if (action !== 'apply') return;
    expect(world.state.body('running', 'cart-1')).toMatchObject({
      status: 'running',
      notAfterMs: START_MS + 30_000,
      untilMs: START_MS + 50_000,
      alarms: [STOP_ALARM],
      targets: [{ undo: { instanceId: 'i-0123456789abcdef0', target: expect.any(String) } }],
    });
    expect(world.kinds()).toEqual(['started']);
  };
  expect((await execute(world, pauseOrder())).end?.verdict).toBe('held');
  expect(world.log.some((line) => line === `announce cart-1`)).toBe(true);
});

it('undoes each of several targets once', async () => {
  const world = pausingWorld();
  const { end } = await execute(world, pauseOrder({ targets: 2 }));
  expect(end?.verdict).toBe('held');
  expectAllGone(world, 2);
});

it('is undone at once when its hypothesis is violated, and broken; its recovery is still watched', async () => {
  const world = pausingWorld();
  world.errorsAt = (atMs) => (atMs === START_MS + 5_000 ? 7 : 0);
  const { end } = await execute(world, pauseOrder());
  expect(end?.verdict).toBe('broken');
  expect(end?.because).toContain('errors (during): 7 at');
  expect(world.kinds()).toEqual([...BEGUN, 'violated', 'stopping', 'undone', ...BACK, 'ended']);
  expect(world.record('stopping').facts).toMatchObject({ cause: 'violated' });
  expect(secondsOf(world, 'undone')).toBe(10);
  expectAllGone(world);
});

const SIGNS: readonly [what: string, because: string, happen: (world: FakeWorld) => void][] = [
  [
    'its stop alarm fires',
    `the alarm ${STOP_ALARM} is in ALARM`,
    (world) => void world.alarmStates.set(STOP_ALARM, 'ALARM'),
  ],
  [
    'its stop alarm is gone',
    `the stop alarm ${STOP_ALARM} does not exist any more`,
    (world) => void world.alarmStates.set(STOP_ALARM, 'MISSING'),
  ],
  [
    'its alarms cannot be read',
    'the stop alarms could not be read: Error: CloudWatch does not answer',
    (world) => {
      world.alarmsFail = true;
    },
  ],
  ['the lever is engaged', 'Ann engaged the lever: enough', (world) => world.engageLever()],
  [
    'the lever cannot be read',
    'the lever could not be read: SSM is down',
    (world) => {
      world.lever = { known: false, because: 'SSM is down' };
    },
  ],
];

describe.each(SIGNS)('when %s', (_, because, happen) => {
  it('is undone at that look, and aborted without a look after it', async () => {
    const world = pausingWorld();
    world.atReading = (reading) => {
      if (reading === 2) happen(world);
    };
    const { end } = await execute(world, pauseOrder());
    expect(end).toMatchObject({ verdict: 'aborted', because });
    expect(world.kinds()).toEqual([...BEGUN, 'stopping', 'undone', 'ended']);
    expect(world.record('stopping').facts).toMatchObject({ cause: 'aborted', because });
    expect(secondsOf(world, 'undone')).toBe(10);
    expect(world.readings).toBe(3);
    expectAllGone(world);
  });
});

it('is undone and aborted at the next look after somebody asked for its end', async () => {
  const world = pausingWorld();
  const stop = { actor: 'Ann', reason: 'enough', at: 'now' };
  world.atReading = (reading) => {
    if (reading === 2) void requestStop(world.state, 'cart-1', stop);
  };
  const { end } = await execute(world, pauseOrder());
  expect(end).toMatchObject({ verdict: 'aborted', because: 'Ann ended it: enough' });
  expect(secondsOf(world, 'undone')).toBeLessThanOrEqual(15);
  expectAllGone(world);
});

it('ends aborted before its act when the lever is engaged, or the end asked for, between guards and act', async () => {
  const world = pausingWorld();
  world.beforeAct = () => world.engageLever();
  const { end } = await execute(world, pauseOrder());
  expect(end).toMatchObject({ verdict: 'aborted', because: 'Ann engaged the lever: enough, before the act' });
  expect(world.kinds()).toEqual(['started', 'ended']);
  expect(world.record('ended').facts).toMatchObject({ acted: false, tookEffect: false, verdict: 'aborted' });
  expect(sent(world, 'apply')).toEqual([]);
  expect(sent(world, 'undo')).toEqual([]);
  expect(world.claims).toEqual({ group: { group: 'shop/cart' }, account: { slots: [], starts: [] } });
  expect(world.state.body('running', 'cart-1')).toMatchObject({ status: 'ended' });
});

it('is refused while the agent of the host is not connected, and gives its claims back', async () => {
  const world = pausingWorld();
  world.hosts.agentConnected = false;
  const { end } = await execute(world, pauseOrder());
  expect(end?.verdict).toBe('refused');
  expect(world.kinds()).toEqual(['refused']);
  expect(world.record('refused').facts).toMatchObject({
    refusals: [{ code: 'target-not-ready', because: expect.stringContaining('is not connected') }],
  });
  expect(sent(world, 'apply')).toEqual([]);
  expect(world.claims.group).toEqual({ group: 'shop/cart' });
  expect(world.claims.account?.slots ?? []).toEqual([]);
});

it('does not act when it comes to it later than told', async () => {
  const world = pausingWorld();
  world.beforeAct = () => {
    world.nowMs += 30_001;
  };
  const { end } = await execute(world, pauseOrder());
  expect(end).toMatchObject({ verdict: 'inconclusive', because: 'the fault did not take effect' });
  expect(world.kinds()).toEqual(['started', 'injected', 'ended']);
  expect(world.record('injected').facts).toMatchObject({ outcome: 'failed', code: 'too-late' });
  expect([...sent(world, 'apply'), ...sent(world, 'undo')]).toEqual([]);
  expect(world.claims).toEqual({ group: { group: 'shop/cart' }, account: { slots: [], starts: [] } });
});
