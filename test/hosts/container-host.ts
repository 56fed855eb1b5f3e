import { expect } from 'vitest';
import { HOST_FAULTS } from '../../lib/faults/hosts/catalogue.ts';
import { UNDO_DOCUMENT } from '../../lib/faults/hosts/documents.ts';
import { documentsByName } from './agent/host-port.ts';
import { type CommandResult, type RunningCommand, SsmAgent } from './agent/ssm-agent.ts';
import type { Guest } from './guest/index.ts';
import { eventually } from './pace.ts';

type Parameters = Readonly<Record<string, string>>;

const DOCUMENTS = documentsByName(HOST_FAULTS);
let experiments = 0;

/** A guest on which one act after the other is done by hand, each in an experiment of its own, with its answers as they are. */
export class ContainerHost {
  readonly #guest: Guest;
  readonly #agent: SsmAgent;
  #experiment = '';

  constructor(guest: Guest) {
    this.#guest = guest;
    this.#agent = new SsmAgent(guest);
  }

  /** Begins an act that lasts ten minutes unless it is told. */
  async begin(fault: string, target: string, parameters: Parameters = {}): Promise<RunningCommand> {
    this.#experiment = `act-${++experiments}`;
    const until = await this.inSeconds(600);
    return this.#start(fault, { action: 'apply', target, install: 'no', notAfter: until, until, ...parameters });
  }

  async apply(fault: string, target: string, parameters: Parameters = {}): Promise<CommandResult> {
    return answered(await (await this.begin(fault, target, parameters)).ended);
  }

  /** Undoes the last act. */
  async undo(target: string): Promise<CommandResult> {
    return answered(await (await this.#start(UNDO_DOCUMENT.name, { action: 'undo', target })).ended);
  }

  /** Asks how the last act stands. */
  async status(target: string): Promise<CommandResult> {
    return answered(await (await this.#start(UNDO_DOCUMENT.name, { action: 'status', target })).ended);
  }

  /** Whole seconds of the guest's clock. */
  async inSeconds(seconds: number): Promise<string> {
    return String(Math.ceil((await this.#guest.now()) / 1000) + seconds);
  }

  /** Waits until nothing of Capuchin's runs any more. */
  async awaitQuiet(): Promise<void> {
    await eventually(async () => {
      const own = (await this.#guest.processes()).filter(({ command }) => command.includes('/run/capuchin/'));
      expect(own).toEqual([]);
    });
  }

  #start(document: string, parameters: Parameters): Promise<RunningCommand> {
    const content = DOCUMENTS.get(document) ?? expect.fail(`there is no document ${document}`);
    return this.#agent.start(content, { experiment: this.#experiment, ...parameters });
  }
}

function answered(result: CommandResult): CommandResult {
  expect(result.exitCode, `${result.stdout}${result.stderr}`).toBe(0);
  return result;
}
