import * as z from 'zod';
import { tooLate } from '../api/too-late.ts';
import type { ActContext, Confirmation, FaultContext, Injection, Preparation, Undoing } from '../contract.ts';
import { failingPaths } from './failing-paths.ts';
import type { ListenerEditor } from './listener-editor.ts';
import { conditionSchema, type Rule } from './listener-rule.ts';
import { isMadeBy, marksOf } from './marks.ts';

/*
 * Paths fail because rules with a fixed response stand before the service's own. No rule of anybody else is changed; ours carry the
 * experiment's tag, by which the undo finds them wherever a crash has stopped the act. ELB has no fence against a creation that arrives
 * after the undo: only the look at the clock right before it keeps it from coming.
 */

export const pathsSchema = z.strictObject({
  mode: z.literal('paths'),
  loadBalancerArn: z.string().min(1),
  targetGroupArn: z.string().min(1),
  paths: z.array(z.string().min(1)).min(1),
  statusCode: z.int(),
  failing: z
    .array(
      z.strictObject({
        listenerArn: z.string().min(1),
        priority: z.int(),
        conditions: z.array(conditionSchema).min(1),
      }),
    )
    .min(1),
});
type PathsUndo = z.output<typeof pathsSchema>;

export function preparePaths(undo: Omit<PathsUndo, 'failing' | 'mode'>, rules: readonly Rule[]): Preparation {
  const planned = failingPaths(rules, undo.targetGroupArn, undo.paths);
  if ('because' in planned) return { ready: false, because: planned.because };
  return { ready: true, undo: { mode: 'paths', ...undo, failing: planned.failing } };
}

export async function injectPaths(port: ListenerEditor, undo: PathsUndo, context: ActContext): Promise<Injection> {
  const rules = (await port.rules(undo.loadBalancerArn)) ?? [];
  const planned = failingPaths(rules, undo.targetGroupArn, undo.paths);
  if ('because' in planned || JSON.stringify(planned.failing) !== JSON.stringify(undo.failing)) {
    const message = 'the rules of the load balancer have been changed since they were read';
    return { outcome: 'failed', facts: { code: 'rule-changed', message } };
  }
  const body = `Capuchin experiment ${context.experiment}\n`;
  const response = { StatusCode: String(undo.statusCode), ContentType: 'text/plain', MessageBody: body };
  const actions = [{ Type: 'fixed-response', FixedResponseConfig: response }];
  let created = 0;
  for (const rule of undo.failing) {
    const no =
      tooLate(context)?.facts ??
      (await port.createRule({ ...rule, actions, tags: marksOf(context.experiment) })).refused;
    if (no !== undefined) return { outcome: created === 0 ? 'failed' : 'accepted', facts: { ...no, created } };
    created += 1;
  }
  return { outcome: 'accepted', facts: { created } };
}

export async function confirmPaths(
  port: ListenerEditor,
  undo: PathsUndo,
  context: FaultContext,
): Promise<Confirmation> {
  const { ours = [] } = (await ownRules(port, undo, context)) ?? {};
  const because = `${ours.length} of ${undo.failing.length} rules answer ${undo.statusCode} in the service’s stead`;
  return { effect: ours.length > 0 ? 'took-effect' : 'pending', because };
}

export async function undoPaths(port: ListenerEditor, undo: PathsUndo, context: FaultContext): Promise<Undoing> {
  const before = await ownRules(port, undo, context);
  if (before === undefined) return { undone: true, because: 'gone: there is no such load balancer any more' };
  for (const { ruleArn } of before.ours) await port.deleteRule(ruleArn);
  const { ours: left = [] } = before.ours.length === 0 ? {} : ((await ownRules(port, undo, context)) ?? {});
  if (left.length > 0) return { undone: false, because: `${left.length} rules of the experiment are still there` };
  return { undone: true, because: `no rule of the experiment is left; ${before.ours.length} were deleted` };
}

/** The rules that this experiment made on the load balancer; undefined when it is gone. */
async function ownRules(
  port: ListenerEditor,
  { loadBalancerArn }: PathsUndo,
  { experiment }: FaultContext,
): Promise<{ readonly ours: readonly Rule[] } | undefined> {
  const rules = await port.rules(loadBalancerArn);
  if (rules === undefined) return undefined;
  const candidates = rules.filter(({ priority }) => priority !== 'default');
  const tags = await port.tags(candidates.map(({ ruleArn }) => ruleArn));
  return { ours: candidates.filter(({ ruleArn }) => isMadeBy(experiment, tags.get(ruleArn))) };
}
