import { describe, expect, it } from 'vitest';
import { commandRequestSchema, type SwitchRequest } from '../../../functions/command/request.ts';
import { turn } from '../../../functions/command/switch.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { inOrder } from '../in-order.ts';
import { FakeWorld } from './fake-world.ts';

function request(command: SwitchRequest['command'], reason = 'because'): SwitchRequest {
  return commandRequestSchema.parse({ command, version: 1, actor: 'Ann', reason }) as SwitchRequest;
}

/** The present state of the world: what stood in the log before the n-th line decides the order. */
describe.each([
  ['halt', 'lever', true, 'lever-engaged'],
  ['leash', 'leash', true, 'leash-on'],
] as const)('%s', (command, which, on, kind) => {
  it('turns the switch first, then records it', async () => {
    const world = new FakeWorld();
    expect(await turn(world, request(command))).toEqual({ accepted: true, switched: which, on, recorded: true });
    expect(world.log).toEqual([`turn ${which} on`, `record ${kind}`]);
    expect(world.turned).toEqual([{ which, on, reason: 'because', actor: 'Ann' }]);
    expect(world.audit.records).toMatchObject([{ chain: which, kind, actor: 'Ann', reason: 'because', facts: { on } }]);
    expect(world.told).toEqual(world.audit.records);
  });

  it.each(['read', 'written'])('works when the audit cannot be %s, and says that it is not recorded', async (what) => {
    const world = new FakeWorld();
    const fail = (): never => {
      throw new Error('the audit table is away');
    };
    if (what === 'read') world.audit.beforeRead = fail;
    else world.audit.beforePut = fail;
    expect(await turn(world, request(command))).toEqual({ accepted: true, switched: which, on, recorded: false });
    expect(world.turned).toHaveLength(1);
  });

  it('fails loudly when the switch itself cannot be turned, and records nothing that did not happen', async () => {
    const world = new FakeWorld();
    const broken = { ...world, now: world.now, switches: { set: () => Promise.reject(new Error('SSM is away')) } };
    await expect(turn(broken, request(command))).rejects.toThrow('SSM is away');
    expect(world.audit.records).toEqual([]);
  });
});

describe.each([
  ['resume', 'lever', 'lever-released'],
  ['unleash', 'leash', 'leash-off'],
] as const)('%s', (command, which, kind) => {
  it('records first, then turns the switch', async () => {
    const world = new FakeWorld();
    expect(await turn(world, request(command))).toEqual({ accepted: true, switched: which, on: false, recorded: true });
    expect(world.log).toEqual([`record ${kind}`, `turn ${which} off`]);
    expect(world.audit.records).toMatchObject([{ chain: which, kind, facts: { on: false } }]);
  });

  it.each(['read', 'written'])('changes nothing when the audit cannot be %s', async (what) => {
    const world = new FakeWorld();
    const fail = (): never => {
      throw new Error('the audit table is away');
    };
    if (what === 'read') world.audit.beforeRead = fail;
    else world.audit.beforePut = fail;
    await expect(turn(world, request(command))).rejects.toThrow('the audit table is away');
    expect(world.turned).toEqual([]);
  });
});

it('keeps one chain for each switch, through every turn', async () => {
  const world = new FakeWorld();
  for (const command of ['halt', 'resume', 'unleash', 'halt', 'leash'] as const) {
    await turn(world, request(command));
    world.nowMs += 1000;
  }
  expect(verifyChains(world.audit.records)).toEqual([]);
  const kindsOf = (name: string) => world.audit.records.filter(({ chain }) => chain === name).map(({ kind }) => kind);
  expect(kindsOf('lever')).toEqual(['lever-engaged', 'lever-released', 'lever-engaged']);
  expect(kindsOf('leash')).toEqual(['leash-off', 'leash-on']);
});

it('records two people who halt in the same millisecond as two', async () => {
  const world = new FakeWorld();
  const ask = (actor: string) => turn(world, { ...request('halt'), actor });
  await Promise.all([ask('Ann'), ask('Bob')]);
  expect(inOrder(world.audit.records.map(({ actor }) => actor))).toEqual(['Ann', 'Bob']);
});
