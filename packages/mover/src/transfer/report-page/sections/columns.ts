import type { ColumnPlan, InspectedTable, StorageCensus, TablePlan, TransferReport } from '@vatevo/transfer';
import { count, plural } from '../format.ts';
import { type Html, html } from '../html.ts';
import { icon } from '../icon.ts';
import { dataTable } from '../list.ts';
import type { Section } from '../section.ts';
import { showValue } from '../value.ts';
import { tableName } from './tables.ts';

const CLASSES = ['null', 'integer', 'real', 'text', 'blob'] as const satisfies (keyof StorageCensus)[];
const NUMBERS = new Set([4, 5, 6, 7, 8]);

/** Where every column's values came from, by which rule, and how the source stored them. */
export function columns({ plan, inspection }: TransferReport): Section {
  const inspected = new Map(inspection?.tables.map((table) => [table.target, table]));
  return {
    id: 'columns',
    title: 'Column by column',
    body: html`
<p>SQLite lets any value lie in any column, so the values of each were counted by the storage class that they really have.${
      inspection === undefined &&
      ' The count was made by the call that began this run, and this call did not repeat it.'
    }</p>
${plan.tables.map((table) => tableColumns(table, inspected.get(table.target.name)))}`,
  };
}

function tableColumns(table: TablePlan, inspected: InspectedTable | undefined): Html {
  const headings = ['Column', 'Type', 'Taken from', 'Remarks'];
  return html`
<details>
<summary>${tableName({ source: table.source, target: table.target.name })} · ${plural(table.columns.length, 'column')}</summary>
${dataTable({
  what: `columns of ${table.target.name}`,
  headings: inspected ? [...headings, ...CLASSES.map((name) => name.toUpperCase())] : headings,
  numbers: NUMBERS,
  rows: table.columns.map((column) => [
    showValue(column.target),
    html`${column.type.sql}${column.notNull && html` <small>NOT NULL</small>`}`,
    origin(column),
    html`${[...rules(column), ...mixture(inspected?.census[column.target])].map(
      (remark, i) => html`${i > 0 && html`<br>`}${remark}`,
    )}`,
    ...(inspected ? census(inspected.census[column.target]) : []),
  ]),
})}
</details>`;
}

function origin({ from, generated }: ColumnPlan): Html {
  if (generated) return html`computed by the server`;
  if ('column' in from) return showValue(from.column);
  const { column, table, key, value } = from.through;
  return html`${showValue(value)} of ${showValue(table)}, whose ${showValue(key)} is this row’s ${showValue(column)}`;
}

function rules({ derive, whenNull, numericTimes, zone, secret, generated }: ColumnPlan): Html[] {
  const found: Html[] = [];
  if (derive?.kind === 'sha256-hex') found.push(html`SHA-256 of the text, in hex`);
  if (derive?.kind === 'prefix') {
    found.push(html`first characters: at most ${derive.most}, and at most one in ${derive.oneIn}`);
  }
  if (whenNull !== undefined) found.push(html`NULL becomes ${showValue(String(whenNull))}`);
  if (numericTimes !== undefined) found.push(html`numbers are ${numericTimes.replace('-', ' ')}`);
  if (zone !== undefined) found.push(html`date-times that name no zone are in ${zone}`);
  if (generated) found.push(html`compared, not copied`);
  if (secret) found.push(html`secret: its values are never shown`);
  return found;
}

/** A column with values of more than one class is one in which nobody enforced a type. */
function mixture(counts: StorageCensus | undefined): Html[] {
  const used = CLASSES.filter((name) => name !== 'null' && (counts?.[name] ?? 0) > 0);
  return used.length > 1 ? [html`<span class="state note">${icon('note')} mixed storage</span>`] : [];
}

function census(counts: StorageCensus | undefined): Html[] {
  return CLASSES.map((name) => {
    const value = counts?.[name];
    if (value === undefined) return html`<span class="none">–</span>`;
    return value === 0 ? html`<span class="none">0</span>` : html`${count(value)}`;
  });
}
