import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase, testServerUrl } from '@vatevo/local-postgres/vitest';
import { ReaderThreads, type TransferMapping } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import pg from 'pg';
import { type MoveOptions, status } from '../../src/index.ts';

/** Whether the suites that try every point run, too. */
export const LONG = process.env.VATEVO_TEST_LONG === '1';

/** One test after the other reads with them. */
const threads = new ReaderThreads();

/** Called before every statement that a move sends to PostgreSQL. @param cut ends the connection that it is sent on */
export type Between = (sql: string, cut: () => void) => void | Promise<void>;

export interface BenchOptions {
  readonly mapping?: TransferMapping;
  readonly format?: 'legacy' | 'own';
}

/** A SQLite file, a PostgreSQL database, a writer of the file, and a move between them. */
export interface Bench {
  readonly folder: string;
  readonly file: string;
  readonly url: string;
  /** A connection that stays open the whole time, as a service's does. */
  readonly writer: Database.Database;
  options(between?: Between, more?: Partial<MoveOptions>): MoveOptions;
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  states(): Promise<string>;
  /**
   * Copies PostgreSQL as it is, as an asynchronous standby does. @returns what promotes the copy: it takes the place of
   * the one that was copied, which is lost
   */
  follow(): Promise<() => Promise<void>>;
  drop(): Promise<void>;
}

export async function makeBench(
  sqliteSql: string,
  postgresSql: string,
  { mapping = {}, format = 'own' }: BenchOptions = {},
): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-cutover-'));
  const file = join(folder, 'source.db');
  const writer = new Database(file, { timeout: 20_000 });
  // What a crash of the machine would lose is not what is tried here.
  writer.pragma('synchronous = OFF');
  writer.exec(sqliteSql);
  const database = await testDatabase();
  const connect = async (between?: Between) => {
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query(`SET TIME ZONE 'UTC'`);
    if (between) interpose(client, between);
    return client;
  };
  let client = await connect();
  await client.query(postgresSql);
  const options: Bench['options'] = (between, more = {}) => ({
    source: file,
    connect: () => connect(between),
    mapping,
    format,
    threads,
    ...more,
  });
  return {
    folder,
    file,
    url: database.url,
    writer,
    options,
    query: async <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) =>
      (await client.query<Row>(sql, values)).rows,
    states: async () => {
      const found = await status(options());
      return `${found.file} ${found.server}`;
    },
    follow: async () => {
      // No database is copied that somebody is connected to.
      await client.end();
      const name = new URL(database.url).pathname.slice(1);
      await administer(`CREATE DATABASE ${name}_standby TEMPLATE ${name}`);
      client = await connect();
      return async () => {
        await client.end();
        await administer(
          `DROP DATABASE ${name} WITH (FORCE)`,
          `ALTER DATABASE ${name}_standby RENAME TO ${name}`,
        );
        client = await connect();
      };
    },
    drop: async () => {
      if (writer.open) writer.close();
      await client.end();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function administer(...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: await testServerUrl() });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function interpose(client: pg.Client, between: Between): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  client.query = ((...args: unknown[]) => {
    const [first] = args as [string | { text?: string; cursor?: { text?: string } } | undefined];
    const sql = typeof first === 'string' ? first : (first?.text ?? first?.cursor?.text ?? '');
    const waited = between(sql, () => client.connection.stream.destroy());
    // A COPY is sent at once; whatever waits for a promise is a plain statement.
    if (waited === undefined || typeof (first as { submit?: unknown })?.submit === 'function')
      return query(...args);
    return waited.then(() => query(...args));
  }) as typeof client.query;
}

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** Every value of every table of a file, those of ours left out. */
export function rowsOf(db: Database.Database, tables: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(
    tables.map((table) => {
      const columns = db
        .prepare(`SELECT name FROM pragma_table_xinfo(?) ORDER BY name`)
        .pluck()
        .all(table) as string[];
      const printed = columns.map((name) => `CAST(${quote(name)} AS TEXT)`).join(', ');
      const rows = db
        .prepare(`SELECT ${printed} FROM ${quote(table)}`)
        .raw()
        .all();
      return [table, rows.map((row) => JSON.stringify(row)).sort()];
    }),
  );
}

/** The tables of PostgreSQL. */
export async function tablesIn(bench: Bench): Promise<string[]> {
  const rows = await bench.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** Every value of every table of PostgreSQL. */
export async function rowsIn(bench: Bench, tables: readonly string[]): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const table of tables) {
    const columns = await bench.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname COLLATE "C"`,
      [quote(table)],
    );
    const list = columns.map(({ name }) => `${quote(name)}::text`).join(', ');
    const rows = await bench.query<{ row: string[] }>(`SELECT ARRAY[${list}] AS row FROM ${quote(table)}`);
    found[table] = rows.map(({ row }) => JSON.stringify(row)).sort();
  }
  return found;
}

/** What `.dump` would say: every line of the schema, every value with its type, what AUTOINCREMENT remembers. */
export function dump(db: Database.Database): string[] {
  const schema = db
    .prepare(`SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name`)
    .all() as { type: string; name: string }[];
  return schema.flatMap((item) => {
    if (item.type !== 'table' || item.name.startsWith('sqlite_stat')) return [JSON.stringify(item)];
    const columns = db.prepare(`SELECT name FROM pragma_table_xinfo(?)`).pluck().all(item.name) as string[];
    const values = columns.map((name) => `quote(${quote(name)})`).join(` || ',' || `);
    const rows = db
      .prepare(`SELECT ${values} FROM ${quote(item.name)}`)
      .pluck()
      .all() as string[];
    return [JSON.stringify(item), ...rows.map((row) => `${item.name} ${row}`).sort()];
  });
}

/** Whether a name of ours is anywhere in the bytes of a file or of what lies beside it. */
export function hasTraces(file: string): boolean {
  return ['', '-wal', '-journal'].some(
    (suffix) => existsSync(file + suffix) && readFileSync(file + suffix).includes('vatevo_cutover'),
  );
}

/** A second file that the same statements are applied to, without any move. */
export function twinOf(bench: Bench): Database.Database {
  const file = join(bench.folder, 'twin.db');
  copyFileSync(bench.file, file);
  if (existsSync(`${bench.file}-wal`)) copyFileSync(`${bench.file}-wal`, `${file}-wal`);
  const twin = new Database(file);
  twin.pragma('synchronous = OFF');
  return twin;
}

/** What a move may have changed in PostgreSQL beside rows. */
export async function shapeOf(bench: Bench): Promise<Record<string, unknown>> {
  return {
    indexes: await bench.query(`SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`),
    constraints: await bench.query(
      `SELECT conrelid::regclass::text AS of, conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`,
    ),
    sequences: await bench.query(
      `SELECT sequencename, last_value::text FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1`,
    ),
    triggers: await bench.query(
      `SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal`,
    ),
  };
}
