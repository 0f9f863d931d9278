import { readFileRecord } from '@vatevo/cutover-state';
import type Database from 'better-sqlite3';
import type { StoredFields } from '../exact/fields.ts';
import { MAX_ID, MAX_TENANT_ID } from '../exact/ids.ts';
import { COLUMNS, TABLES } from '../generated/columns.ts';
import { recordsIn } from '../migrations/applied.ts';
import { readWithin } from '../sqlite/read-within.ts';
import { countMigrations } from './count-migrations.ts';
import type { IdentityUse, StateReading } from './types.ts';

type Model = keyof typeof COLUMNS;

/** The tables whose ids are Int to the client, whatever SQLite itself could hold. */
const NARROW: ReadonlySet<string> = new Set(
  (Object.keys(COLUMNS) as Model[]).flatMap((model) => {
    const fields: StoredFields = COLUMNS[model];
    return fields.id?.type === 'Int' ? [TABLES[model]] : [];
  }),
);

const limitOf = (table: string) => (NARROW.has(table) ? MAX_TENANT_ID : MAX_ID);

export async function readSqliteState(file: string, timeoutMs: number): Promise<StateReading> {
  const asked = await readWithin(file, timeoutMs, (database) => ({
    records: recordsIn(database),
    cutover: readFileRecord(database)?.state ?? null,
    identities: identitiesIn(database),
  }));
  if (!asked.ok) return asked;
  const { records, cutover, identities } = asked.answer;
  const migrations = await countMigrations('sqlite', records);
  return { ok: true, state: { migrations, transfers: {}, cutover, identities }, latencyMs: asked.latencyMs };
}

/** SQLite keeps the highest id ever assigned where AUTOINCREMENT is used, once there was one. */
function identitiesIn(database: Database.Database): IdentityUse[] {
  const tables = database
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%' ORDER BY name`,
    )
    .pluck()
    .all() as string[];
  if (tables.length === 0) return [];
  const highest = database.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck();
  return tables.map((table) => ({ table, highest: Number(highest.get(table) ?? 0), limit: limitOf(table) }));
}
