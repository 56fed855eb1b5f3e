import { randomBytes } from 'node:crypto';
import type { RecordKind } from '../../lib/audit/record.ts';
import { Trail } from '../../lib/audit/trail.ts';
import type { SwitchAnswer, SwitchRequest } from './request.ts';
import type { CommandWorld } from './world.ts';

const SWITCHES = {
  halt: { which: 'lever', on: true, kind: 'lever-engaged' },
  resume: { which: 'lever', on: false, kind: 'lever-released' },
  leash: { which: 'leash', on: true, kind: 'leash-on' },
  unleash: { which: 'leash', on: false, kind: 'leash-off' },
} as const satisfies Record<string, { which: 'lever' | 'leash'; on: boolean; kind: RecordKind }>;

/**
 * Turns the lever or the leash. Towards danger (resume, unleash) the record comes first and a failed record means no change;
 * towards safety (halt, leash) the change comes first and is not undone by a record that fails.
 */
export async function turn(world: CommandWorld, request: SwitchRequest): Promise<SwitchAnswer> {
  const { which, on, kind } = SWITCHES[request.command];
  const by = { reason: request.reason, actor: request.actor, at: new Date(world.now()).toISOString() };
  if (on) await world.switches.set(which, on, by);
  let recorded = true;
  // Two people may turn it within a millisecond; each is on record.
  const key = `${by.at}/${kind}/${randomBytes(3).toString('hex')}`;
  try {
    const trail = new Trail(world.audit, which, world.now, await world.audit.readLast(which));
    const record = await trail.append({
      key,
      kind,
      actor: by.actor,
      reason: by.reason,
      facts: { on },
    });
    await world.herald.tell([record]);
  } catch (error) {
    if (!on) throw error;
    recorded = false;
  }
  if (!on) await world.switches.set(which, on, by);
  return { accepted: true, switched: which, on, recorded };
}
