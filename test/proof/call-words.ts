import type { AuditRecord } from '../../lib/audit/record.ts';
import type { Try } from './front.ts';

/** The target of a call that acts. */
export function actedOn({ operation, body }: Try): string | undefined {
  if (operation === 'ECS.StopTask') return (JSON.parse(body) as { task: string }).task;
  if (operation !== 'SSM.SendCommand') return undefined;
  const { Parameters } = JSON.parse(body) as { Parameters: Readonly<Record<'action' | 'target', readonly string[]>> };
  return Parameters.action[0] === 'apply' ? Parameters.target[0] : undefined;
}

/** A few words on what a call is about, for whoever reads the matrix. */
export function aboutOf(operation: string, body: string): string {
  if (operation === 'EC2.ModifyNetworkInterfaceAttribute')
    return new URLSearchParams(body).get('SecurityGroupId.1') ?? '';
  const input = (body.startsWith('{') ? JSON.parse(body) : {}) as Record<string, never>;
  if (operation === 'DynamoDB.PutItem') {
    const { record, kind, name } = input.Item as unknown as Record<
      'record' | 'kind' | 'name',
      { S: string } | undefined
    >;
    if (record) return `record ${(JSON.parse(record.S) as AuditRecord).kind}`;
    return `item ${kind?.S} ${name?.S}`;
  }
  if (operation === 'SSM.SendCommand') return String((input.Parameters as unknown as Record<string, string[]>).action);
  if (operation === 'DynamoDB.GetItem') {
    return Object.values(input.Key as unknown as Record<string, { S?: string; N?: string }>)
      .map(({ S, N }) => S ?? N)
      .join(' ');
  }
  if (operation === 'Lambda.CheckpointDurableExecution') {
    const updates = (input.Updates ?? []) as unknown as { Type: string; Name?: string; Action: string }[];
    return updates.map(({ Type, Name, Action }) => `${Type} ${Name ?? ''} ${Action}`).join(', ');
  }
  return '';
}
