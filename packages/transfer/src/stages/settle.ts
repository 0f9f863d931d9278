import type { Client } from 'pg';
import { TransferError } from '../errors.ts';
import type { TransferPlan } from '../plan/types.ts';
import { readPutAside, restore } from '../postgres/put-aside.ts';
import { advanceSequences } from '../postgres/sequences.ts';
import type { OnProgress } from '../progress.ts';
import { quoteQualified } from '../quote.ts';

export interface SettleOptions {
  readonly client: Client;
  readonly runId: string;
  readonly plan: TransferPlan;
  /** By target table: the highest id that the source ever gave out, where it remembers (AUTOINCREMENT). */
  readonly givenOut: ReadonlyMap<string, bigint>;
  readonly onProgress?: OnProgress | undefined;
}

/** Restores indexes, keys and foreign keys, moves sequences ahead of the ids, and analyses the tables. */
export async function settle({ client, runId, plan, givenOut, onProgress }: SettleOptions): Promise<void> {
  const entries = await readPutAside(client, runId);
  const steps = entries.length + 2;
  const report = (step: number) => onProgress?.({ stage: 'settle', rows: step, totalRows: steps, bytes: 0 });
  for (const [step, entry] of entries.entries()) {
    report(step);
    try {
      await restore(client, runId, entry);
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      const code = (error as { code?: string }).code ?? '';
      // Class 23: the data breaks the constraint; class 54: a value is too long for the index.
      if (!/^(23|54)/.test(code)) throw error;
      const { detail, message } = error as { detail?: string; message: string };
      throw new TransferError(
        'source-refused',
        `The loaded rows of ${entry.table} break ${entry.name} (${detail ?? message}): mend the source, then start again with --discard-unfinished.`,
        { cause: error },
      );
    }
  }
  report(entries.length);
  await advanceSequences(client, plan, givenOut);
  report(entries.length + 1);
  await client.query(`ANALYZE ${plan.tables.map((table) => quoteQualified(table.target)).join(', ')}`);
  report(steps);
}
