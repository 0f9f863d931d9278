import { isSqlStateOf } from '@vatevo/connection';
import {
  type CatalogEntry,
  notOfExtension,
  OUR_SCHEMAS,
  readCatalogEntries,
} from '@vatevo/connection/catalog';
import { CommandError, ExitCode } from '@vatevo/shell';
import type { ClientBase } from 'pg';
import { compareTables } from '../compare-tables.ts';
import type { PostgresManifest, SequenceEntry, TableEntry } from '../manifest.ts';
import { SESSION } from './connection.ts';

/** What makes two PostgreSQL databases equal. */
export type Content = Pick<PostgresManifest, 'tables' | 'sequences' | 'catalog'>;

/** Lists the tables of a database that hold rows, by name; in a transaction with {@link SESSION}. */
export async function listTables(client: ClientBase): Promise<string[]> {
  return names(client, `'r'`);
}

/** The same of the sequences. */
export async function listSequences(client: ClientBase): Promise<string[]> {
  return names(client, `'S'`);
}

async function names(client: ClientBase, kind: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind = ${kind} AND c.relpersistence <> 't' AND ${OUR_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')} ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** Reads all of a database in the transaction that the client is in, and leaves it with {@link SESSION}. */
export async function readContent(client: ClientBase): Promise<Content> {
  const catalog = await readCatalog(client);
  // Before the rows: a sequence may run ahead of what was stored, never behind it.
  const sequences: SequenceEntry[] = [];
  for (const name of await listSequences(client)) {
    sequences.push(await readSequence(client, name));
  }
  const tables: TableEntry[] = [];
  for (const name of await listTables(client)) {
    tables.push(
      await digestTable(client, name).catch((error: unknown) => Promise.reject(tooLarge(error, name))),
    );
  }
  return { tables, sequences, catalog };
}

async function readCatalog(client: ClientBase): Promise<CatalogEntry[]> {
  const parts = await partsOfForeignKeys(client);
  const entries = (await readCatalogEntries(client)).filter((entry) => !parts.has(label(entry)));
  await client.query(SESSION.map((setting) => `SET LOCAL ${setting}`).join('; '));
  // An index that was never finished is not worth keeping, to pg_dump neither.
  return entries.filter(({ kind, definition }) => kind !== 'index' || !definition.endsWith(' INVALID'));
}

/**
 * What a foreign key is to each partition on either side of it: the server makes it with the key, and names it, each version
 * otherwise. Labels.
 */
export async function partsOfForeignKeys(client: ClientBase): Promise<ReadonlySet<string>> {
  await client.query('SET LOCAL search_path = public');
  const { rows } = await client.query<{ name: string }>(
    `SELECT k.conrelid::regclass || '.' || quote_ident(k.conname) AS name FROM pg_constraint AS k
     WHERE k.contype = 'f' AND k.conparentid <> 0`,
  );
  return new Set(rows.map(({ name }) => label({ kind: 'constraint', name })));
}

const label = ({ kind, name }: Pick<CatalogEntry, 'kind' | 'name'>) => `the ${kind} ${name}`;

/**
 * The sums of the leading halves of every row's SHA-256, modulo 2^64: they do not depend on the order of rows,
 * which no table has.
 */
async function digestTable(client: ClientBase, name: string): Promise<TableEntry> {
  const half = (from: number) =>
    `coalesce(sum(('x' || substr(d.digest, ${from}, 16))::bit(64)::bigint), 0)::text`;
  // OFFSET 0 is a fence: without it each digest would be computed for each of the sums.
  const { rows } = await client.query<{ rows: string; high: string; low: string }>(
    `SELECT count(*)::text AS rows, ${half(1)} AS high, ${half(17)} AS low
     FROM (SELECT encode(sha256(convert_to((r.*)::text, 'UTF8')), 'hex') AS digest FROM ONLY ${name} AS r OFFSET 0) AS d`,
  );
  const found = rows[0] as (typeof rows)[number];
  const hex = (sum: string) => BigInt.asUintN(64, BigInt(sum)).toString(16).padStart(16, '0');
  return { name, rows: Number(found.rows), digest: hex(found.high) + hex(found.low) };
}

/** What the server says of a row whose text would be larger than any that it makes. */
function tooLarge(error: unknown, table: string): unknown {
  const isTooLarge =
    isSqlStateOf(error, 'program_limit_exceeded') || /invalid memory alloc request size/.test(String(error));
  if (!isTooLarge) return error;
  return new CommandError(
    ExitCode.notReady,
    `${table} holds a row that is larger than a gigabyte as text (a BLOB takes two digits a byte), which no backup as SQL can hold.`,
    { cause: error, remedy: ['Back the server up with its own tools (pg_basebackup, pgBackRest).'] },
  );
}

async function readSequence(client: ClientBase, name: string): Promise<SequenceEntry> {
  const { rows } = await client.query<Omit<SequenceEntry, 'name'>>(
    `SELECT p.seqincrement::text AS increment, (CASE WHEN s.is_called THEN s.last_value + p.seqincrement ELSE s.last_value END)::text AS next
     FROM ${name} AS s, pg_sequence AS p WHERE p.seqrelid = '${name.replaceAll("'", "''")}'::regclass`,
  );
  return { name, ...(rows[0] as (typeof rows)[number]) };
}

/**
 * In what two databases differ, in words; nothing when they are equal.
 *
 * @param sameServer the texts of definitions are not the same in all versions of PostgreSQL; then names count
 * @param parts of foreign keys, which manifests of earlier releases have
 */
export function compareContent(
  expected: Content,
  found: Content,
  sameServer: boolean,
  parts: ReadonlySet<string>,
): string[] {
  const catalog = expected.catalog.filter((entry) => !parts.has(label(entry)));
  return [
    ...compareCatalogs(catalog, found.catalog, sameServer),
    ...compareSequences(expected.sequences, found.sequences),
    ...compareTables(expected.tables, found.tables),
  ];
}

function compareCatalogs(
  expected: readonly CatalogEntry[],
  found: readonly CatalogEntry[],
  definitionsToo: boolean,
): string[] {
  const others = new Map(found.map((entry) => [label(entry), entry.definition]));
  const differences = expected.flatMap((entry) => {
    const definition = others.get(label(entry));
    others.delete(label(entry));
    if (definition === undefined) return [`${label(entry)} is missing`];
    return definitionsToo && definition !== entry.definition ? [`${label(entry)} is another`] : [];
  });
  return [...differences, ...[...others.keys()].map((name) => `${name} should not be there`)];
}

/** While others use the database, pg_dump may read a sequence a little later than we do. */
function compareSequences(expected: readonly SequenceEntry[], found: readonly SequenceEntry[]): string[] {
  const others = new Map(found.map(({ name, next }) => [name, BigInt(next)]));
  return expected.flatMap(({ name, next, increment }) => {
    const other = others.get(name);
    if (other === undefined) return [`the sequence ${name} is missing`];
    return (other - BigInt(next)) * BigInt(increment) < 0n
      ? [`the sequence ${name} would give ${other} and should give ${next}`]
      : [];
  });
}
