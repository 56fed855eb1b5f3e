import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULT_NAMES, FAULTS } from '../../lib/faults/catalogue.ts';

const faults = [...FAULTS.entries()];
/** Files beside the faults that are none. */
const NO_FAULTS: ReadonlySet<string> = new Set(['catalogue', 'contract', 'host-commands']);

describe('the catalogue of faults', () => {
  it('has every fault’s file, and each fault once under its own name', () => {
    const files = readdirSync(new URL('../../lib/faults/', import.meta.url), { withFileTypes: true })
      .filter((file) => file.isFile() && file.name.endsWith('.ts'))
      .map(({ name }) => name.replace(/\.ts$/, ''));
    expect(new Set(FAULT_NAMES)).toEqual(new Set(files.filter((name) => !NO_FAULTS.has(name))));
    for (const [name, fault] of faults) expect(fault.name).toBe(name);
    expect(new Set(FAULT_NAMES).size).toBe(FAULT_NAMES.length);
  });

  it.each(faults)('describes %s: a name for a tag, a sentence, a scope and where it works', (name, fault) => {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(fault.summary).toMatch(/^[A-Z].+\.$/);
    expect(['task', 'container', 'host', 'service', 'zone']).toContain(fault.scope);
    expect(fault.reach.length).toBeGreaterThan(0);
    expect(new Set(fault.reach).size).toBe(fault.reach.length);
    for (const prerequisite of fault.prerequisites) expect(prerequisite.length).toBeGreaterThan(10);
  });

  it.each(faults)('takes no parameter that %s does not know', (_, { parameters }) => {
    expect(parameters.safeParse({}).success).toBe(true);
    const parsed = parameters.safeParse({ surely_unknown: 1 });
    expect(parsed.error?.issues[0]).toMatchObject({ code: 'unrecognized_keys', keys: ['surely_unknown'] });
    for (const odd of [undefined, null, [], 'x', 5]) expect(parameters.safeParse(odd).success).toBe(false);
  });

  it.each(faults)('asks for what %s needs, and fences every acting call by the opt-in tag', (_, { permissions }) => {
    const actions = permissions.flatMap((permission) => permission.actions);
    expect(actions.length).toBeGreaterThan(0);
    for (const action of actions) expect(action).toMatch(/^[a-z0-9-]+:[A-Z][A-Za-z]+$/);
    for (const permission of permissions) {
      const isLooking = permission.actions.every((action) => /:(Describe|Get|List)/.test(action));
      expect(permission.optedInOnly).toBe(!isLooking);
    }
    expect(permissions.some(({ optedInOnly }) => optedInOnly)).toBe(true);
  });
});
