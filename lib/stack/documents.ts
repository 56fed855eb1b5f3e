import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { HOST_FAULTS } from '../faults/hosts/catalogue.ts';
import { documentContent, type HostDocument } from '../faults/hosts/document.ts';
import { actingDocument, UNDO_DOCUMENT } from '../faults/hosts/documents.ts';

const SCRIPTS = path.join(import.meta.dirname, '..', 'faults', 'hosts');

/** What stands before the name of every document of a stack. */
const documentPrefix = (stack: Stack): string => `${stack.stackName}-`;

/** A document's name in AWS. It is the same in every deployment, so that policies and people can name it. */
export const documentName = (stack: Stack, name: string): string => `${documentPrefix(stack)}${name}`;

/** Lines of a script that tell its reader something, in the repository; a document has no room for them. What tells shellcheck something stays. */
const COMMENTS = /^[ \t]*#(?! shellcheck ).*\n/gm;

/** The whole script of a document: its files, joined to one. */
export function hostScript({ files }: Pick<HostDocument, 'files'>): string {
  return files.map((file) => readFileSync(path.join(SCRIPTS, file), 'utf8').replace(COMMENTS, '')).join('\n');
}

/** One SSM document for each host fault, and one that undoes them all. */
export class HostDocuments extends Construct {
  /** For the functions' environment, as `DOCUMENT_PREFIX`. */
  readonly prefix: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const stack = Stack.of(this);
    this.prefix = documentPrefix(stack);
    for (const document of [...HOST_FAULTS.map(({ script }) => actingDocument(script)), UNDO_DOCUMENT]) {
      new CfnDocument(this, document.name, {
        name: documentName(stack, document.name),
        documentType: 'Command',
        documentFormat: 'JSON',
        targetType: '/AWS::EC2::Instance',
        // In place, so that a command that is on its way while a deployment runs still finds its document.
        updateMethod: 'NewVersion',
        content: documentContent(document, hostScript(document)),
      });
    }
  }
}
