import type { Store } from './store.ts';

/** The row by which the processes of a service take turns: none of the operations finds it. */
export const TURNS = -1;

/**
 * Takes the next turn, in the transaction that is open. Whoever comes later waits for its end, and then sees what it wrote:
 * so turns are in the order of commits, on either database, and tell which of several journals has the last word on a row.
 */
export async function takeTurn(store: Store): Promise<number> {
  const [row] = await store.run(
    `UPDATE tenants SET name = CAST(CAST(name AS INTEGER) + 1 AS TEXT) WHERE id = ${TURNS} RETURNING name`,
  );
  return Number(row?.name);
}
