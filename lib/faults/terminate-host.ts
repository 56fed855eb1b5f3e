import * as z from 'zod';
import { targetOfKind } from '../core/fault-target.ts';
import { outsideWindow } from './api/act-window.ts';
import {
  failed,
  type HostInstances,
  hostUndo,
  LOOKING,
  mayBeOurs,
  prepareHost,
  type Refusal,
  reasonOf,
} from './api/host-instances.ts';
import type { Confirmation, Injection, OneShotFault, Preparation } from './contract.ts';

/** What `terminate-host` needs of AWS. */
export interface HostTerminator extends HostInstances {
  /** Terminates one instance, at most once. The state is the one it was in before; throws when nobody can tell. */
  terminate(instanceId: string): Promise<Refusal | { readonly previousState: string }>;
}

export const terminateHost: OneShotFault<HostTerminator> = {
  name: 'terminate-host',
  summary: 'Terminates a container host through EC2, as a crash would: no lifecycle hook runs, nothing drains.',
  scopes: ['host'],
  reach: ['ec2'],
  parameters: z.strictObject({}),
  kind: 'one-shot',
  prerequisites: [
    'the instance carries the opt-in tag (its group propagates its tags at launch)',
    'the instance runs, is not in Standby, and has no termination protection (disableApiTermination)',
  ],
  permissions: [{ actions: ['ec2:TerminateInstances'], on: 'instances', use: 'acting' }, LOOKING],

  async prepare(port, target, _parameters, context): Promise<Preparation> {
    return prepareHost(port, targetOfKind(target, 'host').resource, context);
  },

  async inject(port, _target, _parameters, undo, context): Promise<Injection> {
    const { instanceId, preparedAtMs } = hostUndo.parse(undo);
    const late = outsideWindow(preparedAtMs, context);
    if (late) return late;
    // One id: of several, a protected one would spare others and let others go (API reference of TerminateInstances).
    const answer = await port.terminate(instanceId);
    if ('refused' in answer) return { outcome: 'failed', facts: answer.refused };
    const { previousState } = answer;
    // Terminating is idempotent: whoever was first has done it.
    if (isEnding(previousState)) return failed('already', `it was ${previousState} already`);
    return { outcome: 'accepted', facts: { previousState } };
  },

  async confirm(port, _target, undo): Promise<Confirmation> {
    const { instanceId, preparedAtMs } = hostUndo.parse(undo);
    const instance = await port.instance(instanceId);
    if (instance === undefined) return { effect: 'failed', because: 'EC2 does not know the instance any more' };
    if (!isEnding(instance.state)) return { effect: 'pending', because: `the instance is ${instance.state}` };
    const because = `the instance is ${instance.state}${reasonOf(instance)}`;
    return mayBeOurs(instance, preparedAtMs)
      ? { effect: 'took-effect', because }
      : { effect: 'failed', because: `by another hand: ${because}` };
  },
};

const isEnding = (state: string): boolean => state === 'shutting-down' || state === 'terminated';
