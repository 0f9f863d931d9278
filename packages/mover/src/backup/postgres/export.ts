import { CommandError, ExitCode } from '@vatevo/shell';
import type { ClientBase } from 'pg';
import { to } from 'pg-copy-streams';
import type { WrittenFile } from '../written-file.ts';
import { SESSION } from './connection.ts';
import { listSequences, listTables } from './content.ts';
import { readDefinitions } from './definitions.ts';
import { findUnsupported } from './unsupported.ts';

/** How a table's rows begin: no other line may look like it. */
export const COPY = /^COPY \S.* FROM stdin;$/m;

/**
 * Writes a database as SQL that psql loads into an empty one: what it is made of, then the rows, then keys and
 * indexes. In a transaction with {@link SESSION}.
 *
 * @throws CommandError with exit code 4 for what it cannot write
 */
export async function exportDatabase(client: ClientBase, file: WrittenFile): Promise<void> {
  const unsupported = await findUnsupported(client);
  if (unsupported.length > 0) throw unsupportedFailure(unsupported);
  const { before, after } = await readDefinitions(client);
  const ambiguous = [...before, ...after].find((statement) => COPY.test(statement));
  if (ambiguous !== undefined)
    throw unsupportedFailure([`a definition with a COPY in it: ${ambiguous.split('\n')[0]}`]);
  await file.add(
    '-- A whole PostgreSQL database. To load it: psql -X -1 -v ON_ERROR_STOP=1 -f database.sql EMPTY_DATABASE\n',
  );
  await statements(file, [
    ...SESSION.map((setting) => `SET ${setting}`),
    'SET statement_timeout = 0',
    // A function may name what is made after it.
    'SET check_function_bodies = off',
    ...before,
  ]);
  for (const table of await listTables(client)) await copyRows(client, table, file);
  for (const sequence of await listSequences(client))
    await statements(file, [await position(client, sequence)]);
  await statements(file, after);
}

function unsupportedFailure(what: readonly string[]): CommandError {
  return new CommandError(
    ExitCode.notReady,
    `The database holds what only pg_dump can write: ${what.join(', ')}.`,
    { remedy: ['Put a pg_dump on the PATH that is at least as new as the server.'] },
  );
}

async function statements(file: WrittenFile, all: readonly string[]): Promise<void> {
  for (const statement of all) await file.add(`${statement};\n`);
}

async function copyRows(client: ClientBase, table: string, file: WrittenFile): Promise<void> {
  const { rows } = await client.query<{ columns: string | null }>(
    `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_attribute
     WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    [table],
  );
  // A table need not have columns to have rows.
  const columns = rows[0]?.columns ? ` (${rows[0].columns})` : '';
  const head = `COPY ${table}${columns} FROM stdin;`;
  if (head.includes('\n')) throw unsupportedFailure([`a name with a line break in it: ${table}`]);
  await file.add(`${head}\n`);
  for await (const chunk of client.query(to(`COPY ${table}${columns} TO STDOUT`))) {
    await file.add(chunk as Buffer);
  }
  await file.add('\\.\n');
}

async function position(client: ClientBase, sequence: string): Promise<string> {
  const { rows } = await client.query<{ sql: string }>(
    `SELECT format('SELECT pg_catalog.setval(%L, %s, %L)', $1::text, last_value, is_called) AS sql FROM ${sequence}`,
    [sequence],
  );
  return (rows[0] as { sql: string }).sql;
}
