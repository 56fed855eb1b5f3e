import middy from '@middy/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { listGroups } from '../../../functions/command/groups.ts';
import { type CommandAnswer, type CommandRequest, commandRequestSchema } from '../../../functions/command/request.ts';
import { run } from '../../../functions/command/run.ts';
import { turn } from '../../../functions/command/switch.ts';
import { InvalidEvent, parseEvent } from '../../../functions/event.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { experimentOrderSchema } from '../../../lib/core/experiment.ts';
import { REFUSAL_CODES } from '../../../lib/core/refusal.ts';
import { tagged } from '../tagged.ts';
import { FakeWorld } from './fake-world.ts';

const world = new FakeWorld();
world.services = [tagged('cart'), tagged('web', { 'chaos:days': 'someday' })];

/** The command function as its handler puts it together, over a world in memory. */
const handler = middy<CommandRequest, CommandAnswer>()
  .use(parseEvent(commandRequestSchema))
  .handler((request) => {
    if (request.command === 'run') return run(world, request);
    if (request.command === 'config') return { config: world.config };
    return request.command === 'groups' ? listGroups(world, request.after) : turn(world, request);
  });

const textOr = (...usual: string[]) => fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...usual) }, fc.string());
const sometimes = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 20, arbitrary: value }, fc.jsonValue());

/** Requests that are often nearly right: wrong in one place tells more than wrong everywhere. */
const requests = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record(
      {
        version: sometimes(fc.constant(1)),
        command: sometimes(
          textOr('run', 'run', 'run', 'run', 'run', 'groups', 'config', 'halt', 'resume', 'leash', 'unleash'),
        ),
        actor: sometimes(textOr('Ann')),
        reason: sometimes(textOr('because', ' ')),
        group: sometimes(textOr('shop/cart', 'shop/web', 'shop/none', '__proto__')),
        fault: sometimes(textOr('stop-task', 'constructor')),
        parameters: sometimes(fc.dictionary(fc.string(), fc.jsonValue())),
        targets: sometimes(fc.oneof(fc.integer({ min: 0, max: 11 }), fc.double({ min: 0, max: 2 }))),
        skip: sometimes(fc.oneof({ weight: 4, arbitrary: fc.subarray(['spacing', 'window']) }, fc.constant(['lever']))),
        leashed: sometimes(fc.boolean()),
      },
      { requiredKeys: ['version', 'command', 'actor', 'reason', 'group'] as const },
    ),
  },
  fc.record({
    version: fc.constant(1),
    command: fc.constantFrom('groups', 'config', 'halt', 'resume', 'leash', 'unleash'),
    actor: fc.string({ minLength: 1 }),
    reason: fc.string({ minLength: 1 }),
  }),
  fc.jsonValue(),
);

it('answers, refuses with codes, or rejects as InvalidEvent each of 2,000 requests, and nothing else', async () => {
  const seen = { answered: 0, refused: 0, invalid: 0 };
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const startsBefore = world.started.length;
      const turnsBefore = world.turned.length;
      const answer = await handler(request as CommandRequest, {} as never).catch((error: unknown) => error);
      if (answer instanceof Error) {
        expect(answer).toBeInstanceOf(InvalidEvent);
        expect(answer.message).toMatch(/^the event is not valid: .+/);
        expect([world.started.length, world.turned.length]).toEqual([startsBefore, turnsBefore]);
        seen.invalid++;
        return;
      }
      const said = answer as Exclude<CommandAnswer, { groups: unknown } | { config: unknown }>;
      if ('groups' in said || 'config' in said || said.accepted) {
        seen.answered++;
        return;
      }
      expect(said.refusals.length).toBeGreaterThan(0);
      for (const { code } of said.refusals) expect(Object.keys(REFUSAL_CODES)).toContain(code);
      expect(world.started).toHaveLength(startsBefore);
      seen.refused++;
    }),
    { numRuns: 2_000 },
  );
  for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(20);
  expect(verifyChains(world.audit.records)).toEqual([]);
  for (const { order } of world.started) {
    // As it travels: JSON knows no negative zero.
    const sent: unknown = JSON.parse(JSON.stringify(order));
    expect(experimentOrderSchema.parse(sent)).toEqual(sent);
  }
}, 30_000);
