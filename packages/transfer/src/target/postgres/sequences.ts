import type { ClientBase } from 'pg';
import type { ColumnPlan, TablePlan, TransferPlan } from '../../plan/types.ts';
import { quoteName, quoteQualified, quoteText } from '../../quote.ts';
import type { SequenceBehind } from '../target.ts';

interface Fed {
  readonly table: TablePlan;
  readonly column: ColumnPlan;
  readonly sequence: string;
}

function fedColumns(plan: TransferPlan): Fed[] {
  return plan.tables.flatMap((table) =>
    table.columns.flatMap((column) => (column.sequence ? { table, column, sequence: column.sequence } : [])),
  );
}

/** Sets each sequence behind the highest id that is stored or was ever assigned. Never moves one back. */
export async function advanceSequences(
  client: ClientBase,
  plan: TransferPlan,
  highWaterMarks: ReadonlyMap<string, bigint>,
): Promise<void> {
  for (const fed of fedColumns(plan)) {
    const highest = await highestId(client, fed, highWaterMarks);
    const next = await nextValue(client, fed.sequence);
    if (highest >= next)
      await client.query('SELECT setval($1::text::regclass, $2::bigint, true)', [
        fed.sequence,
        String(highest),
      ]);
  }
}

export async function sequencesBehind(
  client: ClientBase,
  plan: TransferPlan,
  highWaterMarks: ReadonlyMap<string, bigint>,
): Promise<SequenceBehind[]> {
  const behind: SequenceBehind[] = [];
  for (const fed of fedColumns(plan)) {
    const highest = await highestId(client, fed, highWaterMarks);
    const next = await nextValue(client, fed.sequence);
    if (next <= highest) {
      behind.push({
        table: fed.table.target.name,
        column: fed.column.target,
        sequence: fed.sequence,
        next,
        highest,
      });
    }
  }
  return behind;
}

async function highestId(
  client: ClientBase,
  { table, column }: Fed,
  highWaterMarks: ReadonlyMap<string, bigint>,
): Promise<bigint> {
  const { rows } = await client.query<{ highest: string | null }>(
    `SELECT max(${quoteName(column.target)})::text AS highest FROM ${quoteQualified(table.target)}`,
  );
  const stored = BigInt(rows[0]?.highest ?? 0);
  const given = highWaterMarks.get(table.target.name) ?? 0n;
  return stored > given ? stored : given;
}

/** What nextval would return. */
async function nextValue(client: ClientBase, sequence: string): Promise<bigint> {
  const { rows } = await client.query<{ next: string }>(
    `SELECT (CASE WHEN s.is_called THEN s.last_value + p.seqincrement ELSE s.last_value END)::text AS next
     FROM ${sequence} s, pg_sequence p WHERE p.seqrelid = ${quoteText(sequence)}::regclass`,
  );
  return BigInt((rows[0] as { next: string }).next);
}
