import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText, html } from '../../../lib/rehearsal/report/markup.ts';
import { parsePage, textOf } from './parse-page.ts';

describe('markup', () => {
  it('escapes whatever is put into it, in text and in attributes', () => {
    const hostile = `</p><script>alert('1')</script>" onload="x & y`;
    const page = parsePage(html`<!doctype html><p title="${hostile}">${hostile}</p>`.text);
    const paragraph = page.children[0];
    if (paragraph === undefined || typeof paragraph === 'string') throw new Error('There is no paragraph.');
    expect(paragraph.attributes).toEqual({ title: hostile });
    expect(paragraph.children).toEqual([hostile]);
  });

  it('keeps every printable text as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (fact) => {
        const shown = textOf(parsePage(html`<!doctype html><p>${fact}</p>`.text));
        expect(shown).toBe(escapeFree(fact).replace(/\s+/g, ' ').trim());
      }),
    );
  });

  it('replaces what a page cannot carry or what would turn the text around it', () => {
    expect(escapeText('a\u0000b\u001bc\ud800d\u202ee\u2066f')).toBe('a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf');
    expect(escapeText('é 🐒 \n\t漢')).toBe('é 🐒 \n\t漢');
  });

  it('takes markup and lists of it as they are, and leaves holes without a value empty', () => {
    const items = ['<a>', '<b>'].map((name) => html`<li>${name}</li>`);
    expect(html`<ul>${items}</ul>${null}${undefined}${false}${0}`.text).toBe(
      '<ul><li>&lt;a&gt;</li><li>&lt;b&gt;</li></ul>0',
    );
  });
});

// What escaping takes away, taken away by another way: decode what it made.
function escapeFree(fact: string): string {
  return escapeText(fact)
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
