import type { HostCommand } from '../../../lib/faults/host-commands.ts';
import { HOST_FAULTS } from '../../../lib/faults/hosts/catalogue.ts';
import { type DocumentContent, documentContent } from '../../../lib/faults/hosts/document.ts';
import { documentsOf } from '../../../lib/faults/hosts/documents.ts';
import type { HostFault, HostPort } from '../../../lib/faults/hosts/host-fault.ts';
import { hostScript } from '../../../lib/stack/documents.ts';
import type { Guest } from '../guest/index.ts';
import { type RunningCommand, SsmAgent } from './ssm-agent.ts';

/** What the tests call the guest. */
export const INSTANCE = 'i-0123456789abcdef0';

/** Contents of the documents that the stack deploys for a fault, by name. */
export function documentsByName(faults: readonly HostFault[]): ReadonlyMap<string, DocumentContent> {
  return new Map(
    faults.flatMap(({ script }) =>
      documentsOf(script).map((document) => [document.name, documentContent(document, hostScript(document))] as const),
    ),
  );
}

/** AWS as faults on hosts see it, with the guest as the only container host. */
export interface GuestPort extends HostPort {
  /** What was sent, in order. */
  readonly sent: readonly { readonly command: HostCommand; readonly running: RunningCommand }[];
}

/** @param extra what a fault asks AWS besides, such as addresses of a service. */
export function guestPort(guest: Guest, extra: Partial<HostPort> = {}): GuestPort {
  const agent = new SsmAgent(guest);
  const documents = documentsByName(HOST_FAULTS);
  const sent: { command: HostCommand; running: RunningCommand }[] = [];
  const start = async (command: HostCommand): Promise<RunningCommand> => {
    const document = documents.get(command.document);
    if (document === undefined) throw new Error(`there is no document ${command.document}`);
    const running = await agent.start(document, command.parameters);
    sent.push({ command, running });
    return running;
  };
  return {
    sent,
    hostOf: () => Promise.resolve({ instanceId: INSTANCE, agentConnected: true }),
    isTerminated: () => Promise.resolve(false),
    sendCommand: async (command) => {
      await start(command);
      return { commandId: `c-${sent.length}` };
    },
    runCommand: async (command) => {
      const { exitCode, answer, stdout, stderr } = await (await start(command)).ended;
      if (exitCode !== 0) throw new Error(`${command.document} ended with ${exitCode}:\n${stdout}${stderr}`);
      return answer;
    },
    describeTask: () => Promise.resolve({ lastStatus: 'RUNNING', desiredStatus: 'RUNNING' }),
    addressesOf: () => Promise.reject(new Error('there is no other service')),
    prefixesOf: () => Promise.resolve([]),
    ...extra,
  };
}
