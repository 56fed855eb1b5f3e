import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SCOPES } from '../../lib/core/fault-choice.ts';
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
    expect(fault.scopes.length).toBeGreaterThan(0);
    for (const kind of ['service', 'hosts'] as const) {
      expect(fault.scopes.filter((scope) => SCOPES[kind].includes(scope)).length).toBeLessThanOrEqual(1);
    }
    expect(fault.reach.length).toBeGreaterThan(0);
    expect(new Set(fault.reach).size).toBe(fault.reach.length);
    for (const prerequisite of fault.prerequisites) expect(prerequisite.length).toBeGreaterThan(10);
  });

  it.each(faults)('takes no parameter that %s does not know', (_, { parameters }) => {
    // A few must be told what to hit; nothing else may be wrong with nothing at all.
    const missing = parameters.safeParse({}).error?.issues ?? [];
    expect(missing.filter(({ code }) => !['invalid_type', 'custom'].includes(code))).toEqual([]);
    const issues = parameters.safeParse({ surely_unknown: 1 }).error?.issues;
    expect(issues).toContainEqual(expect.objectContaining({ code: 'unrecognized_keys', keys: ['surely_unknown'] }));
    for (const odd of [undefined, null, [], 'x', 5]) expect(parameters.safeParse(odd).success).toBe(false);
  });

  it.each(faults)('asks for what %s needs, and fences every acting call by the opt-in tag', (_, { permissions }) => {
    const actions = permissions.flatMap((permission) => permission.actions);
    expect(actions.length).toBeGreaterThan(0);
    for (const action of actions) expect(action).toMatch(/^[a-z0-9-]+:[A-Z][A-Za-z]+$/);
    for (const permission of permissions) {
      const isLooking = permission.actions.every((action) => /:(Describe|Get|List)/.test(action));
      expect(permission.use === 'looking').toBe(isLooking);
    }
    expect(permissions.some(({ use }) => use === 'acting')).toBe(true);
  });
});
