import { type Html, html } from './html.ts';

/** How something turned out. `note` is neither good nor bad, but should be read. */
export type Mark = 'good' | 'note' | 'bad' | 'open';

const SHAPES: Readonly<Record<Mark, Html>> = {
  good: html`<path d="M5.5 10.5l3 3 6-7"/>`,
  note: html`<path d="M10 9.5v4.5M10 6v.2"/>`,
  bad: html`<path d="M6.5 6.5l7 7m0-7l-7 7"/>`,
  open: html`<path d="M6 10h8"/>`,
};

/** A picture beside the words that say the same, so it is hidden from screen readers. */
export function icon(mark: Mark): Html {
  return html`<svg class="icon ${mark}" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false"><circle cx="10" cy="10" r="9"/>${SHAPES[mark]}</svg>`;
}
