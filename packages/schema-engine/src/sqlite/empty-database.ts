import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';

/**
 * Triggers and views first; a virtual table before the ordinary tables that it
 * is made of, which it takes along. Tables of SQLite's own cannot be dropped.
 */
const OBJECTS = `
  SELECT type, name FROM sqlite_master
  WHERE type IN ('view', 'trigger', 'table') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
  ORDER BY CASE
    WHEN type = 'trigger' THEN 1
    WHEN type = 'view' THEN 2
    WHEN sql LIKE 'CREATE VIRTUAL%' THEN 3
    ELSE 4 END`;

/** Drops everything that a SQLite file holds. */
export async function emptyDatabase(adapter: SqlDriverAdapter): Promise<void> {
  const { rows } = await adapter.queryRaw({ sql: OBJECTS, args: [], argTypes: [] });
  const drops = rows.map(
    ([type, name]) => `DROP ${String(type).toUpperCase()} IF EXISTS "${String(name).replaceAll('"', '""')}";`,
  );
  // `foreign_keys` cannot be changed inside a transaction.
  await adapter.executeScript(`PRAGMA foreign_keys = OFF; BEGIN; ${drops.join(' ')} COMMIT;`);
  await adapter.executeScript('VACUUM');
}
