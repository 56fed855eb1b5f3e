import { readFileSync } from 'node:fs';
import path from 'node:path';
import { HOST_FAULTS } from '../../faults/hosts/catalogue.ts';
import { documentContent } from '../../faults/hosts/document.ts';
import { actingDocument } from '../../faults/hosts/documents.ts';
import type { HostFault } from '../../faults/hosts/host-fault.ts';
import { CONNECTION_FAULTS } from './connection-orders.ts';

/** Faults whose own scripts run on a rehearsal's hosts: all they touch is the engine, and processes that it names. */
const BY_OWN_SCRIPT = ['pause-container', 'kill-container', 'stop-container', 'restart-container'] as const;

/** What can be done on a container host of a rehearsal. */
const WORKS: readonly string[] = [...BY_OWN_SCRIPT, ...CONNECTION_FAULTS];

/** What every script of a host fault begins with. */
const SHARED = ['common.sh', 'healing.sh', 'acting.sh'] as const;

/**
 * The script that a document runs on a container host of a rehearsal: its own, unless it is one of a fault's that would reach for the
 * kernel or for processes of this machine. Then the fault is done to connections instead, or refused before anything is hurt. All
 * that is not the fault itself stays the deployed script's own.
 *
 * @param documentName with the stack's prefix, or without.
 * @param own the script of the document.
 */
export function hostScriptFor(documentName: string, own: string): string {
  const fault = HOST_FAULTS.find(({ name }) => documentName === name || documentName.endsWith(`-${name}`));
  if (fault === undefined || isOneOf(BY_OWN_SCRIPT, fault.name)) return own;
  return isOneOf(CONNECTION_FAULTS, fault.name)
    ? joined(fault, `fault=${fault.name}`, 'connections.sh')
    : joined(fault, `works='${WORKS.join(', ')}'`, 'no-kernel.sh');
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

/** As the document joins it and starts it, with other files and a line before the last of them. */
function joined(fault: HostFault, line: string, file: string): string {
  const shared = SHARED.map((name) => read(path.join('..', '..', 'faults', 'hosts', name)));
  const content = documentContent(actingDocument(fault.script), [...shared, line, read(file)].join('\n'));
  return `${content.mainSteps[0].inputs.runCommand.join('\n')}\n`;
}

function read(file: string): string {
  return readFileSync(path.join(import.meta.dirname, file), 'utf8');
}
