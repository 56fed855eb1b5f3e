import { FAULT_NAMES, FAULTS } from '../../faults/catalogue.ts';
import { type FaultFacts, factsOf } from '../../faults/page/fault-facts.ts';
import { boundText, defaultText, kindText } from '../../faults/page/faults-page.ts';
import { CommandFailed, EXIT } from '../exit.ts';
import { json, type Output } from '../output.ts';

/** Lists what Capuchin can do, or says all of one fault: parameters, prerequisites, reach, permissions and undo. */
export function faults(
  output: Output,
  name: string | undefined,
  options: { readonly json?: boolean | undefined },
): void {
  const all = [...FAULTS.values()].map(factsOf);
  if (name === undefined) {
    if (options.json) json(output, { faults: all });
    else list(output, all);
    return;
  }
  const fault = all.find((one) => one.name === name);
  if (fault === undefined)
    throw new CommandFailed(`There is no fault "${name}"; known are ${FAULT_NAMES.join(', ')}.`, EXIT.usage);
  if (options.json) json(output, fault);
  else tell(output, fault);
}

function list(output: Output, all: readonly FaultFacts[]): void {
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const { name, scopes, kind, summary } of all) {
    output.out(`${output.style('bold', name.padEnd(width))}  ${summary}`);
    output.out(`${' '.repeat(width)}  ${kind}, acts on a ${scopes.join(' or a ')}`);
  }
  output.talk('capuchin faults NAME says all of one: parameters, prerequisites, permissions, undo.');
}

function tell(output: Output, fault: FaultFacts): void {
  const { name, summary, kind, scopes, reach, parameters, prerequisites, permissions, undo } = fault;
  output.out(`${output.style('bold', name)}  ${kind}, acts on a ${scopes.join(' or a ')}, on ${reach.join(', ')}`);
  output.out(`  ${summary}`);
  output.out(`  undo: ${undo}`);
  for (const one of prerequisites) output.out(`  needs: ${one}`);
  for (const one of parameters) {
    const otherwise = defaultText(one);
    const facts = [kindText(one), one.isNeeded || otherwise === '' ? otherwise : `default ${otherwise}`];
    output.out(`  --parameter ${one.name}=…  ${one.description} (${facts.filter(Boolean).join('; ')})`);
  }
  for (const one of permissions) {
    output.out(`  may: ${one.actions.join(', ')} on ${one.on}, bound by ${boundText(one)}`);
  }
}
