import { setImmediate } from 'node:timers/promises';
import { TransferError } from '@vatevo/transfer';
import { quoteName, sourceColumns, type TablePlan, type TransferPlan } from '@vatevo/transfer/plan';
import { isChanged, readSqliteCatalog } from '@vatevo/transfer/sqlite';
import type { Database } from 'better-sqlite3';
import type { FileLedger } from '../file/ledger.ts';
import { OUR_TABLES } from '../file/names.ts';
import type { Move } from '../move.ts';

/** Lines of the change log that are looked through in one read of the file. */
const LINES_AT_ONCE = 2_000n;

/** What PostgreSQL has no place for, and what was empty when the move was planned. */
interface Unplaced {
  readonly table: string;
  /** Undefined where the whole table has no place. */
  readonly of: { readonly plan: TablePlan; readonly columns: readonly string[] } | undefined;
}

/**
 * Values that are written during a move into columns and tables that had none when it was planned, and for which PostgreSQL
 * has no place: what it would have been refused for at the start.
 *
 * Which rows were written since, the file's change log tells; columns of the others stay as empty as they were.
 */
export class LateValues {
  readonly #file: FileLedger;
  readonly #unplaced: readonly Unplaced[];
  /** Of the change log: up to here there are none. */
  #place = 0n;

  constructor(file: FileLedger, plan: TransferPlan) {
    this.#file = file;
    this.#unplaced = file.reading((db) => findUnplaced(db, plan));
  }

  /** Looks at the rows that were written since the last look, in short reads. @throws TransferError `source-refused` */
  async refuse(): Promise<void> {
    if (this.#unplaced.length === 0) return;
    for (let end = this.#file.logEnd().seq; ; ) {
      const upTo = this.#place + LINES_AT_ONCE < end ? this.#place + LINES_AT_ONCE : end;
      this.#file.reading((db) => this.#look(db, upTo));
      if (upTo === end) return;
      await setImmediate();
      end = this.#file.logEnd().seq;
    }
  }

  #look(db: Database, upTo: bigint): void {
    for (const { table, of } of this.#unplaced) {
      const name = quoteName(table);
      if (of === undefined) {
        if (db.prepare(`SELECT 1 FROM ${name} LIMIT 1`).get() !== undefined) throw late(`table ${table}`);
        continue;
      }
      const changed = isChanged(of.plan, { after: this.#place, upTo });
      for (const column of of.columns) {
        const held = `SELECT 1 FROM ${name} t WHERE t.${quoteName(column)} IS NOT NULL AND ${changed} LIMIT 1`;
        if (db.prepare(held).get() !== undefined) throw late(`${table}.${column}`);
      }
    }
    this.#place = upTo;
  }
}

/** The same for all rows, once the change log has begun: what came before that is in no log. */
export function refuseUnplacedValues(
  { source, file }: Pick<Move, 'source' | 'file'>,
  plan: TransferPlan,
): void {
  const unplaced = file.reading((db) => findUnplaced(db, plan));
  if (unplaced.length === 0) return;
  source.look(({ holdsData }) => {
    for (const { table, of } of unplaced) {
      if (of === undefined && holdsData(table)) throw late(`table ${table}`);
      for (const column of of?.columns ?? []) if (holdsData(table, column)) throw late(`${table}.${column}`);
    }
  });
}

function findUnplaced(db: Database, plan: TransferPlan): Unplaced[] {
  const known = new Set([
    ...OUR_TABLES,
    ...plan.leftBehind,
    ...(plan.bookkeeping ?? []).map(({ table }) => table),
  ]);
  return readSqliteCatalog(db).flatMap(({ name: table, columns, virtual }): Unplaced[] => {
    if (virtual || known.has(table)) return [];
    const planned = plan.tables.find(({ source }) => source === table);
    if (planned === undefined) return [{ table, of: undefined }];
    const placed = sourceColumns(planned.columns);
    const others = columns
      .map(({ name }) => name)
      .filter((name) => !placed.has(name) && !known.has(`${table}.${name}`));
    return others.length === 0 ? [] : [{ table, of: { plan: planned, columns: others } }];
  });
}

function late(what: string): TransferError {
  return new TransferError(
    'source-refused',
    `${what} was empty when the move was planned and is not any more, and PostgreSQL has no place for it.`,
    { next: { step: 'abort-and-start' } },
  );
}
