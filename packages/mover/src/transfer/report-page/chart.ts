import { count } from './format.ts';
import { type Html, html } from './html.ts';

export interface Bar {
  readonly label: Html;
  readonly value: number;
  /** The value for people, with its unit. */
  readonly text: string;
}

export interface Chart {
  readonly title: string;
  /** What the labels are and what the bars measure: the headings of the table that the chart is. */
  readonly headings: readonly [string, string];
  readonly bars: readonly Bar[];
}

/** Bars that a chart shows at the most. */
const MAX_BARS = 12;

/** A bar too short to be seen would look like zero. */
const SHORTEST = 0.6;

/**
 * A bar chart that is a table: each bar is a picture beside its label and its value, so that labels of any
 * length wrap, screen readers read the numbers, and nothing is said by length alone.
 */
export function barChart({ title, headings, bars }: Chart): Html {
  const shown = bars.slice(0, MAX_BARS);
  const longest = Math.max(...shown.map(({ value }) => value));
  return html`
<figure class="chart">
<figcaption>${title}</figcaption>
<table>
<colgroup><col class="label"><col><col class="amount"></colgroup>
<thead class="quiet"><tr><th scope="col"><span class="unseen">${headings[0]}</span></th><td></td><th scope="col"><span class="unseen">${headings[1]}</span></th></tr></thead>
<tbody>${shown.map(
    ({ label, value, text }) => html`
<tr><th scope="row">${label}</th><td>${picture(value, longest)}</td><td class="number">${text}</td></tr>`,
  )}
</tbody>
</table>
${bars.length > shown.length && html`<p class="note">${count(bars.length - shown.length)} smaller ones are not drawn.</p>`}
</figure>`;
}

function picture(value: number, longest: number): Html {
  const width = value > 0 ? Math.max(SHORTEST, (100 * value) / longest) : 0;
  return html`<svg class="bar" width="100%" height="12" aria-hidden="true" focusable="false"><rect class="track" width="100%" height="12" rx="3"/><rect class="fill" width="${width.toFixed(2)}%" height="12" rx="3"/></svg>`;
}
