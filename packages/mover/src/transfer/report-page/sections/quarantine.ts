import type { TransferReport } from '@vatevo/transfer';
import { count } from '../format.ts';
import { html } from '../html.ts';
import { dataTable, listTable, MAX_ENTRIES } from '../list.ts';
import type { Section } from '../section.ts';
import { showValue } from '../value.ts';
import { tableName } from './tables.ts';

/** The rows that were set aside, by table, by reason and one by one; undefined when there are none. */
export function quarantine({ quarantine, runId }: TransferReport): Section | undefined {
  if (quarantine === undefined) return undefined;
  const { tables, reasons, listed, rows } = quarantine;
  return {
    id: 'quarantine',
    title: 'Rows in quarantine',
    body: html`
<p>These rows were not loaded: they hold a value that the target cannot, break one of its rules, or belong to a row that does. Each is kept whole, with the storage class and the bytes of every column, in <code>quarantine-${runId}.db</code> beside this page and in the target’s ledger. That store holds whatever secrets the rows held; this page shows none.</p>
${dataTable({
  what: 'rows loaded and in quarantine by table',
  headings: ['Table', 'Rows in the source', 'Loaded', 'In quarantine'],
  numbers: new Set([1, 2, 3]),
  rows: tables.map((table) => [
    tableName(table),
    html`${count(table.sourceRows)}`,
    html`${count(table.loaded)}`,
    html`${count(table.quarantined)}`,
  ]),
})}
<h3>By reason</h3>
${dataTable({
  what: 'rows in quarantine by reason',
  headings: ['Table', 'Column', 'Reason', 'Rows'],
  numbers: new Set([3]),
  rows: reasons
    .slice(0, MAX_ENTRIES)
    .map((entry) => [
      showValue(entry.table),
      showValue(entry.column),
      html`${entry.reason}`,
      html`${count(entry.rows)}`,
    ]),
})}
<h3>One by one</h3>
${listTable({
  what: 'rows in quarantine',
  headings: ['Table', 'Row', 'Reasons'],
  items: listed,
  total: rows,
  cells: ({ table, key, reasons: found }) => [
    showValue(table),
    showValue(key),
    html`${found.map(
      ({ column, reason, value }, i) =>
        html`${i > 0 && html`<br>`}${showValue(column)}: ${reason}: ${showValue(value)}`,
    )}`,
  ],
})}`,
  };
}
