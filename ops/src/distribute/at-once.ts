import { isSqlState, type PgClient } from '@vatevo/connection';
import { CommandError, ExitCode } from '@vatevo/shell';
import { inTransaction } from '@vatevo/transfer/postgres';
import { tablesLocked } from './briefly.ts';
import { differing, digestTables, type TableDigest } from './digest.ts';

/** Does `work` while nobody writes, and commits it when the tables hold what they did before. */
export async function atOnce(
  client: PgClient,
  tables: readonly string[],
  timeoutMs: number,
  work: () => Promise<void>,
): Promise<ReadonlyMap<string, TableDigest>> {
  try {
    return await inTransaction(client, 'BEGIN', async () => {
      await client.query(`SET LOCAL lock_timeout = ${timeoutMs}`);
      await client.query("SET LOCAL citus.multi_shard_modify_mode = 'sequential'");
      await client.query(`LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`);
      const before = await digestTables(client, tables);
      await work();
      const after = await digestTables(client, tables);
      const wrong = differing(before, after);
      if (wrong.length === 0) return after;
      throw new CommandError(
        ExitCode.differs,
        `The rows of ${wrong.join(', ')} are not what they were, so nothing was changed.`,
        { remedy: ['Look into the log of every server of the cluster; then run this again.'] },
      );
    });
  } catch (error) {
    if (!isSqlState(error, 'lock_not_available')) throw error;
    throw tablesLocked(error);
  }
}
