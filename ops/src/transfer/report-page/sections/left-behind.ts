import type { TransferReport } from '@vatevo/transfer';
import { html } from '../html.ts';
import { listTable } from '../list.ts';
import type { Section } from '../section.ts';
import { showValue } from '../value.ts';

/** What the source has and the target was not meant to get. */
export function leftBehind({ plan }: TransferReport): Section {
  const { leftBehind: items } = plan;
  return {
    id: 'left-behind',
    title: 'Left behind on purpose',
    body:
      items.length === 0
        ? html`<p>Nothing: every table and column of the source was transferred.</p>`
        : html`
<p>The mapping or the operator named these tables and columns of the source as not to be transferred. They are still in the source file.</p>
${listTable({ what: 'tables and columns', headings: ['In the source'], items, cells: (item) => [showValue(item)] })}`,
  };
}
