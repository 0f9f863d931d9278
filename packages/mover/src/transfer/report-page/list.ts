import { count } from './format.ts';
import { type Html, html } from './html.ts';

/** Entries of a list that the page holds at the most: it must stay a page that a browser opens at once. */
export const MAX_ENTRIES = 2_000;

/** Lists longer than this are folded. */
const MAX_UNFOLDED = 25;

export interface List<Item> {
  /** What the entries are, in the plural: `replaced values`. */
  readonly what: string;
  readonly headings: readonly string[];
  readonly items: readonly Item[];
  /** When more were counted than listed. */
  readonly total?: number;
  /** The cells of an entry's line. */
  readonly cells: (item: Item) => readonly Html[];
}

/** A list as a table; long ones are folded, very long ones end with a pointer to the JSON report. */
export function listTable<Item>({ what, headings, items, total = items.length, cells }: List<Item>): Html {
  const shown = items.slice(0, MAX_ENTRIES);
  const table = dataTable({ what, headings, rows: shown.map(cells) });
  if (total <= MAX_UNFOLDED) return table;
  if (shown.length === total)
    return html`<details><summary>All ${count(total)} ${what}</summary>${table}</details>`;
  const where = items.length === total ? 'lists them all' : `lists ${count(items.length)}`;
  return html`
<details><summary>The first ${count(shown.length)} of ${count(total)} ${what}</summary>${table}</details>
<p class="note">The JSON report beside this page ${where}.</p>`;
}

interface DataTable {
  /** Read out by screen readers. */
  readonly what: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly Html[])[];
  /** Columns, counted from 0, that hold numbers. */
  readonly numbers?: ReadonlySet<number>;
}

/** A table whose first column names each row; it scrolls in its own box where the page is narrow. */
export function dataTable({ what, headings, rows, numbers = new Set() }: DataTable): Html {
  const kind = (column: number) => numbers.has(column) && html` class="number"`;
  return html`
<div class="scroll" role="region" aria-label="Table of ${what}" tabindex="0">
<table class="data">
<thead><tr>${headings.map((heading, i) => html`<th scope="col"${kind(i)}>${heading}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first, ...rest]) => html`
<tr><th scope="row">${first}</th>${rest.map((cell, i) => html`<td${kind(i + 1)}>${cell}</td>`)}</tr>`,
  )}
</tbody>
</table>
</div>`;
}
