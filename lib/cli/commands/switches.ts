import { SwitchBoard } from '../../aws/switches.ts';
import { json, type Output } from '../output.ts';
import { ANSWERS, ask, openSession, type Session, type SessionOptions } from '../session.ts';

export type SwitchCommand = 'resume' | 'leash' | 'unleash';

const SAID: Readonly<Record<SwitchCommand, string>> = {
  resume: 'The lever is released.',
  leash: 'The leash is on: everything happens but the act.',
  unleash: 'The leash is off: Capuchin may act.',
};

export interface SwitchOptions extends SessionOptions {
  readonly reason: string;
  readonly json?: boolean | undefined;
}

/** Releases the lever, or turns the leash. Putting the leash on works even when Capuchin's own function does not: the switch is then set directly. */
export async function turnSwitch(output: Output, command: SwitchCommand, options: SwitchOptions): Promise<void> {
  const session = await openSession(options);
  const by = { actor: await session.actor(), reason: options.reason };
  let recorded: boolean;
  try {
    const request = { version: 1, command, ...by };
    recorded = (await ask(session, session.deployment.CommandFunction, request, ANSWERS.switch)).recorded;
  } catch (error) {
    if (command !== 'leash') throw error;
    await engageDirectly(session, command, by);
    recorded = false;
  }
  if (options.json) return json(output, { command, recorded, ...by });
  output.out(SAID[command]);
  if (!recorded) output.talk('It could not be recorded in the audit; the parameter holds who and why.');
}

/** Sets the parameter itself, for when Capuchin's own function does not answer. Only towards safety. */
export async function engageDirectly(
  { deployment }: Session,
  command: 'halt' | 'leash',
  by: { actor: string; reason: string },
): Promise<void> {
  const board = new SwitchBoard({ lever: deployment.LeverParameter, leash: deployment.LeashParameter });
  await board.set(command === 'halt' ? 'lever' : 'leash', true, { ...by, at: new Date().toISOString() });
}
