import type { Difference, TransferReport } from '@vatevo/transfer';
import { html } from '../html.ts';
import { listTable } from '../list.ts';
import type { Section } from '../section.ts';
import { showBoth, showValue } from '../value.ts';

const KINDS: Readonly<Record<Difference['kind'], string>> = {
  missing: 'row missing',
  unexpected: 'row added',
  duplicate: 'row doubled',
  changed: 'value changed',
};

/** Rows and values that are not the same; undefined when there are none. */
export function differences({ verification }: TransferReport): Section | undefined {
  if (verification === undefined || verification.differences.length === 0) return undefined;
  return {
    id: 'differences',
    title: 'Differences',
    body: html`
<p>The first ones of each table that is not equal. Values longer than the page shows start shortly before the place where they part.</p>
${listTable({
  what: 'differences',
  headings: ['Table', 'Row', 'Difference', 'Column', 'Expected from the source', 'Found in the target'],
  items: verification.differences,
  cells: (item) => [
    showValue(item.table),
    showValue(item.key),
    html`<span class="state">${KINDS[item.kind]}</span>`,
    ...(item.kind === 'changed'
      ? [showValue(item.column), ...showBoth(item.expected, item.actual)]
      : [html``, html``, html``]),
  ],
})}`,
  };
}
