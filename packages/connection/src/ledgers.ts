/**
 * Schemas of PostgreSQL in which we keep what we know of our own work, and no rows of anybody's. That of a live move is
 * named in cutover-state, as a table of a file has the same name.
 */
export const LEDGERS = {
  transfer: 'vatevo_transfer',
  distribution: 'vatevo_distribution',
  failover: 'vatevo_failover',
} as const;

/** All runs of transfers into a database. */
export const TRANSFER_RUNS = `${LEDGERS.transfer}.run`;
