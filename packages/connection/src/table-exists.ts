import type { ClientBase } from 'pg';

/** @param name with its schema, as SQL writes it */
export async function tableExists(client: ClientBase, name: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT to_regclass('${name}') IS NOT NULL AS found`,
  );
  return rows[0]?.found === true;
}
