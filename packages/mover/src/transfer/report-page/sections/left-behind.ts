import type { TransferReport } from '@vatevo/transfer';
import { html } from '../html.ts';
import { listTable } from '../list.ts';
import type { Section } from '../section.ts';
import { showValue } from '../value.ts';

/** What the source has and the target was not meant to get. */
export function leftBehind({ plan }: TransferReport): Section {
  const { leftBehind: items, bookkeeping = [] } = plan;
  return {
    id: 'left-behind',
    title: 'Left behind on purpose',
    body: html`${
      items.length === 0
        ? html`<p>Nothing: every table and column of the source's data was transferred.</p>`
        : html`
<p>The mapping or the operator named these tables and columns of the source as not to be transferred. They are still in the source file.</p>
${listTable({ what: 'tables and columns', headings: ['In the source'], items, cells: (item) => [showValue(item)] })}`
    }${
      bookkeeping.length === 0
        ? ''
        : html`
<p>These tables hold no data: tools keep them about the source file itself.</p>
${listTable({ what: 'tables', headings: ['In the source', 'Kept by'], items: bookkeeping, cells: ({ table, tool }) => [showValue(table), showValue(tool)] })}`
    }`,
  };
}
