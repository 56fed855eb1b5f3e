import { SwitchBoard } from '../../aws/switches.ts';
import { json, type Output } from '../output.ts';
import { ANSWERS, ask, openSession, type Session, type SessionOptions } from '../session.ts';

export type SwitchCommand = 'halt' | 'resume' | 'leash' | 'unleash';

const SAID: Readonly<Record<SwitchCommand, string>> = {
  halt: 'The lever is engaged: nothing starts, and what runs is ended at its next look.',
  resume: 'The lever is released.',
  leash: 'The leash is on: everything happens but the act.',
  unleash: 'The leash is off: Capuchin may act.',
};

export interface SwitchOptions extends SessionOptions {
  readonly reason: string;
  readonly json?: boolean | undefined;
}

/** Turns the lever or the leash. Stopping works even when Capuchin's own function does not: the switch is then set directly. */
export async function turnSwitch(output: Output, command: SwitchCommand, options: SwitchOptions): Promise<void> {
  const session = await openSession(options);
  const by = { actor: await session.actor(), reason: options.reason };
  let recorded: boolean;
  try {
    const request = { version: 1, command, ...by };
    recorded = (await ask(session, session.deployment.CommandFunction, request, ANSWERS.switch)).recorded;
  } catch (error) {
    if (command !== 'halt' && command !== 'leash') throw error;
    await setDirectly(session, command, by);
    recorded = false;
  }
  if (options.json) return json(output, { command, recorded, ...by });
  output.out(SAID[command]);
  if (!recorded) output.talk('It could not be recorded in the audit; the parameter holds who and why.');
}

async function setDirectly(
  { deployment }: Session,
  command: 'halt' | 'leash',
  by: { actor: string; reason: string },
): Promise<void> {
  const board = new SwitchBoard({ lever: deployment.LeverParameter, leash: deployment.LeashParameter });
  await board.set(command === 'halt' ? 'lever' : 'leash', true, { ...by, at: new Date().toISOString() });
}
