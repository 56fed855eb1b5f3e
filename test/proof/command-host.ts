import { HOST_FAULTS } from '../../lib/faults/hosts/catalogue.ts';
import { documentContent } from '../../lib/faults/hosts/document.ts';
import { actingDocument, UNDO_DOCUMENT } from '../../lib/faults/hosts/documents.ts';
import type { CommandHost, CommandJob, CommandOutput } from '../../lib/rehearsal/cloud/command-runs.ts';
import { commandDocument, type ProvisionedDocument } from '../../lib/rehearsal/cloud/documents.ts';
import type { VirtualClock } from './clock.ts';
import type { ModelFleet } from './fleet.ts';

export const DOCUMENT_PREFIX = 'Capuchin-';

/** Every host fault's documents with their real parameters; what they run is this model's business. */
export function modelDocuments(): ProvisionedDocument[] {
  return [...HOST_FAULTS.map(({ script }) => actingDocument(script)), UNDO_DOCUMENT].map((document) => ({
    name: `${DOCUMENT_PREFIX}${document.name}`,
    content: commandDocument.parse(JSON.parse(JSON.stringify(documentContent(document, 'exit 0\n')))),
  }));
}

/** What a host remembers of one experiment on one task, as the script's folder of state does. */
interface Memory {
  answer?: { readonly code: string; readonly because: string };
  tombstone: boolean;
  acted: boolean;
}

/** Container hosts in memory, which answer as `lib/faults/hosts/*.sh` do and heal by themselves at the deadline. */
export class ModelHosts implements CommandHost {
  readonly #clock: VirtualClock;
  readonly #fleet: ModelFleet;
  readonly #memories = new Map<string, Memory>();

  constructor(clock: VirtualClock, fleet: ModelFleet) {
    this.#clock = clock;
    this.#fleet = fleet;
  }

  async run({ environment }: CommandJob): Promise<CommandOutput> {
    const { SSM_action: action = '', SSM_experiment: experiment = '', SSM_target: taskArn = '' } = environment;
    const key = `${experiment} ${taskArn}`;
    const memory = this.#memories.get(key) ?? { tombstone: false, acted: false };
    this.#memories.set(key, memory);
    const said =
      action === 'apply'
        ? this.#apply(memory, experiment, taskArn, environment)
        : action === 'undo'
          ? this.#undo(memory, taskArn)
          : this.#status(memory, taskArn);
    return { exitCode: 0, stdout: `${JSON.stringify({ capuchin: 1, action, ...said })}\n`, stderr: '' };
  }

  #apply(memory: Memory, experiment: string, taskArn: string, environment: CommandJob['environment']): object {
    const nowSeconds = this.#clock.now() / 1000;
    const untilMs = Number(environment.SSM_until) * 1000;
    const refuse = (code: string): object => {
      memory.answer ??= { code, because: code };
      return memory.answer;
    };
    if (memory.answer !== undefined) return { code: 'came-twice', because: 'this act has come before' };
    if (memory.tombstone) return refuse('undone-before');
    if (nowSeconds > Number(environment.SSM_notAfter) || this.#clock.now() >= untilMs) return refuse('too-late');
    const state = this.#fleet.stateOf(taskArn);
    if (state === 'gone') return refuse('no-container');
    if (state === 'frozen') return refuse('already-paused');
    this.#clock.onPassing((nowMs) => {
      if (nowMs < untilMs || memory.tombstone) return;
      memory.tombstone = true;
      this.#fleet.thaw(taskArn, 'host');
    });
    this.#fleet.freeze(taskArn, experiment);
    memory.acted = true;
    memory.answer = { code: 'applied', because: 'looked: every container is under the fault' };
    return { ...memory.answer, members: [{ id: 'c1', state: 'paused' }] };
  }

  #undo(memory: Memory, taskArn: string): object {
    memory.tombstone = true;
    if (memory.acted) this.#fleet.thaw(taskArn, 'undo');
    return { code: 'undone', because: 'looked: no container is under the fault', undone: true, members: [] };
  }

  #status(memory: Memory, taskArn: string): object {
    if (memory.answer === undefined)
      return { code: 'not-begun', because: 'the act has not come', ended: memory.tombstone };
    const state = { running: 'not-paused', frozen: 'paused', gone: 'gone' }[this.#fleet.stateOf(taskArn)];
    const members = memory.acted ? [{ id: 'c1', state }] : [];
    return {
      code: 'known',
      because: 'the act has answered',
      ended: memory.tombstone,
      members,
      apply: memory.answer,
    };
  }
}
