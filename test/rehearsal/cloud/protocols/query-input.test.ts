import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  foldForm,
  queryBoolean,
  queryList,
  queryNumber,
} from '../../../../lib/rehearsal/cloud/protocols/query-input.ts';

const fold = (form: string) => foldForm(new URLSearchParams(form));

describe('a form', () => {
  it('is folded into lists and structures, in the order of the numbers', () => {
    const form =
      'Names.member.2=b&Names.member.1=a&Filters.member.1.Name=tag%3Aa.b&Filters.member.1.Values.member.1=x&MaxRecords=5';
    expect(fold(form)).toEqual({
      Names: ['a', 'b'],
      Filters: [{ Name: 'tag:a.b', Values: ['x'] }],
      MaxRecords: '5',
    });
    const ten = Array.from({ length: 11 }, (_, n) => `Names.member.${n + 1}=${n}`).join('&');
    expect(fold(ten)).toEqual({ Names: Array.from({ length: 11 }, (_, n) => String(n)) });
  });

  it.each([
    ['Names.member.2=b', 'The list Names.member lacks its number 1.'],
    ['Names.member.1=a&Names.member.x=b', 'The list Names.member lacks its number 2.'],
    ['A=1&A=2', 'The parameter A is given twice.'],
    ['A=1&A.B=2', 'The parameter A is both a value and a structure.'],
    ['A.member=1&A.member.1=2', 'The parameter A.member is both a value and a list.'],
  ])('%s is refused', (form, message) => {
    expect(() => fold(form)).toThrow(message);
  });

  it('cannot reach a prototype', () => {
    const folded = fold('__proto__.polluted=1&constructor=2');
    expect(Object.hasOwn(folded, '__proto__')).toBe(true);
    expect(Object.keys(folded)).toEqual(['__proto__', 'constructor']);
    expect({}).not.toHaveProperty('polluted');
  });
});

it('text becomes numbers, truth values and empty lists, and nothing else does', () => {
  expect(queryNumber.parse('-7')).toBe(-7);
  expect(queryNumber.safeParse('1.5').success).toBe(false);
  expect(queryNumber.safeParse('').success).toBe(false);
  expect(queryBoolean.parse('false')).toBe(false);
  expect(queryBoolean.safeParse('yes').success).toBe(false);
  expect(queryList(z.string()).parse('')).toEqual([]);
  expect(queryList(queryNumber).parse(['1', '2'])).toEqual([1, 2]);
  expect(queryList(z.string()).safeParse('a').success).toBe(false);
});
