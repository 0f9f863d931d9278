import { TransferError } from '@vatevo/transfer';
import { bookkeepingTool, quoteName } from '@vatevo/transfer/plan';
import { readSqliteCatalog } from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';
import { OUR_TABLES, PREFIX } from './names.ts';

interface Taken {
  readonly type: 'table' | 'index' | 'trigger' | 'view';
  readonly name: string;
}

/** Names are compared without regard to case, as SQLite compares them. */
const TAKEN = `
  SELECT type, name FROM sqlite_schema
  WHERE lower(name) = '${PREFIX}' OR substr(lower(name), 1, ${PREFIX.length + 1}) = '${PREFIX}_' ORDER BY type, name`;

/**
 * What a move puts into a file must be told from what was there. In a file that takes part in no move yet.
 *
 * @throws TransferError `source-refused` with everything whose name begins as those of a move do
 */
export function refuseTakenNames(file: string, db: Database): void {
  // An earlier move may have left its tables, which are as we make them.
  const ours = readSqliteCatalog(db).filter(
    (table) => OUR_TABLES.includes(table.name) && bookkeepingTool(table) !== undefined,
  );
  const taken = (db.prepare(TAKEN).all() as Taken[]).filter(
    ({ type, name }) => type !== 'table' || !ours.some((table) => table.name === name),
  );
  if (taken.length === 0) return;
  const listed = taken.map(({ type, name }) => `${type} ${name}`).join(', ');
  throw new TransferError(
    'source-refused',
    `${file} has ${listed}, and a live move makes tables and triggers whose names begin with ${PREFIX}: give ${taken.length > 1 ? 'them other names' : 'it another name'} (${remedies(taken)}).`,
    { next: { step: 'transfer-instead' } },
  );
}

function remedies(taken: readonly Taken[]): string {
  const renamed = taken
    .filter(({ type }) => type === 'table')
    .map(({ name }) => `ALTER TABLE ${quoteName(name)} RENAME TO …`);
  const made = taken.filter(({ type }) => type !== 'table').map(({ type }) => `DROP ${type.toUpperCase()}`);
  const again = [...new Set(made)].map((drop) => `${drop}, then ${drop.replace('DROP', 'CREATE')}`);
  return [...renamed, ...again].join('; ');
}
