import type { TransferReport } from '@vatevo/transfer';
import { count } from '../format.ts';
import { html } from '../html.ts';
import { dataTable, listTable, MAX_ENTRIES } from '../list.ts';
import type { Section } from '../section.ts';
import { tally } from '../tally.ts';
import { showValue } from '../value.ts';

/** The loss ledger: every value that is another in the target than in the source, and why that is right. */
export function alterations({ alterations, verification }: TransferReport): Section {
  const title = 'Replaced values';
  if (alterations.length === 0) {
    const none = verification ? 'None: no rule had to replace a value.' : 'None by this call.';
    return { id: 'replaced', title, body: html`<p>${none}</p>` };
  }
  const byColumn = tally(alterations, ({ table, column, after }) => [table, column, after]);
  return {
    id: 'replaced',
    title,
    body: html`
<p>A rule of the mapping replaced these values, because the target cannot hold what the source had. The verification expects the replacement.</p>
${dataTable({
  what: 'replaced values by column',
  headings: ['Table', 'Column', 'After', 'Values'],
  numbers: new Set([3]),
  rows: byColumn
    .slice(0, MAX_ENTRIES)
    .map(({ label, count: values }) => [...label.map((part) => showValue(part)), html`${count(values)}`]),
})}
<h3>One by one</h3>
${listTable({
  what: 'replaced values',
  headings: ['Table', 'Row', 'Column', 'Before', 'After'],
  items: alterations,
  cells: ({ table, key, column, before, after }) =>
    [table, key, column, before, after].map((text) => showValue(text)),
})}`,
  };
}
