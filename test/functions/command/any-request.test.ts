import middy from '@middy/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { obey } from '../../../functions/command/obey.ts';
import { type CommandAnswer, type CommandRequest, commandRequestSchema } from '../../../functions/command/request.ts';
import { InvalidEvent, parseEvent } from '../../../functions/event.ts';
import { haltEventSchema } from '../../../functions/halt/event.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { experimentOrderSchema } from '../../../lib/core/experiment.ts';
import { REFUSAL_CODES } from '../../../lib/core/refusal.ts';
import type { RunningExperiment } from '../../../lib/core/running.ts';
import { aRunning } from '../running.ts';
import { tagged } from '../tagged.ts';
import { FakeWorld } from './fake-world.ts';

const RUNS = 10_000;
/** A world is used for so many requests, so that its chains stay short and the suite quick. */
const RUNS_A_WORLD = 250;
const IN_FLIGHT = ['cart-1', 'cart-2', 'over-1'];

/** Two groups, one of them with a tag that cannot be read; one experiment that runs, one with a fault that stays, one that is over. */
async function aWorld(): Promise<FakeWorld> {
  const world = new FakeWorld();
  world.services = [tagged('cart'), tagged('web', { 'chaos:days': 'someday' })];
  for (const [n, status] of (['running', 'stuck', 'ended'] as const).entries()) {
    const running = aRunning({ experiment: IN_FLIGHT[n] ?? '' }, { status });
    await world.state.write('running', running.order.experiment, running, undefined);
  }
  return world;
}

/** The command function as its handler puts it together, over a world in memory. */
const handlerOver = (world: FakeWorld) =>
  middy<CommandRequest, CommandAnswer>()
    .use(parseEvent(commandRequestSchema))
    .handler((request) => obey(world, request));

const COMMANDS = ['groups', 'config', 'running', 'halt', 'resume', 'leash', 'unleash'] as const;
const textOr = (...usual: string[]) => fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...usual) }, fc.string());
const sometimes = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 40, arbitrary: value }, fc.jsonValue());

/** Requests that are often nearly right: wrong in one place tells more than wrong everywhere. */
const requests = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record(
      {
        version: sometimes(fc.constant(1)),
        command: sometimes(textOr('run', 'run', 'run', 'run', 'run', ...COMMANDS)),
        actor: sometimes(textOr('Ann')),
        reason: sometimes(textOr('because', ' ')),
        group: sometimes(textOr('shop/cart', 'shop/web', 'shop/none', '__proto__')),
        fault: sometimes(textOr('stop-task', 'pause-container', 'constructor')),
        parameters: sometimes(fc.dictionary(fc.string(), fc.jsonValue())),
        targets: sometimes(
          fc.oneof(fc.integer({ min: 0, max: 11 }), fc.constantFrom(0.25, 0.999, 1e-9), fc.double({ min: 0, max: 2 })),
        ),
        skip: sometimes(fc.oneof({ weight: 4, arbitrary: fc.subarray(['spacing', 'window']) }, fc.constant(['lever']))),
        leashed: sometimes(fc.boolean()),
      },
      { requiredKeys: ['version', 'command', 'actor', 'reason', 'group'] as const },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        version: fc.constant(1),
        command: textOr(...COMMANDS),
        actor: fc.string({ minLength: 1 }),
        reason: fc.string({ minLength: 1 }),
        after: sometimes(fc.string()),
      },
      { requiredKeys: ['version', 'command', 'actor', 'reason'] as const },
    ),
  },
  fc.record(
    {
      version: fc.constant(1),
      command: fc.constant('halt'),
      actor: textOr('Ann'),
      reason: textOr('enough'),
      experiment: textOr(...IN_FLIGHT, 'none-1', '__proto__', 'constructor'),
    },
    { requiredKeys: ['version', 'command', 'actor', 'reason'] as const },
  ),
  fc.jsonValue(),
);

/** Everything that a request can do outside: a rejected or refused one must do none of it. */
function deedsOf({ started, turned, halts, state }: FakeWorld): unknown {
  const stops = IN_FLIGHT.map((name) => state.body<RunningExperiment>('running', name)?.stop);
  return [started.length, turned.length, halts.length, stops];
}

function refusalsOf(answer: CommandAnswer): readonly { readonly code: string }[] | undefined {
  return 'refusals' in answer ? answer.refusals : undefined;
}

/** What was started is what the functions that are started accept, as it travels: JSON knows no negative zero. */
function expectWellFormed({ audit, started, halts }: FakeWorld): void {
  expect(verifyChains(audit.records)).toEqual([]);
  const travelled = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  for (const order of started.map((one) => travelled(one.order)))
    expect(experimentOrderSchema.parse(order)).toEqual(order);
  for (const event of halts) expect(haltEventSchema.parse(travelled(event))).toMatchObject({ kind: 'order' });
}

it(`answers, refuses with codes, or rejects as InvalidEvent each of ${RUNS} requests, and nothing else`, async () => {
  const seen = { answered: 0, refused: 0, invalid: 0, started: 0, halted: 0, stopped: 0 };
  let world = await aWorld();
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      if (asked++ % RUNS_A_WORLD === 0) {
        expectWellFormed(world);
        world = await aWorld();
      }
      const before = deedsOf(world);
      const recordsBefore = world.audit.records.length;
      const answer = await handlerOver(world)(request as CommandRequest, {} as never).catch((error: unknown) => error);
      if (answer instanceof Error) {
        expect(answer).toBeInstanceOf(InvalidEvent);
        expect(answer.message).toMatch(/^the event is not valid: .+/);
        expect(deedsOf(world)).toEqual(before);
        expect(world.audit.records).toHaveLength(recordsBefore);
        seen.invalid++;
        return;
      }
      const refusals = refusalsOf(answer as CommandAnswer);
      if (refusals === undefined) {
        seen.answered++;
        const { command, experiment } = request as { command: string; experiment?: string };
        if (command === 'run') seen.started++;
        if (command === 'halt') experiment === undefined ? seen.halted++ : seen.stopped++;
        return;
      }
      expect(refusals.length).toBeGreaterThan(0);
      for (const { code } of refusals) expect(Object.keys(REFUSAL_CODES)).toContain(code);
      expect(deedsOf(world)).toEqual(before);
      seen.refused++;
    }),
    { numRuns: RUNS },
  );
  expectWellFormed(world);
  expect(seen.answered + seen.refused + seen.invalid).toBe(RUNS);
  for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(20);
}, 60_000);
