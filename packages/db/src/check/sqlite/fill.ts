import { checksOf, foldName, readTableSql, significantTokens } from '@vatevo/sqlite-sql';
import type Database from 'better-sqlite3';
import { quote } from '../../quote.ts';

/** Rows that are tried before a table counts as one that cannot be filled by its rules. */
const MAX_TRIES = 20_000;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  /** Whether it may not repeat, alone or together with others. */
  readonly isUnique: boolean;
  readonly isChecked: boolean;
  /** Values to try, the plainest first. */
  readonly candidates: readonly unknown[];
}

interface ForeignKey {
  readonly parent: string;
  readonly columns: readonly string[];
  readonly to: readonly (string | null)[];
}

/**
 * Fills tables with rows that differ in everything that the schema allows: every literal of the CHECKs (and so
 * every value of an enum), NULL wherever it may be, texts that a number's affinity would change, large numbers,
 * blobs; and ids of which some were assigned and deleted again.
 *
 * Rows are tried one by one and kept when SQLite takes them. Where no row can be found that the CHECKs of a
 * table let in, they are ignored for its rows.
 *
 * @param only the tables to fill, folded; all when omitted
 */
export function fillDatabase(database: Database.Database, only?: ReadonlySet<string>): void {
  const tables = (
    database
      .prepare(
        `SELECT name, sql FROM sqlite_schema WHERE type = 'table'
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_prisma_migrations' AND sql NOT LIKE 'CREATE VIRTUAL%'`,
      )
      .all() as { name: string; sql: string }[]
  ).filter(({ name }) => only?.has(foldName(name)) ?? true);
  for (const { name, sql } of parentsFirst(database, tables)) fillTable(database, name, sql);
  removeOrphans(database);
  forgetHighestIds(database);
}

function parentsFirst<Table extends { name: string }>(
  database: Database.Database,
  tables: readonly Table[],
): Table[] {
  const sorted: Table[] = [];
  const seen = new Set<string>();
  const visit = (table: Table) => {
    if (seen.has(foldName(table.name))) return;
    seen.add(foldName(table.name));
    for (const { parent } of foreignKeysOf(database, table.name)) {
      const found = tables.find(({ name }) => foldName(name) === foldName(parent));
      if (found) visit(found);
    }
    sorted.push(table);
  };
  tables.forEach(visit);
  return sorted;
}

function fillTable(database: Database.Database, table: string, sql: string): void {
  const columns = columnsOf(database, table, sql);
  if (columns.length === 0) return;
  const insert = database.prepare(
    `INSERT INTO ${quote(table)} (${columns.map(({ name }) => quote(name)).join(', ')})
     VALUES (${columns.map(() => '?').join(', ')})`,
  );
  const foreignKeys = foreignKeysOf(database, table);
  let serial = 0;
  /** Why SQLite does not take a row; undefined when it has taken it. */
  const attempt = (values: readonly unknown[]): string | undefined => {
    serial++;
    let refusal: string | undefined;
    // As it is first: what is unique may also be one of a list of values.
    for (const row of [
      values,
      varied(values, columns, serial, true),
      varied(values, columns, serial, false),
    ]) {
      try {
        insert.run([...withParents(database, foreignKeys, columns, row, serial)]);
        return undefined;
      } catch (error) {
        const { message } = error as Error;
        if (!refusal?.startsWith('CHECK')) refusal = message;
      }
    }
    return refusal;
  };
  const base = findBase(columns, sql, attempt) ?? ignoringChecks(database, columns, attempt);
  if (!base) return;
  columns.forEach((column, at) => {
    for (const candidate of [null, ...column.candidates]) attempt(base.with(at, candidate));
  });
  attempt(columns.map(({ isRequired }, at) => (isRequired ? base[at] : null)));
}

/** A first row: one that every CHECK lets in, found by changing the columns of the CHECK that does not. */
function findBase(
  columns: readonly Column[],
  sql: string,
  attempt: (values: readonly unknown[]) => string | undefined,
): readonly unknown[] | undefined {
  const checks = checksOf(readTableSql(sql));
  const values = columns.map(({ candidates }) => candidates[0]);
  let tries = 0;
  const settle = (fixed: readonly unknown[], open: readonly string[]): readonly unknown[] | undefined => {
    const refusal = tries++ < MAX_TRIES ? attempt(fixed) : '';
    if (refusal === undefined) return fixed;
    const failed = /^CHECK constraint failed: (.*)$/s.exec(refusal)?.[1];
    if (failed === undefined) return undefined;
    const check = checks.find(({ name, sql: text }) => name === failed || text.includes(failed));
    if (!check || open.includes(check.expression)) return undefined;
    const involved = columns.flatMap(({ name }, at) => (check.words.has(foldName(name)) ? [at] : []));
    for (const combination of combinations(involved.map((at) => columns[at]?.candidates ?? []))) {
      if (tries > MAX_TRIES) return undefined;
      const changed = [...fixed];
      for (const [index, at] of involved.entries()) changed[at] = combination[index];
      const settled = settle(changed, [...open, check.expression]);
      if (settled) return settled;
    }
    return undefined;
  };
  return settle(values, []);
}

function ignoringChecks(
  database: Database.Database,
  columns: readonly Column[],
  attempt: (values: readonly unknown[]) => string | undefined,
): readonly unknown[] | undefined {
  // It stays so: the migration has to be able to copy these rows.
  database.pragma('ignore_check_constraints = ON');
  const values = columns.map(({ candidates }) => candidates[0]);
  return attempt(values) === undefined ? values : undefined;
}

function* combinations(lists: readonly (readonly unknown[])[]): Generator<unknown[]> {
  const [first, ...rest] = lists;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const value of [...first, null]) for (const others of combinations(rest)) yield [value, ...others];
}

function columnsOf(database: Database.Database, table: string, sql: string): Column[] {
  const described = database.prepare('SELECT * FROM pragma_table_xinfo(?)').all(table) as {
    name: string;
    type: string;
    notnull: number;
    pk: number;
    hidden: number;
  }[];
  const unique = uniqueColumns(database, table);
  const literals = new Map<string, unknown[]>();
  for (const check of checksOf(readTableSql(sql))) {
    const found = literalsIn(check.sql);
    for (const word of check.words) literals.set(word, [...(literals.get(word) ?? []), ...found]);
  }
  return described
    .filter(({ hidden }) => hidden === 0)
    .map(({ name, type, notnull, pk }) => ({
      name,
      type: type.toUpperCase(),
      isRequired: notnull === 1 || pk > 0,
      isUnique: pk > 0 || unique.has(name),
      isChecked: literals.has(foldName(name)),
      candidates: plainestFirst(type.toUpperCase(), [
        ...(literals.get(foldName(name)) ?? []),
        ...valuesFor(type.toUpperCase()),
      ]),
    }));
}

function uniqueColumns(database: Database.Database, table: string): Set<string> {
  const names = database
    .prepare(
      `SELECT c.name FROM pragma_index_list(?) AS i JOIN pragma_index_info(i.name) AS c WHERE i."unique" = 1`,
    )
    .pluck()
    .all(table) as string[];
  return new Set(names);
}

/** The literals of a CHECK; a number also stands for a text of that length, as `length(x) = 64` wants it. */
function literalsIn(check: string): unknown[] {
  return significantTokens(check).flatMap(({ kind, value }): unknown[] => {
    if (kind === 'string') return [value];
    if (kind !== 'number' || !/^\d+$/.test(value)) return [];
    const number = BigInt(value);
    const texts = number <= 10_000n ? ['a'.repeat(Number(number)), '0'.repeat(Number(number))] : [];
    return [...texts, number, number - 1n, number + 1n, number + 2n];
  });
}

const TEXTS = ['a', '', '007', '1e3', '100.00', 'Ünïcödé 😀', "it's", '2025-01-15T10:30:00.123456Z'];

/** A table that is STRICT takes nothing but numbers where numbers are declared. */
function plainestFirst(type: string, values: readonly unknown[]): unknown[] {
  const distinct = [...new Set(values)];
  if (!/INT|REAL|NUM|FLOA|DOUB/.test(type)) return distinct;
  const numbers = distinct.filter((value) => typeof value !== 'string');
  return [...numbers, ...distinct.filter((value) => typeof value === 'string')];
}

/** Values for a column, by the affinity of its declared type (https://sqlite.org/datatype3.html). */
function valuesFor(type: string): unknown[] {
  if (/BOOL/.test(type)) return [1n, 0n];
  if (/INT/.test(type)) return [1n, 0n, -1n, 2n ** 53n + 1n];
  if (/DATE|TIME/.test(type))
    return ['2025-01-15T10:30:00.123456Z', '1969-12-31T23:59:59.999999Z', 1736937000123n];
  if (/JSON/.test(type)) return ['{"a":1.0}', '[]', '9007199254740993'];
  if (/CHAR|CLOB|TEXT/.test(type))
    return /DECIMAL/.test(type) ? ['100.00', '-0.10', '12345678901234567890.100'] : TEXTS;
  if (/BLOB/.test(type) || type === '') return [Buffer.from([0, 255]), 'a', 1n];
  return [1.5, -1n, 0n, 1e300];
}

/** The row with other values in columns where none may be repeated; or only in those that no CHECK is on. */
function varied(
  values: readonly unknown[],
  columns: readonly Column[],
  serial: number,
  onlyFree: boolean,
): unknown[] {
  return values.map((value, at) => {
    const column = columns[at];
    if (!column?.isUnique || (onlyFree && column.isChecked)) return value;
    if (typeof value === 'bigint') return BigInt(serial) + 1_000n;
    if (typeof value !== 'string') return value;
    // Same length, same alphabet: what a CHECK may ask of it is likely still so.
    const tail = serial.toString(16);
    return value.length > tail.length ? value.slice(0, -tail.length) + tail : `${value}${tail}`;
  });
}

function foreignKeysOf(database: Database.Database, table: string): ForeignKey[] {
  const rows = database
    .prepare(
      'SELECT id, "table" AS parent, "from" AS source, "to" AS target FROM pragma_foreign_key_list(?) ORDER BY id, seq',
    )
    .all(table) as { id: number; parent: string; source: string; target: string | null }[];
  return [...new Set(rows.map(({ id }) => id))].map((id) => {
    const own = rows.filter((row) => row.id === id);
    return {
      parent: own[0]?.parent ?? '',
      columns: own.map(({ source }) => source),
      to: own.map(({ target }) => target),
    };
  });
}

/** Puts the keys of rows that exist where the row refers to others, unless NULL stands there. */
function withParents(
  database: Database.Database,
  foreignKeys: readonly ForeignKey[],
  columns: readonly Column[],
  values: readonly unknown[],
  serial: number,
): unknown[] {
  const row = [...values];
  for (const { parent, columns: own, to } of foreignKeys) {
    const places = own.map((name) => columns.findIndex((column) => foldName(column.name) === foldName(name)));
    if (places.some((at) => at < 0 || row[at] === null)) continue;
    const keys = to.every((name) => name !== null) ? to : keyOf(database, parent);
    if (keys.length !== places.length) continue;
    const list = keys.map((name) => quote(name ?? '')).join(', ');
    try {
      const rows = database
        .prepare(`SELECT ${list} FROM ${quote(parent)} LIMIT 20`)
        .raw()
        .safeIntegers()
        .all();
      const found = rows[serial % Math.max(1, rows.length)] as unknown[] | undefined;
      for (const [index, at] of places.entries()) if (found) row[at] = found[index];
    } catch {
      // A parent that is not there: the orphan is removed later on.
    }
  }
  return row;
}

function keyOf(database: Database.Database, table: string): string[] {
  return database
    .prepare('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk')
    .pluck()
    .all(table) as string[];
}

function removeOrphans(database: Database.Database): void {
  for (;;) {
    const orphans = database.pragma('foreign_key_check') as { table: string; rowid: number | null }[];
    if (orphans.length === 0) return;
    let removed = 0;
    for (const { table, rowid } of orphans) {
      const where = rowid === null ? '' : ` WHERE rowid = ${rowid}`;
      removed += database.prepare(`DELETE FROM ${quote(table)}${where}`).run().changes;
    }
    if (removed === 0) return;
  }
}

/** Ids were assigned whose rows are gone. */
function forgetHighestIds(database: Database.Database): void {
  if (database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'`).get() === undefined)
    return;
  database.exec('UPDATE sqlite_sequence SET seq = seq + 1000');
}
