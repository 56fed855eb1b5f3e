import { readFileSync } from 'node:fs';
import ICAL from 'ical.js';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { datesOfRule, readRule } from '../../lib/calendar/recurrence.ts';

const reference = z
  .object({ recurrences: z.array(z.array(z.string())) })
  .parse(JSON.parse(readFileSync(new URL('reference/recurrences.json', import.meta.url), 'utf8'))).recurrences;

const jcalOf = (rule: string): unknown => ICAL.parse.property(`RRULE:${rule}`)[3];

const dates = (rule: string, start: string, last = '2100-01-01'): string[] =>
  [...datesOfRule(readRule(jcalOf(rule)), Temporal.PlainDate.from(start), Temporal.PlainDate.from(last))].map(String);

/** dateutil counts BYSETPOS of the first week from the start, RFC 5545 (3.3.10) from the week's own begin. */
const countsFirstWeekFromStart = (rule: string): boolean => /FREQ=WEEKLY.*BYSETPOS/.test(rule);

describe('the dates of a rule', () => {
  it('are those of python-dateutil, for hundreds of rules made at random', () => {
    const compared = reference.filter(([rule = '']) => !countsFirstWeekFromStart(rule));
    expect(compared.length).toBeGreaterThan(500);
    for (const [rule = '', start = '', ...others] of compared) {
      expect([rule, ...dates(`${rule};COUNT=6`, start)]).toEqual([rule, start, ...others]);
    }
  });

  it('count BYSETPOS from the begin of the week', () => {
    // The second and the last but one of Monday 16th, Friday 20th and Sunday 22nd is Friday.
    expect(dates('FREQ=WEEKLY;BYDAY=FR,SU,MO;BYSETPOS=2,-2;COUNT=3', '2027-08-20')).toEqual([
      '2027-08-20',
      '2027-08-27',
      '2027-09-03',
    ]);
  });

  it('include the start even if the rule would not choose it, and count it', () => {
    expect(dates('FREQ=WEEKLY;BYDAY=MO;COUNT=3', '2026-12-24')).toEqual(['2026-12-24', '2026-12-28', '2027-01-04']);
  });

  it('end when nothing can ever be chosen', () => {
    // ical.js's own iterator does not come back from this.
    expect(dates('FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5', '2026-01-01')).toEqual(['2026-01-01']);
    expect(() => dates('FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5', '1600-01-01')).toThrow('starts too long ago');
  });

  it('stop at the last date that is asked for', () => {
    expect(dates('FREQ=MONTHLY;COUNT=100', '2026-01-31', '2026-05-31')).toEqual([
      '2026-01-31',
      '2026-03-31',
      '2026-05-31',
    ]);
  });
});

describe('a rule', () => {
  it.each([
    ['FREQ=HOURLY;COUNT=3', 'DAILY, WEEKLY, MONTHLY or YEARLY'],
    ['COUNT=3', 'DAILY, WEEKLY, MONTHLY or YEARLY'],
    ['FREQ=DAILY;COUNT=3;UNTIL=20261224', 'both COUNT and UNTIL'],
    ['FREQ=DAILY;COUNT=0', 'COUNT out of range'],
    ['FREQ=DAILY;COUNT=3;BYHOUR=9', 'uses BYHOUR'],
    ['FREQ=YEARLY;COUNT=3;BYWEEKNO=20', 'uses BYWEEKNO'],
    ['FREQ=YEARLY;COUNT=3;RSCALE=CHINESE', 'uses RSCALE'],
    ['FREQ=MONTHLY;COUNT=3;BYMONTHDAY=0', 'BYMONTHDAY out of range'],
    ['FREQ=DAILY;COUNT=3;INTERVAL=99999999999', 'INTERVAL out of range'],
    ['FREQ=WEEKLY;COUNT=3;BYDAY=2MO', 'numbers its BYDAY'],
    ['FREQ=WEEKLY;COUNT=3;BYMONTHDAY=3', 'which WEEKLY does not allow'],
    ['FREQ=MONTHLY;COUNT=3;BYYEARDAY=3', 'which only YEARLY allows'],
    ['FREQ=MONTHLY;COUNT=3;BYSETPOS=1', 'BYSETPOS without another'],
  ])('of %s is refused', (rule, problem) => {
    expect(() => readRule(jcalOf(rule))).toThrow(problem);
  });
});
