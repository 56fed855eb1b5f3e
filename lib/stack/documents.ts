import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { documentsOf, HOST_FAULTS, SHARED_SCRIPTS } from '../faults/hosts/catalogue.ts';
import { documentContent } from '../faults/hosts/document.ts';

const SCRIPTS = path.join(import.meta.dirname, '..', 'faults', 'hosts');

/** What stands before the name of every document of a stack. */
const documentPrefix = (stack: Stack): string => `${stack.stackName}-`;

/** A document's name in AWS. It is the same in every deployment, so that policies and people can name it. */
export const documentName = (stack: Stack, name: string): string => `${documentPrefix(stack)}${name}`;

/** The whole script of a host fault: what all share, then its own. */
export function hostScript(fault: string): string {
  return [...SHARED_SCRIPTS, `${fault}.sh`].map((file) => readFileSync(path.join(SCRIPTS, file), 'utf8')).join('\n');
}

/** One SSM document for each host fault that acts, and one that undoes. */
export class HostDocuments extends Construct {
  /** For the functions' environment, as `DOCUMENT_PREFIX`. */
  readonly prefix: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const stack = Stack.of(this);
    this.prefix = documentPrefix(stack);
    for (const fault of HOST_FAULTS) {
      const script = hostScript(fault.name);
      for (const document of documentsOf(fault)) {
        new CfnDocument(this, document.name, {
          name: documentName(stack, document.name),
          documentType: 'Command',
          documentFormat: 'JSON',
          targetType: '/AWS::EC2::Instance',
          // In place, so that a command that is on its way while a deployment runs still finds its document.
          updateMethod: 'NewVersion',
          content: documentContent(document, script),
        });
      }
    }
  }
}
