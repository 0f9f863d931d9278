import type { PgClient } from '@vatevo/connection';
import Database from 'better-sqlite3';
import { quote, quoteTable } from '../../quote.ts';
import type { Model } from '../../tenancy/models.ts';
import type { Fault } from '../fault.ts';

/** A column, or a table as a whole, that the schema marks with `@ignore`: the next release will drop it. */
export interface GivenUp {
  readonly model: Model;
  /** Undefined for all of the table. */
  readonly column?: string;
}

export function givenUp(models: readonly Model[]): GivenUp[] {
  return models.flatMap((model) =>
    model.fields.every(({ isIgnored }) => isIgnored)
      ? [{ model }]
      : model.fields
          .filter(({ isIgnored, isKept }) => isIgnored && !isKept)
          .map(({ column }) => ({ model, column })),
  );
}

export function nameOf({ model, column }: GivenUp): string {
  return column === undefined ? model.table : `${model.table}.${column}`;
}

/** Drops what the schema gives up, as the next release will; what depends on it in the database is a fault. */
export async function dropFromPostgres(client: PgClient, all: readonly GivenUp[]): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const one of all) {
    const table = quoteTable(one.model);
    const [drop, rename] =
      one.column === undefined
        ? [`DROP TABLE ${table}`, `ALTER TABLE ${table} RENAME TO "given up"`]
        : [
            `ALTER TABLE ${table} DROP COLUMN ${quote(one.column)}`,
            `ALTER TABLE ${table} RENAME COLUMN ${quote(one.column)} TO ${quote(`given up ${one.column}`)}`,
          ];
    try {
      await client.query(drop);
    } catch (error) {
      const { message, detail = '' } = error as { message: string; detail?: string };
      faults.push({
        file: 'prisma/postgres/schema.prisma',
        problem: `gives ${nameOf(one)} up (@ignore), and the database still needs it: ${message}`,
        details: detail.split('\n').filter((line) => line !== ''),
        fix: 'Make what depends on it do without, in a migration of this release (pnpm db:migrate --name X --empty). If the column is to stay, and only the client does without it, say so above the field: /// @kept because REASON',
      });
      await client.query(rename);
    }
  }
  return faults;
}

/** Takes away the names of what the schema gives up; SQLite does not drop a column that a key or an index has. */
export function renameInSqlite(file: string, all: readonly GivenUp[]): void {
  const database = new Database(file);
  try {
    for (const { model, column } of all) {
      const table = quote(model.table);
      database.exec(
        column === undefined
          ? `ALTER TABLE ${table} RENAME TO ${quote(`given up ${model.table}`)}`
          : `ALTER TABLE ${table} RENAME COLUMN ${quote(column)} TO ${quote(`given up ${column}`)}`,
      );
    }
  } finally {
    database.close();
  }
}
