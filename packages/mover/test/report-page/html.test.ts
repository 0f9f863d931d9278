import { describe, expect, it } from 'vitest';
import { html, trusted } from '../../src/transfer/report-page/html.ts';

describe('the html template', () => {
  it('escapes text for elements and for attributes', () => {
    const text = `<b> & "quotes" 'too'`;
    expect(String(html`<p title="${text}">${text}</p>`)).toBe(
      '<p title="&lt;b&gt; &amp; &quot;quotes&quot; &#39;too&#39;">&lt;b&gt; &amp; &quot;quotes&quot; &#39;too&#39;</p>',
    );
  });

  it('takes markup of its own as it is, lists in order, and nothing for what is left out', () => {
    const items = ['a', '<'].map((item) => html`<li>${item}</li>`);
    expect(String(html`<ul>${items}${undefined}${false}</ul>${0}`)).toBe('<ul><li>a</li><li>&lt;</li></ul>0');
    expect(String(html`${trusted('<hr>')}`)).toBe('<hr>');
  });

  it.each([
    ['\0', '\\u0000'],
    ['\n', '\\n'],
    ['\u202e', '\\u202e'],
    ['\u200b', '\\u200b'],
    ['\ufeff', '\\ufeff'],
    ['\u2028', '\\u2028'],
    ['\ud800', '\\ud800'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\u0085', '\\u0085'],
  ])('names the character %j, which cannot be seen', (character, name) => {
    const around = html`a${character}b`;
    expect(String(around)).toBe(`a${name}b`);
  });

  it('keeps letters of every script, and emoji', () => {
    const text = 'Größe — 会社 شركة 🧾';
    expect(String(html`${text}`)).toBe(text);
  });
});
