import type { LocalPostgres } from '@vatevo/local-postgres';
import pg from 'pg';

/** The rows that one statement gives, on a connection of its own. */
export async function ask(server: LocalPostgres, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.url(), ssl: false });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
