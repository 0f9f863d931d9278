import { join } from 'node:path';
import Database from 'better-sqlite3';
import { root } from '../root.ts';

/** A real database that the legacy service wrote. */
export const legacySample: string = join(root, 'ops/fixtures/legacy.db');

export interface LegacySchema {
  /** `CREATE TABLE` statements, as the legacy service ran them. */
  readonly tables: readonly string[];
  readonly indexes: readonly string[];
}

/** The legacy DDL, read from the sample so that there is no second copy of it to go stale. */
export function readLegacySchema(): LegacySchema {
  const db = new Database(legacySample, { readonly: true, fileMustExist: true });
  try {
    const of = (type: 'table' | 'index') =>
      db
        .prepare(`SELECT sql FROM sqlite_schema WHERE type = ? AND sql IS NOT NULL ORDER BY rowid`)
        .pluck()
        .all(type) as string[];
    return { tables: of('table'), indexes: of('index') };
  } finally {
    db.close();
  }
}
