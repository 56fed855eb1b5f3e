import { expect, it } from 'vitest';
import { parameter } from '../../lib/cli/arguments.ts';

const read = (...texts: readonly string[]): Record<string, unknown> =>
  texts.reduce<Record<string, unknown>>((before, text) => parameter(text, before), {});

it('reads parameters of a fault: numbers, true and false as such, everything else as text', () => {
  expect(read('durationSeconds=30', 'share=0.5', 'loud=true', 'zone=eu-west-1a', 'empty=', 'sum=1=1')).toEqual({
    durationSeconds: 30,
    share: 0.5,
    loud: true,
    zone: 'eu-west-1a',
    empty: '',
    sum: '1=1',
  });
});

it('reads parameters of a part under its name', () => {
  expect(read('by=network-latency', 'part.delayMs=200', 'part.jitterMs=10')).toEqual({
    by: 'network-latency',
    part: { delayMs: 200, jitterMs: 10 },
  });
});

it.each([
  [['durationSeconds'], 'write name=value, like durationSeconds=30.'],
  [['=30'], 'write name=value'],
  [['a.b.c=30'], 'write name=value'],
  [['a=1', 'a=2'], 'a is given twice.'],
  [['a.b=1', 'a.b=2'], 'a.b is given twice.'],
  [['a=1', 'a.b=2'], 'a.b is given twice.'],
  [['a.b=1', 'a=2'], 'a is given twice.'],
])('does not read %j', (texts, because) => {
  expect(() => read(...texts)).toThrow(because);
});
