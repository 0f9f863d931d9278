import type { TransferReport } from '@vatevo/transfer';
import { count } from '../format.ts';
import { html } from '../html.ts';
import { dataTable, listTable, MAX_ENTRIES } from '../list.ts';
import type { Section } from '../section.ts';
import { tally } from '../tally.ts';
import { showValue } from '../value.ts';

/** The values that the target cannot hold, by reason and one by one. */
export function refusals({ inspection }: TransferReport): Section {
  const id = 'refused';
  const title = 'Refused values';
  if (inspection === undefined) {
    const body = html`<p>The call that began this run inspected every value before it loaded any, and its report holds what it found.</p>`;
    return { id, title, body };
  }
  const { refusedValues, refusals } = inspection;
  if (refusedValues === 0)
    return {
      id,
      title,
      body: html`<p>None: every value of the source was inspected, and the target can hold each.</p>`,
    };
  const byReason = tally(refusals, ({ table, column, reason }) => [table, column, reason]);
  return {
    id,
    title,
    body: html`
<p>The target cannot hold these values as they are. None of them was changed to make it fit.</p>
${dataTable({
  what: 'refused values by reason',
  headings: ['Table', 'Column', 'Reason', refusals.length < refusedValues ? 'Values listed' : 'Values'],
  numbers: new Set([3]),
  rows: byReason
    .slice(0, MAX_ENTRIES)
    .map(({ label: [table, column, reason], count: values }) => [
      showValue(table),
      showValue(column),
      html`${reason}`,
      html`${count(values)}`,
    ]),
})}
<h3>One by one</h3>
${listTable({
  what: 'refused values',
  headings: ['Table', 'Row', 'Column', 'Reason', 'Value'],
  items: refusals,
  total: refusedValues,
  cells: ({ table, key, column, reason, value }) => [
    showValue(table),
    showValue(key),
    showValue(column),
    html`${reason}`,
    showValue(value),
  ],
})}`,
  };
}
