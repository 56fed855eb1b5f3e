import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { ZoneClock } from '../../lib/cli/zone-clock.ts';

const ZONES = ['UTC', 'Europe/London', 'Pacific/Auckland', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu'];

describe('the clock of a zone', () => {
  it.each(ZONES)('shows what Temporal shows, in %s', (zone) => {
    const clock = new ZoneClock(zone);
    const from = Date.parse('1990-01-01');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 * 365 * 86_400 }), (seconds) => {
        const ms = from + seconds * 1000;
        const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
        const date = local.toPlainDate().toString();
        expect(clock.at(ms)).toEqual({ date, minute: local.hour * 60 + local.minute });
      }),
    );
  });
});
