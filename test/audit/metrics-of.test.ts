import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METRICS, metricsOf } from '../../lib/audit/metrics-of.ts';
import { type Entry, RECORD_KINDS, type RecordKind } from '../../lib/audit/record.ts';
import { aChain, anEntry, anyEntry } from './examples.ts';

function counted(kind: RecordKind, facts: Entry['facts'] = {}): readonly (readonly [string, number, string?])[] {
  return aChain('experiment', [anEntry('key', { kind, facts })])
    .flatMap(metricsOf)
    .map(({ name, value, code }) => (code === undefined ? [name, value] : [name, value, code]));
}

/** Every kind of record, with what it counts as; a new kind has to be thought about. */
const COUNTED: Readonly<Record<RecordKind, readonly [Entry['facts'], ReturnType<typeof counted>]>> = {
  'plan-drawn': [{ planned: 3, refused: 2 }, []],
  'plan-part': [{}, []],
  planned: [{}, []],
  cancelled: [{}, []],
  restored: [{}, []],
  requested: [{}, []],
  refused: [
    { refusals: [{ code: 'late' }, { code: 'not-opted-in' }, { code: 'not-opted-in' }] },
    [
      ['Refused', 1],
      ['Refused', 1, 'late'],
      ['Refused', 1, 'not-opted-in'],
    ],
  ],
  leashed: [{}, [['Leashed', 1]]],
  started: [{ guards: ['lever'] }, [['Started', 1]]],
  injected: [{ outcome: 'accepted' }, []],
  'took-effect': [{}, []],
  'no-effect': [{}, []],
  violated: [{}, []],
  stopping: [{}, []],
  undone: [{ seconds: 2.5 }, [['UndoSeconds', 2.5]]],
  'undo-failed': [{ attempts: 5 }, [['UndoFailed', 1]]],
  recovered: [{ recoverySeconds: 12 }, [['RecoverySeconds', 12]]],
  healthy: [{ healthySeconds: 20 }, [['HealthySeconds', 20]]],
  swept: [{}, []],
  ended: [{ verdict: 'held', recoverySeconds: 12 }, [['Held', 1]]],
  failed: [{}, [['Failed', 1]]],
  'lever-engaged': [{}, []],
  'lever-released': [{}, []],
  'leash-on': [{}, []],
  'leash-off': [{}, []],
  'claim-released': [{}, []],
  digest: [{ chains: 3 }, []],
};

describe('the metrics of a record', () => {
  it.each(Object.keys(RECORD_KINDS) as RecordKind[])('of kind %s are these', (kind) => {
    const [facts, values] = COUNTED[kind];
    expect(counted(kind, facts)).toEqual(values);
  });

  it.each([
    ['held', 'Held'],
    ['broken', 'Broken'],
    ['aborted', 'Aborted'],
    ['inconclusive', 'Inconclusive'],
  ])('count the verdict %s as %s', (verdict, name) => {
    expect(counted('ended', { verdict })).toEqual([[name, 1]]);
  });

  it('count an experiment as started once, however many targets it has', () => {
    expect(counted('started', { fault: 'stop-task', position: 1, explainedBy: 'run/started/0' })).toEqual([]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '3', null])(
    'count no time when the record says %s seconds',
    (seconds) => {
      const [record] = aChain('experiment', [anEntry('key', { kind: 'undone', facts: {} })]);
      if (record === undefined) throw new Error('a chain of one entry has one record');
      expect(metricsOf({ ...record, facts: { seconds } })).toEqual([]);
    },
  );

  it('are finite, never negative, and carry codes that CloudWatch takes, whatever the facts are', () => {
    const odd = fc.oneof(fc.double(), fc.string(), fc.constant(null), fc.array(fc.jsonValue()));
    const facts = fc.record(
      { guards: odd, refusals: odd, verdict: odd, seconds: odd, recoverySeconds: odd, healthySeconds: odd },
      { requiredKeys: [], noNullPrototype: true },
    );
    fc.assert(
      fc.property(anyEntry, facts, (entry, strange) => {
        // As a record comes out of the table, not as it was hashed into it: JSON has no NaN.
        const [record] = aChain('experiment', [{ ...entry, key: 'key' }]);
        if (record === undefined) throw new Error('a chain of one entry has one record');
        for (const { name, value, code } of metricsOf({ ...record, facts: strange })) {
          expect(METRICS[name].unit).toMatch(/^(Count|Seconds)$/);
          expect(Number.isFinite(value) && value >= 0).toBe(true);
          if (code !== undefined) expect(code).toMatch(/^[a-z-]{1,64}$/);
        }
      }),
    );
  });
});
