import type { PgClient } from '@vatevo/connection';
import type { Run } from '../exact/runner.ts';

/** Statements on one connection, outside of any pool. */
export function runOn(client: PgClient): Run {
  return async (text, values) => {
    const { rows } = await client.query<unknown[]>({ text, values: [...values], rowMode: 'array' });
    return rows;
  };
}
