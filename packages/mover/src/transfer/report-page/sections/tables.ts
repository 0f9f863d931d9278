import type { TransferReport, VerifiedTable } from '@vatevo/transfer';
import { count } from '../format.ts';
import { type Html, html } from '../html.ts';
import { icon } from '../icon.ts';
import { dataTable } from '../list.ts';
import type { Section } from '../section.ts';
import { showValue } from '../value.ts';

/** Rows and digests of both sides, table by table. */
export function tables({ verification, inspection }: TransferReport): Section {
  if (verification) return section(verified(verification.tables));
  if (inspection === undefined) return section(html`<p>This call looked into no table.</p>`);
  const rows = inspection.tables.map((table) => [tableName(table), html`${count(table.rows)}`]);
  return section(html`
<p>No row was loaded, so there is only one side to count.</p>
${dataTable({ what: 'rows in the source', headings: ['Table', 'Rows in the source'], rows, numbers: new Set([1]) })}`);
}

function section(body: Html): Section {
  return { id: 'tables', title: 'Table by table', body };
}

function verified(tables: readonly VerifiedTable[]): Html {
  return html`
<p>A digest stands for every value of a table: both sides compute it on their own, and it is the same exactly when they hold the same rows.</p>
${dataTable({
  what: 'rows and digests',
  headings: ['Table', 'Rows in the source', 'Rows in the target', 'Digests', 'Verdict'],
  numbers: new Set([1, 2]),
  rows: tables.map((table) => [
    tableName(table),
    html`${count(table.sourceRows)}`,
    html`${count(table.targetRows)}`,
    html`<dl class="digests"><dt>source</dt><dd><code>${table.sourceDigest}</code></dd><dt>target</dt><dd><code>${table.targetDigest}</code></dd></dl>`,
    table.equal
      ? html`<span class="state good">${icon('good')} equal</span>`
      : html`<span class="state bad">${icon('bad')} differs</span>`,
  ]),
})}`;
}

/** The target's name, and the source's where it has another. */
export function tableName({ source, target }: { readonly source: string; readonly target: string }): Html {
  if (source === target) return showValue(target);
  return html`${showValue(target)} <small>from ${showValue(source)}</small>`;
}
