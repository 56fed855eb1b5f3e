import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alarmNameSchema, MOST_ALARMS, parseAlarms } from '../../lib/core/alarm.ts';

describe('names of alarms in a tag', () => {
  it.each([
    ['errors', ['errors']],
    ['errors latency', ['errors', 'latency']],
    ['  errors \t latency  ', ['errors', 'latency']],
    ['errors latency errors', ['errors', 'latency']],
    ['shop/checkout:5xx@eu+west=1_a.b-c', ['shop/checkout:5xx@eu+west=1_a.b-c']],
  ])('are read from %j', (text, value) => {
    expect(parseAlarms(text)).toEqual({ ok: true, value });
  });

  it.each(['', ' ', '\t '])('are missing in %j', (text) => {
    expect(parseAlarms(text)).toEqual({
      ok: false,
      problem: 'it is empty; write names of alarms with a space between, or take it away',
    });
  });

  it('are as many as are watched at the most, one that stands there twice counted once', () => {
    const names = Array.from({ length: MOST_ALARMS + 1 }, (_, index) => `a${index}`);
    const most = names.slice(1);
    expect(parseAlarms(most.join(' '))).toEqual({ ok: true, value: most });
    expect(parseAlarms([...most, 'a1'].join(' ')).ok).toBe(true);
    expect(parseAlarms(names.join(' '))).toEqual({
      ok: false,
      problem: 'it names 21 alarms; at most 20 are watched',
    });
  });

  it('come back as they were written, each once and in order', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9+\-=._:/@]{1,12}$/);
    const names = fc.uniqueArray(name, { minLength: 1, maxLength: MOST_ALARMS });
    fc.assert(
      fc.property(names, (all) => {
        expect(parseAlarms(all.join(' '))).toEqual({ ok: true, value: all });
      }),
    );
  });
});

describe('the name of an alarm', () => {
  it('has 1 to 255 characters', () => {
    const isName = (text: string): boolean => alarmNameSchema.safeParse(text).success;
    expect([isName(''), isName('x'), isName('x'.repeat(255)), isName('x'.repeat(256))]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
