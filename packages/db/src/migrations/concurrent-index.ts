import { type PgClient, type PostgresTarget, withConnection } from '@vatevo/connection';
import pg from 'pg';

/** What a migration does that consists of nothing else but building or dropping an index concurrently. */
export interface ConcurrentIndex {
  readonly work: 'create' | 'drop';
  /** The index's name, in the schema `public`. */
  readonly name: string;
}

const NAME = `(?:"public"\\.|public\\.)?("(?:[^"]|"")+"|[a-z_][\\w$]*)`;
const CREATE = new RegExp(
  `^CREATE\\s+(?:UNIQUE\\s+)?INDEX\\s+CONCURRENTLY\\s+${NAME}\\s+ON\\s+${NAME}[^;.]*;?$`,
  'i',
);
const DROP = new RegExp(`^DROP\\s+INDEX\\s+CONCURRENTLY\\s+${NAME}\\s*;?$`, 'i');

/**
 * Reads a migration as one of these; undefined when it is another, or in doubt.
 *
 * Such a statement runs outside of a transaction, in several steps, and waits
 * between them for transactions that began before it. It holds up nobody
 * meanwhile but other changes of the table's definition. When it fails, an
 * invalid index stays behind, which no query uses.
 */
export function readConcurrentIndex(script: string): ConcurrentIndex | undefined {
  const statement = script.replace(/^\s*--.*$/gm, '').trim();
  for (const [work, pattern] of [['create', CREATE] as const, ['drop', DROP] as const]) {
    const name = pattern.exec(statement)?.[1];
    if (name !== undefined) return { work, name: nameOf(name) };
  }
  return undefined;
}

/** An identifier as the catalog has it. */
function nameOf(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();
}

/**
 * Takes away what a build that failed has left of an index, if anything.
 *
 * @param lockTimeoutMs how long it may wait for each of the transactions that still see the index
 */
export async function dropInvalidIndex(
  target: PostgresTarget,
  name: string,
  lockTimeoutMs: number,
): Promise<void> {
  const drop = async (client: PgClient) => {
    const { rows } = await client.query(
      `SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
       WHERE c.relnamespace = 'public'::regnamespace AND c.relname = $1 AND NOT i.indisvalid`,
      [name],
    );
    if (rows.length === 0) return;
    await client.query(`SET lock_timeout = ${Math.round(lockTimeoutMs)}`);
    await client.query(`DROP INDEX CONCURRENTLY public.${pg.escapeIdentifier(name)}`);
  };
  await withConnection(target, drop, { applicationName: 'vatevo migrations' });
}
