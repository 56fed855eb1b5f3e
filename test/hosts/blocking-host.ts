import { expect } from 'vitest';
import type { FaultTarget } from '../../lib/core/fault-target.ts';
import { HOST_FAULTS } from '../../lib/faults/hosts/catalogue.ts';
import { documentContent } from '../../lib/faults/hosts/document.ts';
import { documentsOf } from '../../lib/faults/hosts/documents.ts';
import type { HostPort } from '../../lib/faults/hosts/host-fault.ts';
import { hostScript } from '../../lib/stack/documents.ts';
import { type RunningCommand, SsmAgent } from './agent/ssm-agent.ts';
import type { Guest } from './guest/index.ts';

/** An experiment that is under way on the guest. */
export interface Trial {
  readonly fault: string;
  readonly target: string;
  readonly experiment: string;
  /** When the host's own timer undoes it, in milliseconds since the epoch by the guest's clock. */
  readonly untilMs: number;
}

let trials = 0;

/** The guest as Capuchin sees it: faults by their parameters as a person writes them, through the documents that the stack deploys. */
export class BlockingHost {
  readonly guest: Guest;
  readonly #agent: SsmAgent;

  constructor(guest: Guest) {
    this.guest = guest;
    this.#agent = new SsmAgent(guest);
  }

  /** Begins an act for so many seconds. */
  async begin(
    name: string,
    target: string,
    parameters: object,
    seconds = 300,
    action: 'apply' | 'plan' = 'apply',
  ): Promise<{ trial: Trial; command: RunningCommand }> {
    const experiment = `trial-${++trials}`;
    const untilMs = (Math.floor((await this.guest.now()) / 1000) + seconds) * 1000;
    const document = documentOf(name, 0);
    const wire = await wireOf(name, target, parameters, { experiment, untilMs });
    const command = await this.#agent.start(document, { ...wire, action });
    return { trial: { fault: name, target, experiment, untilMs }, command };
  }

  /** Acts, and sees that the host says it has. */
  async apply(name: string, target: string, parameters: object, seconds = 300): Promise<Trial> {
    const { trial, command } = await this.begin(name, target, parameters, seconds);
    const { answer, stderr } = await command.ended;
    expect(answer, stderr).toMatchObject({ code: 'applied' });
    return trial;
  }

  /** Tries to act, and says what the host answered. */
  async attempt(name: string, target: string, parameters: object, action: 'apply' | 'plan' = 'apply') {
    const { command } = await this.begin(name, target, parameters, 300, action);
    return (await command.ended).answer;
  }

  async ask({ fault, target, experiment }: Trial, action: 'undo' | 'status') {
    const { answer, stderr } = await this.#agent.run(documentOf(fault, 1), { action, target, experiment });
    expect(answer, stderr).toMatchObject({ capuchin: 1 });
    return answer;
  }

  async undo(...all: readonly Trial[]): Promise<void> {
    for (const answer of await Promise.all(all.map((trial) => this.ask(trial, 'undo')))) {
      expect(answer).toMatchObject({ code: 'undone', undone: true });
    }
  }
}

const faultOf = (name: string) => HOST_FAULTS.find((fault) => fault.name === name) ?? expect.fail(`no fault ${name}`);

function documentOf(name: string, which: 0 | 1) {
  const { script } = faultOf(name);
  return documentContent(documentsOf(script)[which], hostScript(documentsOf(script)[which]));
}

/** The parameters of the command that Capuchin would send. */
async function wireOf(
  name: string,
  target: string,
  parameters: object,
  { experiment, untilMs }: { experiment: string; untilMs: number },
): Promise<Readonly<Record<string, string>>> {
  const fault = faultOf(name);
  const sent: Readonly<Record<string, string>>[] = [];
  const port = {
    hostOf: async () => ({ instanceId: 'i-0123456789abcdef0', agentConnected: true }),
    addressesOf: async () => ['10.99.0.12', 'fd99::12'],
    prefixesOf: async () => ['10.99.0.12/32'],
    sendCommand: async (command: { parameters: Readonly<Record<string, string>> }) => {
      sent.push(command.parameters);
      return { commandId: 'c' };
    },
  } as unknown as HostPort;
  const hit = {
    ...(target === 'host' ? { kind: 'host', resource: 'i-0123456789abcdef0' } : { kind: 'task', resource: target }),
    ...{
      service: 'shop/shop',
      clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/shop',
      containerInstanceArn: 'a',
    },
  } as unknown as FaultTarget;
  const context = {
    experiment,
    reason: 'a test',
    notAfterMs: untilMs,
    untilMs,
    alarms: [],
    installTools: false,
    now: Date.now,
  };
  const parsed = fault.parameters.parse(parameters);
  const prepared = await fault.prepare(port, hit, parsed, { ...context, minRemaining: 0, now: Date.now });
  if (!prepared.ready) expect.fail(prepared.because);
  await fault.inject(port, hit, parsed, prepared.undo, context);
  return sent[0] ?? expect.fail('nothing was sent');
}
