import type { TransferReport } from '@vatevo/transfer';
import { html } from '../html.ts';
import { icon } from '../icon.ts';
import { listTable } from '../list.ts';
import type { Section } from '../section.ts';
import { fedSequences } from '../sequences.ts';
import { showValue } from '../value.ts';

/** What keeps the target sound after the rows are in it: sequences, and what its tables are made of. */
export function structure({ verification, plan }: TransferReport): Section {
  const id = 'structure';
  const title = 'Sequences and structure';
  if (verification === undefined) return { id, title, body: html`<p>This call did not check them.</p>` };
  const behind = new Map(verification.sequencesBehind.map((found) => [found.sequence, found]));
  const sequences = fedSequences(plan);
  return {
    id,
    title,
    body: html`
<h3>Sequences</h3>
${
  sequences.length === 0
    ? html`<p>No transferred column is filled by a sequence.</p>`
    : listTable({
        what: 'sequences',
        headings: ['Sequence', 'Fills', 'Verdict'],
        items: sequences,
        cells: ({ sequence, table, column }) => {
          const fault = behind.get(sequence);
          return [
            showValue(sequence),
            html`${showValue(column)} of ${showValue(table)}`,
            fault
              ? html`<span class="state bad">${icon('bad')} would hand out ${String(fault.next)}, but ${String(fault.highest)} is taken</span>`
              : html`<span class="state good">${icon('good')} ahead of every id that was assigned</span>`,
          ];
        },
      })
}
<h3>Structure</h3>
${
  verification.unfit.length === 0
    ? html`<p>Columns, constraints, indexes and triggers are what they were before the transfer began, and all are in force.</p>`
    : listTable({
        what: 'parts of the structure',
        headings: ['Missing, changed or without effect'],
        items: verification.unfit,
        cells: (item) => [html`<span class="state bad">${icon('bad')}</span> ${showValue(item)}`],
      })
}`,
  };
}
