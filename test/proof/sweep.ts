import { type SweepWorld, sweep } from '../../functions/sweep/sweep.ts';

/** Runs the sweep once, and says in a few words what it did. */
export async function sweepOnce(world: SweepWorld): Promise<string | undefined> {
  try {
    const { settled, stuck, released } = await sweep(world);
    if (settled.length + stuck.length + released.length === 0) return undefined;
    return `sweep: ${settled.length} settled, ${stuck.length} stuck, ${released.length} released`;
  } catch (error) {
    return `sweep failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
