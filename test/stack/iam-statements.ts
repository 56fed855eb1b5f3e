import { Template } from 'aws-cdk-lib/assertions';
import type { CapuchinStack } from '../../lib/stack/capuchin-stack.ts';
import { inOrder } from '../functions/in-order.ts';

/** One IAM statement of the template, with whom it belongs to. */
export interface Statement {
  readonly role: string;
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition?: object;
}

interface PolicyResource {
  readonly Properties: {
    readonly Roles?: readonly unknown[];
    readonly PolicyDocument?: { readonly Statement: readonly RawStatement[] };
    readonly Policies?: readonly { readonly PolicyDocument: { readonly Statement: readonly RawStatement[] } }[];
  };
}
interface RawStatement {
  readonly Effect: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: unknown;
  readonly Condition?: object;
}

/** Every statement of every policy in the stack, in an order that does not depend on the template's. */
export function statementsOf(stack: CapuchinStack): Statement[] {
  const template = Template.fromStack(stack);
  const found: Statement[] = [];
  for (const type of ['AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::IAM::ManagedPolicy']) {
    for (const [logicalId, resource] of Object.entries(
      template.findResources(type) as Record<string, PolicyResource>,
    )) {
      const { Roles, PolicyDocument, Policies = [] } = resource.Properties;
      const raw = [
        ...(PolicyDocument?.Statement ?? []),
        ...Policies.flatMap((policy) => policy.PolicyDocument.Statement),
      ];
      const role = (Roles ?? [{ Ref: logicalId }]).map(nameOf).join(' ');
      for (const { Effect, Action = [], Resource, Condition } of raw) {
        const actions = inOrder([Action].flat().map(String));
        const resources = inOrder([Resource].flat().map(nameOf));
        found.push({
          role,
          effect: Effect,
          actions,
          resources,
          ...(Condition === undefined ? {} : { condition: Condition }),
        });
      }
    }
  }
  return found.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** An intrinsic function as a short text; logical ids lose their hash, which changes with nothing that matters here. */
function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, content] = ['', ''] as const] = Object.entries(value as Record<string, unknown>);
  if (name === 'Ref') return `{${withoutHash(String(content))}}`;
  if (name === 'Fn::GetAtt')
    return `{${[content]
      .flat()
      .map((part) => withoutHash(String(part)))
      .join('.')}}`;
  if (name === 'Fn::Join') {
    const [separator, parts] = content as [string, unknown[]];
    return parts.map(nameOf).join(separator);
  }
  return JSON.stringify(value);
}

function withoutHash(logicalId: string): string {
  return logicalId.replace(/(?<=[a-z])[0-9A-F]{8}(?=$|[a-z])/, '');
}
