import { type Html, html } from './html.ts';

/** A part of the page that the table of contents leads to. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

export function renderSection({ id, title, body }: Section): Html {
  return html`
<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>`;
}

export function renderContents(sections: readonly Section[]): Html {
  return html`
<nav aria-label="Contents"><ul>${sections.map(
    ({ id, title }) => html`
<li><a href="#${id}">${title}</a></li>`,
  )}
</ul></nav>`;
}
