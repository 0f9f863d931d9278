import { readFileRecord } from '@vatevo/cutover-state';
import type Database from 'better-sqlite3';
import { recordsIn } from '../migrations/applied.ts';
import { readWithin } from '../sqlite/read-within.ts';
import { countMigrations } from './count-migrations.ts';
import type { IdentityUse, StateReading } from './types.ts';

/** Prisma's Int, whatever SQLite itself could hold. */
const LIMIT = 2 ** 31 - 1;

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
  return tables.map((table) => ({ table, highest: Number(highest.get(table) ?? 0), limit: LIMIT }));
}
