/*
 * What a cutover leaves in a database for everybody to see. @vatevo/cutover puts it there and stands above this
 * package, so the names are said again here, and nowhere else.
 */

/** How the message of every write that a fence refuses begins, on both databases. */
export const FENCE_MARK = 'vatevo_cutover_fence:';

/** The record of a database: this table in a SQLite file, the last line of table `move` of this schema in PostgreSQL. */
export const RECORD = 'vatevo_cutover';

/** The states that a record tells: first those of a SQLite file, then those that only PostgreSQL has. */
export const CUTOVER_STATES = [
  'open',
  'capturing',
  'fenced',
  'left',
  'claimed',
  'moving',
  'aborting',
  'serving',
  'returned',
  'closed',
] as const;
