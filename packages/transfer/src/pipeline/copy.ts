import type { NextStep } from '../errors.ts';
import { type OnProgress, ProgressMeter } from '../progress.ts';
import type { PlannedTable, SourceView } from '../source/source.ts';
import type { Target } from '../target/target.ts';

export interface CopyOptions<Connection> {
  readonly view: SourceView;
  readonly target: Target<Connection>;
  readonly runId: string;
  readonly tables: readonly PlannedTable[];
  /** What else is stored with the rows, in the transaction that loads them. */
  readonly also?: ((connection: Connection) => Promise<void>) | undefined;
  /** What to do about a row that breaks a rule of the target, beside fixing it; undefined where the same call goes on. */
  readonly next?: NextStep | undefined;
  readonly onProgress?: OnProgress | undefined;
}

export interface CopyTotals {
  readonly rows: number;
  /** Of COPY data. */
  readonly bytes: number;
}

/**
 * Loads what the ledger lacks side by side; rows are committed together with their line in the ledger, or not at all.
 *
 * From a source that is written to, each range comes as it is when its turn comes: what comes out is no state that the
 * source was ever in. It becomes one when the changes since the start are applied (apply.ts): a row that was read too
 * early, too late, twice or not at all was changed meanwhile, so the change log names it.
 */
export async function copy<Connection>(options: CopyOptions<Connection>): Promise<CopyTotals> {
  const { view, target, runId, tables } = options;
  const done = await target.ledger.readRanges(runId);
  const total = (of: readonly { readonly rows: number }[]) => of.reduce((sum, { rows }) => sum + rows, 0);
  const meter = new ProgressMeter('copy', total(tables.map(({ extent }) => extent)), options.onProgress, {
    rows: total(done),
    bytes: 0,
  });
  const totals = { rows: 0, bytes: 0 };
  await view.runAll(view.cut(tables, done), async (range, reader, slot) => {
    for await (const batch of reader.encode(range, meter.add)) {
      const { bounds, behind } = batch;
      const again = () => reader.encode({ ...range, bounds, ...(behind && { behind }) }, () => undefined);
      const loaded = await target.loader.load(slot, range.table, batch, { ...options, again });
      totals.rows += loaded.rows;
      totals.bytes += loaded.bytes;
    }
  });
  return totals;
}
