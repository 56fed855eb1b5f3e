import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { HOST_FAULTS } from '../../lib/faults/hosts/catalogue.ts';
import { documentContent } from '../../lib/faults/hosts/document.ts';
import { actingDocument, UNDO_DOCUMENT } from '../../lib/faults/hosts/documents.ts';
import { HostDocuments, hostScript } from '../../lib/stack/documents.ts';
import { experimentStatements, undoStatements } from '../../lib/stack/permissions.ts';
import { aConfig } from '../core/examples.ts';

interface DocumentResource {
  readonly Properties: { readonly Name: string; readonly Content: unknown } & Readonly<Record<string, unknown>>;
}
interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: object;
}

const aStack = (): Stack => new Stack(new App({ analyticsReporting: false }), 'Monkey');

/** Statements that allow sending commands, with their resources as text. */
function sending(statements: readonly { toStatementJson(): unknown }[], stack: Stack) {
  return statements
    .map((one) => stack.resolve(one.toStatementJson()) as Statement)
    .filter(({ Action }) => [Action].flat().includes('ssm:SendCommand'))
    .map(({ Resource, Condition }) => ({ on: JSON.stringify(Resource), condition: Condition }));
}

describe('the documents of the stack', () => {
  const stack = aStack();
  const documents = new HostDocuments(stack, 'Documents');
  const found = Object.values(
    Template.fromStack(stack).findResources('AWS::SSM::Document') as Record<string, DocumentResource>,
  );

  it('are one that acts and one that undoes for each fault with a script, under the stack’s name', () => {
    const names = [...HOST_FAULTS.map(({ name }) => `Monkey-${name}`), 'Monkey-undo'];
    expect(new Set(found.map(({ Properties }) => Properties.Name))).toEqual(new Set(names));
    expect(documents.prefix).toBe('Monkey-');
    for (const { Properties } of found) expect(Properties.Name).toMatch(/^[a-zA-Z0-9_.-]{3,128}$/);
  });

  it('hold the script and the parameters that were tested, and are changed in place', () => {
    const contents = HOST_FAULTS.map(({ script }) =>
      documentContent(actingDocument(script), hostScript(actingDocument(script))),
    );
    expect(found.map(({ Properties }) => Properties.Content)).toEqual([
      ...contents,
      documentContent(UNDO_DOCUMENT, hostScript(UNDO_DOCUMENT)),
    ]);
    for (const { Properties } of found) {
      expect(Properties).toMatchObject({
        DocumentType: 'Command',
        DocumentFormat: 'JSON',
        TargetType: '/AWS::EC2::Instance',
        UpdateMethod: 'NewVersion',
      });
    }
  });
});

describe('sending commands', () => {
  it.each(['chaos:', 'our team/'])(
    'is allowed to experiments on hosts that carry "%sopt-in", with our documents',
    (tagPrefix) => {
      const stack = aStack();
      const [documents, hosts, ...others] = sending(experimentStatements(stack, aConfig({ tagPrefix })), stack);
      expect(others).toEqual([]);
      expect(documents?.on).toMatch(/:document\/Monkey-\*"\]+\}?$/);
      expect(documents?.on).not.toContain('instance');
      expect(hosts?.on).toContain(':instance/*"');
      expect(hosts?.on).not.toContain('document');
      expect(hosts?.condition).toEqual({ StringEquals: { [`ssm:resourceTag/${tagPrefix}opt-in`]: 'true' } });
    },
  );

  it('is allowed to whoever cleans up on every host, but only to undo', () => {
    const stack = aStack();
    const [undoing, ...others] = sending(undoStatements(stack), stack);
    expect(others).toEqual([]);
    expect(undoing?.condition).toBeUndefined();
    expect(undoing?.on).toContain(':document/Monkey-undo"');
    expect(undoing?.on).toContain(':instance/*"');
    expect(undoing?.on).not.toContain('pause-container"');
    expect(UNDO_DOCUMENT.parameters.action?.allowedPattern).toBe('^(undo|status)$');
    expect(hostScript(UNDO_DOCUMENT)).not.toMatch(/apply_to|acting/);
  });
});
