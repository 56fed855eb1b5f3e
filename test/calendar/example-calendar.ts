/** An iCalendar of one event of a whole day, the release day of 2030-06-04, with one more line such as its rule. */
export const releaseDay = (line: string): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//test//EN',
    'BEGIN:VEVENT',
    'UID:release-day',
    'DTSTAMP:20260101T000000Z',
    'DTSTART;VALUE=DATE:20300604',
    'SUMMARY:release day',
    line,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');
