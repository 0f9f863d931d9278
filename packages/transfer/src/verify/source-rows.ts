import type { Database } from 'better-sqlite3';
import { fromRange, sourceExpression } from '../plan/source-sql.ts';
import type { ColumnPlan } from '../plan/types.ts';
import type { RowRange } from '../readers/protocol.ts';
import { LARGE_ROW, type Turn } from '../readers/turn.ts';
import type { Stored } from './canonical.ts';

/** The driver decodes text leniently: U+FFFD may have been written, or stand for bytes that are no UTF-8. */
const REPLACEMENT_CHARACTER = '\uFFFD';

/** Thrown by the quick reading when only the stored bytes can tell what a text is. */
export class NeedsStrictReading extends Error {}

/** Values that a function of SQLite is surely given at once (SQLITE_MAX_FUNCTION_ARG is 127 or more). */
const MOST_VALUES = 100;
/** Types whose values can be large in a file that fits the target. */
const UNBOUNDED = new Set(['text', 'json', 'jsonb', 'bytea']);
const VISIT = 'vatevo_visit_row';
const TAKE_TURN = 'vatevo_take_turn';

type Visit = (row: readonly Stored[]) => void;

interface Visitor {
  visit: Visit;
  turn: Turn | undefined;
}

/** Whom the rows of a connection are handed to just now. */
const visitors = new WeakMap<Database, Visitor>();

/**
 * Hands over the rows of a range, quickly: text as the driver decodes it. They are read through SQLite itself,
 * not from the file's pages as the copy does, so that a fault of that reading cannot hide itself either.
 *
 * @param turn held while a large row is in memory
 * @throws NeedsStrictReading at the first text that may have been decoded with a loss.
 */
export function visitQuickRows(db: Database, range: RowRange, visit: Visit, turn?: Turn): void {
  const { columns } = range.table;
  const values = columns.map((column) => sourceExpression(column));
  if (values.length > MOST_VALUES) {
    for (const row of quickRows(db, range)) visit(row);
    return;
  }
  const visitSound: Visit = (row) => visit(sound(row));
  // SQLite calls for each row: that takes half of what a row costs that is asked for.
  const visitor = visitorOf(db);
  visitor.visit = visitSound;
  visitor.turn = turn;
  try {
    const call = `count(${VISIT}(${[turnTaken(columns), ...values].join(', ')}))`;
    for (const _ of select(db, range, [call]));
  } finally {
    turn?.release();
  }
}

/**
 * The same one after the other, in the order of the rowids, for who may not want all of them.
 *
 * @throws NeedsStrictReading as above
 */
export function* quickRows(db: Database, range: RowRange): IterableIterator<readonly Stored[]> {
  const values = range.table.columns.map((column) => sourceExpression(column));
  for (const row of select(db, range, values)) yield sound(row);
}

function sound(row: readonly Stored[]): readonly Stored[] {
  for (let i = 0; i < row.length; i++) {
    const value = row[i];
    if (typeof value === 'string' && value.includes(REPLACEMENT_CHARACTER)) throw new NeedsStrictReading();
  }
  return row;
}

/** Takes the turn for a large row. SQLite evaluates arguments in their order: none of its values is read yet. */
function turnTaken(columns: readonly ColumnPlan[]): string {
  const sizes = columns
    .filter(({ type }) => UNBOUNDED.has(type.name))
    .map((column) => `coalesce(octet_length(${sourceExpression(column)}), 0)`);
  return sizes.length === 0 ? 'NULL' : `iif(${sizes.join(' + ')} > ${LARGE_ROW}, ${TAKE_TURN}(), NULL)`;
}

function visitorOf(db: Database): Visitor {
  const known = visitors.get(db);
  if (known) return known;
  const visitor: Visitor = { visit: () => undefined, turn: undefined };
  db.function(VISIT, { varargs: true, safeIntegers: true, directOnly: true }, (_, ...row) => {
    try {
      visitor.visit(row as Stored[]);
    } finally {
      visitor.turn?.release();
    }
    return null;
  });
  db.function(TAKE_TURN, { directOnly: true }, () => {
    visitor.turn?.take();
    return null;
  });
  visitors.set(db, visitor);
  return visitor;
}

/** The same rows from their stored bytes: a text that is no UTF-8 is one that no target value can equal. */
export function* strictRows(db: Database, range: RowRange): IterableIterator<readonly Stored[]> {
  const { columns } = range.table;
  const values = columns.flatMap((column) => {
    const value = sourceExpression(column);
    return [`typeof(${value})`, `iif(typeof(${value}) = 'text', CAST(${value} AS BLOB), ${value})`];
  });
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (const row of select(db, range, values)) {
    yield columns.map((_, i) => {
      const stored = row[2 * i + 1] as Stored;
      if (row[2 * i] !== 'text') return stored;
      const bytes = stored as Uint8Array;
      try {
        return decoder.decode(bytes);
      } catch {
        // U+0000 cannot stand in any text of PostgreSQL.
        return `\0bytes:${Buffer.from(bytes).toString('hex')}`;
      }
    });
  }
}

function select(db: Database, range: RowRange, selected: readonly string[]): IterableIterator<Stored[]> {
  const { sql, values } = fromRange(range);
  const statement = db.prepare(`SELECT ${selected.join(', ')} ${sql}`).raw();
  return statement.iterate(...values) as IterableIterator<Stored[]>;
}
