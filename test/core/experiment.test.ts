import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { experimentId, experimentOrderSchema } from '../../lib/core/experiment.ts';
import { anOrder } from './examples.ts';

const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 });

describe('the id of an experiment', () => {
  it('begins with what a reader looks for', () => {
    expect(experimentId('seed', '2026-11-23-Europe-London', 'shop/checkout')).toMatch(
      /^shop-checkout-2026-11-23-Europe-London-[0-9a-f]{8}$/,
    );
  });

  it('is safe as the name of a schedule and of an execution, whatever the group is called', () => {
    fc.assert(
      fc.property(fc.string(), anyText, anyText, (seed, plan, group) => {
        // EventBridge Scheduler: [0-9a-zA-Z-_.]{1,64}; DurableExecutionName of Lambda: [a-zA-Z0-9-_]{1,64}.
        expect(experimentId(seed, plan, group)).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
      }),
      { numRuns: 500 },
    );
    expect(experimentId('seed', '2026-11-23', '店/结账')).toMatch(/^2026-11-23-[0-9a-f]{8}$/);
  });

  it('is one that an order accepts', () => {
    fc.assert(
      fc.property(anyText, (group) => {
        const order = anOrder({ group, experiment: experimentId('seed', 'plan', group) });
        expect(experimentOrderSchema.safeParse(order).success).toBe(true);
      }),
    );
  });

  it('is the same for the same seed, plan and group, and another for any other', () => {
    fc.assert(
      fc.property(anyText, anyText, (plan, group) => {
        const id = experimentId('seed', plan, group);
        expect(experimentId('seed', plan, group)).toBe(id);
        const others = [experimentId('other', plan, group), experimentId('seed', `${plan}.`, group)];
        expect([...others, experimentId('seed', plan, `${group}-`)]).not.toContain(id);
      }),
    );
  });

  it('differs between groups whose readable parts are the same', () => {
    const groups = ['a/b', 'a-b', 'a b', 'a--b', 'ä/b', `${'x'.repeat(200)}1`, `${'x'.repeat(200)}2`];
    expect(new Set(groups.map((group) => experimentId('seed', 'plan', group))).size).toBe(groups.length);
  });
});

describe('an order', () => {
  it('is filled with what it leaves out', () => {
    const { parameters: _, skip: __, leashed: ___, ...short } = anOrder();
    expect(experimentOrderSchema.parse(short)).toEqual(anOrder());
  });

  it.each([
    [{ skip: ['lever'] }, 'skip.0'],
    [{ skip: ['guards'] }, 'skip.0'],
    [{ at: '2026-11-23' }, 'at'],
    [{ at: '2026-11-23T12:00:00+01:00' }, 'at'],
    [{ services: [] }, 'services'],
    [{ targets: 0 }, 'targets'],
    [{ targets: 11 }, 'targets'],
    [{ experiment: 'a/b' }, 'experiment'],
    [{ experiment: 'x'.repeat(65) }, 'experiment'],
    [{ actor: '' }, 'actor'],
    [{ reason: '' }, 'reason'],
    [{ version: 2 }, 'version'],
    [{ force: true }, ''],
  ])('with %j is refused', (changes, path) => {
    const parsed = experimentOrderSchema.safeParse({ ...anOrder(), ...changes });
    expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });

  it('may ask to skip the window and the spacing, and nothing else', () => {
    expect(experimentOrderSchema.parse(anOrder({ skip: ['spacing'] })).skip).toEqual(['spacing']);
  });
});
