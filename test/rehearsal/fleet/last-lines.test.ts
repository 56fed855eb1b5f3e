import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LastLines } from '../../../lib/rehearsal/fleet/last-lines.ts';

describe('the last lines of a program', () => {
  test('are whole lines wherever the stream was cut, even inside a character', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-zä€]{1,9}$/), { maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        (words, size) => {
          const lines = new LastLines(20);
          const bytes = Buffer.from(words.map((word) => `${word}\n`).join(''));
          for (let at = 0; at < bytes.length; at += size) lines.add('out', bytes.subarray(at, at + size));
          expect(lines.all()).toEqual(words.slice(-20));
        },
      ),
    );
  });

  test('hold an unfinished line and keep two streams apart', () => {
    const lines = new LastLines(3);
    lines.add('out', Buffer.from('one\ntw'));
    lines.add('err', Buffer.from('oh\r\n\n'));
    lines.add('out', Buffer.from('o'));
    expect(lines.all()).toEqual(['one', 'oh', 'two']);
  });

  test('are cut at 400 characters, so that a program without line ends fills no memory', () => {
    const lines = new LastLines(3);
    for (let chunk = 0; chunk < 100; chunk += 1) lines.add('out', Buffer.from('x'.repeat(1000)));
    expect(lines.all()).toEqual(['x'.repeat(400)]);
  });
});
