import { FENCE_MARK } from '@vatevo/cutover-state';
import Database from 'better-sqlite3';
import pg from 'pg';

/** The shapes of our tables that the writer knows: the legacy file's, and our own on either database. */
export type Shape = 'legacy' | 'own';

/** Where a database is that the writer may be told to use. */
export type Place =
  | { readonly kind: 'sqlite'; readonly file: string; readonly shape: Shape; readonly isNext?: boolean }
  | { readonly kind: 'postgres'; readonly url: string; readonly isNext?: boolean };

/** A database as the writer sees it: statements with `?` for values, and transactions that are all or nothing. */
export interface Store {
  readonly shape: Shape;
  readonly isSqlite: boolean;
  run(sql: string, ...values: (string | number)[]): Promise<Row[]>;
  /** Does the work in one transaction; within another one, in that. */
  atOnce<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

export type Row = Record<string, unknown>;

export function isFenced(error: unknown): boolean {
  return String((error as Error).message).includes(FENCE_MARK);
}

/** A rule of the schema said no, e.g. REPLACE would have removed a tenant that has invoices: nothing was written. */
export function breaksRule(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code);
  return code.startsWith('SQLITE_CONSTRAINT') || code.startsWith('23');
}

export async function openStore(place: Place): Promise<Store> {
  const store = await (place.kind === 'sqlite'
    ? openSqlite(place.file, place.shape)
    : openPostgres(place.url));
  let isOpen = false;
  return {
    ...store,
    atOnce: async (work) => {
      if (isOpen) return work();
      await store.run(store.isSqlite ? 'BEGIN IMMEDIATE' : 'BEGIN');
      isOpen = true;
      try {
        const result = await work();
        await store.run('COMMIT');
        return result;
      } catch (error) {
        await store.run('ROLLBACK');
        throw error;
      } finally {
        isOpen = false;
      }
    },
  };
}

/** Milliseconds that a write waits for others. How long it may take is measured elsewhere: here nothing may be lost. */
const LOCK_TIMEOUT = 30_000;

type Statements = Omit<Store, 'atOnce'>;

function openSqlite(file: string, shape: Shape): Statements {
  const db = new Database(file, { fileMustExist: true, timeout: LOCK_TIMEOUT });
  return {
    shape,
    isSqlite: true,
    run: async (sql, ...values) => {
      const statement = db.prepare(sql);
      if (statement.reader) return statement.all(...values) as Row[];
      statement.run(...values);
      return [];
    },
    close: async () => void db.close(),
  };
}

async function openPostgres(connectionString: string): Promise<Statements> {
  const client = new pg.Client({ connectionString, ssl: false });
  await client.connect();
  return {
    shape: 'own',
    isSqlite: false,
    run: async (sql, ...values) => {
      let n = 0;
      return (
        await client.query<Row>(
          sql.replace(/\?/g, () => `$${++n}`),
          values,
        )
      ).rows;
    },
    close: () => client.end(),
  };
}
