import { beforeEach, describe, expect, it } from 'vitest';
import { obey } from '../../../functions/command/obey.ts';
import { type CommandAnswer, commandRequestSchema } from '../../../functions/command/request.ts';
import { haltEventSchema } from '../../../functions/halt/event.ts';
import { closeInFlight, putInFlight } from '../../../functions/in-flight.ts';
import type { RunningExperiment } from '../../../lib/core/running.ts';
import { aRunning, TASK } from '../running.ts';
import { FakeWorld } from './fake-world.ts';

const BY = { version: 1, actor: 'Ann', reason: 'enough' };
const CART = { experiment: 'cart-1', group: 'shop/cart', targets: [TASK], reversible: true };
const MAIL = { experiment: 'mail-1', group: 'shop/mail', targets: ['task-2'], reversible: false };

let world: FakeWorld;
beforeEach(async () => {
  world = new FakeWorld();
  await putInFlight(world.state, aRunning());
  await putInFlight(
    world.state,
    aRunning(
      { experiment: 'mail-1', group: 'shop/mail', fault: 'stop-task' },
      { targets: [{ kind: 'task', resource: 'task-2', clusterArn: 'c', service: 'shop/mail' }] },
    ),
  );
  await putInFlight(world.state, aRunning({ experiment: 'over-1' }));
  await closeInFlight(world.state, { experiment: 'over-1', owner: 'owner-1' }, 'ended', world.nowMs);
  world.log.length = 0;
});

const ask = (request: object): Promise<CommandAnswer> => obey(world, commandRequestSchema.parse({ ...BY, ...request }));
const stopOf = (experiment: string) => world.state.body<RunningExperiment>('running', experiment)?.stop;

describe('halt', () => {
  it('engages the lever first, then starts the function that undoes, and names what it ends', async () => {
    expect(await ask({ command: 'halt' })).toEqual({
      accepted: true,
      lever: true,
      recorded: true,
      halting: [CART, MAIL],
    });
    expect(world.log).toEqual(['turn lever on', 'record lever-engaged', 'start halt']);
    expect(world.turned).toEqual([{ which: 'lever', on: true, actor: 'Ann', reason: 'enough' }]);
    expect(world.halts).toEqual([{ version: 1, halt: 'all', actor: 'Ann', reason: 'enough' }]);
    expect(haltEventSchema.parse(world.halts[0])).toMatchObject({ kind: 'order', halt: 'all' });
  });

  it('starts that function with nothing in sight, too: what is just beginning may not be stored yet', async () => {
    world.state.items.clear();
    expect(await ask({ command: 'halt' })).toMatchObject({ accepted: true, halting: [] });
    expect(world.halts).toHaveLength(1);
  });

  it('has engaged the lever when that function cannot be started, and says what is wrong', async () => {
    world.functions.startHalt = () => Promise.reject(new Error('Lambda is away'));
    const answer = await ask({ command: 'halt' });
    expect(answer).toMatchObject({ accepted: true, lever: true, halting: [CART, MAIL], problem: 'Lambda is away' });
    expect(world.turned).toHaveLength(1);
  });

  it('ends what runs although the lever cannot be turned, and says so', async () => {
    world.switches.set = () => Promise.reject(new Error('SSM is away'));
    const answer = await ask({ command: 'halt' });
    expect(answer).toMatchObject({ accepted: true, lever: false, recorded: false, halting: [CART, MAIL] });
    expect(answer).toMatchObject({ problem: 'SSM is away' });
    expect(world.halts).toHaveLength(1);
  });

  it('has engaged the lever, and started that function, when what runs cannot be listed', async () => {
    world.state.list = () => Promise.reject(new Error('the state table is away'));
    const answer = await ask({ command: 'halt' });
    expect(answer).toMatchObject({ accepted: true, lever: true, problem: 'the state table is away' });
    expect(world.turned).toHaveLength(1);
    expect(world.halts).toHaveLength(1);
  });

  it('says so when it could not be recorded', async () => {
    world.audit.beforePut = () => {
      throw new Error('the audit table is away');
    };
    expect(await ask({ command: 'halt' })).toMatchObject({ accepted: true, recorded: false, halting: [CART, MAIL] });
    expect(world.halts).toHaveLength(1);
  });
});

describe('halt of one experiment', () => {
  it('marks that one, starts the function that undoes it, and leaves the lever alone', async () => {
    const answer = await ask({ command: 'halt', experiment: 'cart-1' });
    expect(answer).toEqual({ accepted: true, lever: false, recorded: true, halting: [CART] });
    expect(world.turned).toEqual([]);
    expect(world.halts).toEqual([{ version: 1, halt: ['cart-1'], actor: 'Ann', reason: 'enough' }]);
    expect(stopOf('cart-1')).toEqual({ actor: 'Ann', reason: 'enough', at: '2026-03-02T10:00:00.250Z' });
    expect(stopOf('mail-1')).toBeUndefined();
  });

  it.each(['over-1', 'none-1', '__proto__'])(
    'that is not running (%s) is refused, and nothing is started',
    async (name) => {
      const answer = await ask({ command: 'halt', experiment: name });
      expect(answer).toMatchObject({
        accepted: false,
        experiment: name,
        refusals: [{ code: 'not-running', because: expect.stringContaining(`"capuchin show ${name}"`) }],
      });
      expect([world.halts, world.turned, stopOf(name)]).toEqual([[], [], undefined]);
    },
  );

  it('is taken of one with a fault that stays', async () => {
    await closeInFlight(world.state, { experiment: 'cart-1', owner: 'owner-1' }, 'stuck', world.nowMs);
    expect(await ask({ command: 'halt', experiment: 'cart-1' })).toMatchObject({ accepted: true, halting: [CART] });
    expect(world.halts).toHaveLength(1);
  });

  it('has marked it when that function cannot be started, and says what is wrong', async () => {
    world.functions.startHalt = () => Promise.reject(new Error('Lambda is away'));
    const answer = await ask({ command: 'halt', experiment: 'cart-1' });
    expect(answer).toMatchObject({ accepted: true, halting: [CART], problem: 'Lambda is away' });
    expect(stopOf('cart-1')).toMatchObject({ actor: 'Ann' });
  });
});

it('lists what is in flight, and what has a fault that stays', async () => {
  await closeInFlight(world.state, { experiment: 'cart-1', owner: 'owner-1' }, 'stuck', world.nowMs);
  expect(await ask({ command: 'running' })).toEqual({ running: [CART, MAIL] });
  expect(world.log.filter((line) => line !== 'write running')).toEqual([]);
});

it.each(['halt', 'resume', 'leash', 'unleash'])('%s needs a reason and somebody who says it', (command) => {
  const { actor, reason } = BY;
  for (const lacking of [{ actor }, { reason }, { actor, reason: ' ' }, { actor: '', reason }])
    expect(commandRequestSchema.safeParse({ command, version: 1, ...lacking }).success).toBe(false);
  expect(commandRequestSchema.safeParse({ command, ...BY }).success).toBe(true);
});

it('resume takes no experiment: what was ended stays ended', () => {
  expect(commandRequestSchema.safeParse({ command: 'resume', ...BY, experiment: 'cart-1' }).success).toBe(false);
});
