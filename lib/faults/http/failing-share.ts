import * as z from 'zod';
import { tooLate } from '../api/too-late.ts';
import type { ActContext, Confirmation, FaultContext, Injection, Preparation, Undoing } from '../contract.ts';
import type { ListenerEditor } from './listener-editor.ts';
import { actionSchema, forwardTo, groupsOf, type Rule, sameActions } from './listener-rule.ts';
import { isMadeBy, marksOf } from './marks.ts';
import { type Share, withoutShare, withShare } from './share.ts';

/*
 * A share of the requests fails because it is forwarded to an empty target group, which the load balancer answers with 503. The order of the
 * calls makes every crash recoverable: the group is made first and found by its name; rules are changed one by one, and each says by itself
 * whether it forwards to the group; the undo deletes the group last, so as long as a rule may still forward to it, it is there to be found.
 * A change of a rule that arrives after the undo names a group that is gone, and ELB refuses it.
 */

const ruleSchema = z.strictObject({
  listenerArn: z.string().min(1),
  ruleArn: z.string().min(1),
  priority: z.union([z.int(), z.literal('default')]),
  actions: z.array(actionSchema).min(1),
});

export const shareSchema = z.strictObject({
  mode: z.literal('share'),
  percent: z.int().min(1).max(100),
  loadBalancerArn: z.string().min(1),
  targetGroupArn: z.string().min(1),
  /** The empty group, as it will be made. */
  group: z.strictObject({
    name: z.string().min(1),
    protocol: z.string().min(1),
    protocolVersion: z.string().min(1),
    port: z.int(),
    vpcId: z.string().min(1),
    targetType: z.string().min(1),
  }),
  /** The rules that will be changed, exactly as they were. */
  rules: z.array(ruleSchema).min(1),
});
type ShareUndo = z.output<typeof shareSchema>;
type FormerRule = z.output<typeof ruleSchema>;

/** Stands for the empty group's ARN before there is one. */
const NOT_MADE = 'not-made';

/** Which rules send requests to the service, and whether each has room for the share. */
export function prepareShare(undo: Omit<ShareUndo, 'rules' | 'mode'>, rules: readonly Rule[]): Preparation {
  const sending = rules.filter(({ actions }) => sendsTo(actions, undo.targetGroupArn));
  if (sending.length === 0)
    return { ready: false, because: 'no rule of the load balancer sends requests to the service' };
  for (const { actions, priority, listenerArn } of sending) {
    const changed = withShare(actions, shareOf(undo, NOT_MADE));
    if ('because' in changed)
      return { ready: false, because: `rule ${priority} of ${listenerArn}: ${changed.because}` };
  }
  const former = sending.map(({ listenerArn, ruleArn, priority, actions }) => ({
    listenerArn,
    ruleArn,
    priority,
    actions: [...actions],
  }));
  return { ready: true, undo: { mode: 'share', ...undo, rules: former } };
}

function sendsTo(actions: Rule['actions'], targetGroupArn: string): boolean {
  return actions.some((action) => groupsOf(action).some(({ arn, weight }) => arn === targetGroupArn && weight > 0));
}

export async function injectShare(port: ListenerEditor, undo: ShareUndo, context: ActContext): Promise<Injection> {
  const rules = (await port.rules(undo.loadBalancerArn)) ?? [];
  const changed = undo.rules.find((rule) => !isAsBefore(rule, rules));
  if (changed !== undefined) {
    const message = `rule ${changed.priority} of ${changed.listenerArn} has been changed since it was read`;
    return { outcome: 'failed', facts: { code: 'rule-changed', message } };
  }
  const late = tooLate(context);
  if (late) return late;
  const made = await port.createTargetGroup({ ...undo.group, tags: marksOf(context.experiment) });
  if ('refused' in made) return { outcome: 'failed', facts: made.refused };
  const done: string[] = [];
  for (const rule of undo.rules) {
    const next = withShare(rule.actions, shareOf(undo, made.arn));
    if ('because' in next) throw new Error(`${rule.ruleArn}: ${next.because}`);
    const no = tooLate(context)?.facts ?? (await port.changeActions(rule, next.actions)).refused;
    if (no !== undefined) {
      // The group is there: only the undo may say that nothing is left. So this is no `failed`, even when no rule was changed.
      return { outcome: 'accepted', facts: { ...no, emptyGroup: made.arn, changed: done } };
    }
    done.push(rule.ruleArn);
  }
  return { outcome: 'accepted', facts: { emptyGroup: made.arn, changed: done } };
}

export async function confirmShare(
  port: ListenerEditor,
  undo: ShareUndo,
  context: FaultContext,
): Promise<Confirmation> {
  const group = await ownGroup(port, undo, context);
  if (group === undefined) return { effect: 'pending', because: 'the empty target group is not there' };
  const rules = (await port.rules(undo.loadBalancerArn)) ?? [];
  const sending = undo.rules.filter((former) => {
    const now = rules.find(({ ruleArn }) => ruleArn === former.ruleArn);
    return now !== undefined && sendsTo(now.actions, group);
  });
  const because = `${sending.length} of ${undo.rules.length} rules send ${undo.percent} percent to an empty target group`;
  return { effect: sending.length > 0 ? 'took-effect' : 'pending', because };
}

/** ELB changes a rule whatever has become of it since it was read: another hand in that moment is lost. There is no fence against it. */
export async function undoShare(port: ListenerEditor, undo: ShareUndo, context: FaultContext): Promise<Undoing> {
  const group = await ownGroup(port, undo, context);
  // A group cannot be deleted while a rule forwards to it: where it is not, no rule of ours is left.
  if (group === undefined)
    return { undone: true, because: 'no target group of the experiment is left, and no rule names one' };
  const told: string[] = [];
  const rules = (await port.rules(undo.loadBalancerArn)) ?? [];
  for (const rule of rules) {
    const former = undo.rules.find(({ ruleArn }) => ruleArn === rule.ruleArn);
    const restored = withoutShare(rule.actions, former?.actions, shareOf(undo, group));
    if (restored !== undefined) await port.restoreActions(rule, restored.actions);
    told.push(...tellOf(rule, former, restored?.isExact));
  }
  const gone = undo.rules.filter(({ ruleArn }) => !rules.some((rule) => rule.ruleArn === ruleArn));
  told.push(...gone.map(({ priority, listenerArn }) => `rule ${priority} of ${listenerArn} is gone`));
  const left = ((await port.rules(undo.loadBalancerArn)) ?? []).filter(({ actions }) => forwardTo(actions, group));
  if (left.length > 0) {
    const names = left.map(({ priority, listenerArn }) => `rule ${priority} of ${listenerArn}`).join(', ');
    return { undone: false, because: `still forwarding to the empty target group: ${names}` };
  }
  const deleted = await port.deleteTargetGroup(group);
  if (deleted === 'in use')
    return { undone: false, because: `a rule elsewhere forwards to ${group}, or ELB has not seen yet that none does` };
  return { undone: true, because: [...told, 'the empty target group is deleted'].join('; ') };
}

/** What is said of a rule: nothing, when it is as it was and was never ours. */
function tellOf(
  { listenerArn, priority, actions }: Rule,
  former: FormerRule | undefined,
  isExact: boolean | undefined,
): string[] {
  const name = `rule ${priority} of ${listenerArn}`;
  if (isExact === true) return [`${name} is as before`];
  if (isExact === false) return [`${name} was changed by another hand: only what is the experiment’s was taken out`];
  if (former === undefined) return [];
  if (sameActions(actions, former.actions)) return [`${name} is as before`];
  return [`${name} was changed by another hand and sends nothing to the empty target group: it was left`];
}

/** The group that this experiment made; one of the same name without its tag is somebody else's. */
async function ownGroup(
  port: ListenerEditor,
  { group }: ShareUndo,
  { experiment }: FaultContext,
): Promise<string | undefined> {
  const found = await port.targetGroupNamed(group.name);
  return found !== undefined && isMadeBy(experiment, found.tags) ? found.arn : undefined;
}

function isAsBefore(former: FormerRule, rules: readonly Rule[]): boolean {
  const now = rules.find(({ ruleArn }) => ruleArn === former.ruleArn);
  return now !== undefined && sameActions(now.actions, former.actions);
}

function shareOf(
  { targetGroupArn, percent }: Pick<ShareUndo, 'targetGroupArn' | 'percent'>,
  emptyGroupArn: string,
): Share {
  return { targetGroupArn, percent, emptyGroupArn };
}
