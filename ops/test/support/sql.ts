import { Client } from 'pg';

/** Runs statements on a connection of their own, and gives the last one's rows. */
export async function sql<Row extends object = Record<string, unknown>>(
  url: string,
  ...statements: string[]
): Promise<Row[]> {
  return withClient(url, async (client) => {
    let rows: Row[] = [];
    for (const statement of statements) rows = (await client.query<Row>(statement)).rows;
    return rows;
  });
}

/** Lends a connection. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, ssl: false });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The same server with another role, password or database. */
export function variant(
  url: string,
  change: { user?: string; password?: string; database?: string },
): string {
  const result = new URL(url);
  if (change.user !== undefined) result.username = encodeURIComponent(change.user);
  if (change.password !== undefined) result.password = encodeURIComponent(change.password);
  if (change.database !== undefined) result.pathname = `/${encodeURIComponent(change.database)}`;
  return result.href;
}
