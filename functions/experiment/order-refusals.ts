import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { Refusal } from '../../lib/core/refusal.ts';
import { FAULT_NAMES, FAULTS } from '../../lib/faults/catalogue.ts';

/** Refusals that need no look at the world. */
export function orderRefusals({ fault: name, parameters }: ExperimentOrder): Refusal[] {
  const fault = FAULTS.get(name);
  if (fault === undefined) {
    const because = `no fault "${name}"; known are ${FAULT_NAMES.join(', ')}`;
    return [{ code: 'unknown-fault', because, facts: { fault: name } }];
  }
  const parsed = fault.parameters.safeParse(parameters);
  if (parsed.success) return [];
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.') || name}: ${message}`).join('; ');
  const because = `${wrong}; "capuchin faults" lists what ${name} takes`;
  return [{ code: 'bad-parameters', because, facts: { fault: name, parameters } }];
}
