import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../lib/rehearsal/cloud/event-pattern.ts';

const event = {
  source: 'aws.cloudwatch',
  'detail-type': 'CloudWatch Alarm State Change',
  resources: ['arn:one', 'arn:two'],
  detail: {
    alarmName: 'Errors',
    state: { value: 'ALARM' },
    count: 7,
    nothing: null,
    open: true,
    items: [
      { kind: 'a', size: 1 },
      { kind: 'b', size: 2 },
    ],
  },
};

const fits = (pattern: Record<string, unknown>) => compilePattern(pattern)(event);
const detail = (inner: Record<string, unknown>) => fits({ detail: inner });

describe('an event pattern', () => {
  it('fits when every field of it has one of its values', () => {
    expect(fits({ source: ['aws.ecs', 'aws.cloudwatch'], detail: { state: { value: ['ALARM'] } } })).toBe(true);
    expect(fits({ source: ['aws.ecs'], detail: { state: { value: ['ALARM'] } } })).toBe(false);
    expect(fits({ source: ['aws.cloudwatch'], detail: { state: { value: ['OK'] } } })).toBe(false);
    expect(detail({ missing: { deeper: ['x'] } })).toBe(false);
  });

  it('tells text, numbers, truth values and null apart', () => {
    expect(detail({ count: [7], open: [true], nothing: [null] })).toBe(true);
    expect(detail({ count: ['7'] })).toBe(false);
    expect(detail({ missing: [null] })).toBe(false);
  });

  it('takes one fitting value of a list, and one object of a list as a whole', () => {
    expect(fits({ resources: ['arn:two'] })).toBe(true);
    expect(fits({ resources: ['arn:three'] })).toBe(false);
    expect(detail({ items: { kind: ['b'], size: [2] } })).toBe(true);
    expect(detail({ items: { kind: ['a'], size: [2] } })).toBe(false);
  });

  it.each<[string, object, boolean]>([
    ['prefix', { prefix: 'Err' }, true],
    ['prefix', { prefix: 'rr' }, false],
    ['suffix', { suffix: 'ors' }, true],
    ['suffix', { suffix: 'or' }, false],
    ['equals-ignore-case', { 'equals-ignore-case': 'eRRORS' }, true],
    ['anything-but', { 'anything-but': 'Errors' }, false],
    ['anything-but of a list', { 'anything-but': ['Latency', 'Errors'] }, false],
    ['anything-but', { 'anything-but': ['Latency'] }, true],
    ['anything-but of a prefix', { 'anything-but': { prefix: 'Err' } }, false],
    ['anything-but of a prefix', { 'anything-but': { prefix: 'Lat' } }, true],
    ['exists', { exists: true }, true],
    ['exists', { exists: false }, false],
  ])('has the operator %s: %j', (_, operator, expected) => {
    expect(detail({ alarmName: [operator] })).toBe(expected);
  });

  it('compares numbers, and only numbers', () => {
    expect(detail({ count: [{ numeric: ['>', 6, '<=', 7] }] })).toBe(true);
    expect(detail({ count: [{ numeric: ['>', 7] }] })).toBe(false);
    expect(detail({ count: [{ numeric: ['=', 7] }] })).toBe(true);
    expect(detail({ alarmName: [{ numeric: ['>=', 0] }] })).toBe(false);
  });

  it('knows what is not there', () => {
    expect(detail({ missing: [{ exists: false }] })).toBe(true);
    expect(detail({ missing: { deeper: [{ exists: false }] } })).toBe(true);
    expect(detail({ missing: [{ 'anything-but': 'x' }] })).toBe(false);
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ detail: { a: [{ wildcard: '*' }] } }, /^the event pattern\.detail\.a: wildcard is not built/],
    [{ detail: { a: [{ cidr: '10.0.0.0/8' }] } }, /cidr is not built/],
    [{ $or: [{ source: ['a'] }] }, /\$or is not built/],
    [{ source: [{ prefix: { 'equals-ignore-case': 'a' } }] }, /prefix is built for text only/],
    [{ source: [{ 'anything-but': { suffix: 'a' } }] }, /built for values and for prefix only/],
    [{ source: [{ numeric: ['~', 3] }] }, /must be a list such as/],
    [{ source: 'aws.ecs' }, /must be an object or a list/],
    [{ source: [] }, /must be an object or a list/],
    [{}, /is empty/],
    [{ source: ['x'.repeat(2_100)] }, /longer than 2048/],
  ])('%j is refused with its place', (pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(message);
  });
});
