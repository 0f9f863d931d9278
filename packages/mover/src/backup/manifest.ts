import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogEntry } from '@vatevo/connection/catalog';
import { CommandError, ExitCode } from '@vatevo/shell';
import { packageVersion } from '../version.ts';
import { damaged } from './failure.ts';
import { type FileEntry, measureFile, WrittenFile } from './written-file.ts';

export type BackupKind = 'sqlite' | 'postgres';

/** What a table held. */
export interface TableEntry {
  /** PostgreSQL: with its schema, quoted where needed. */
  readonly name: string;
  readonly rows: number;
  /** Over every value of every row, in hex. */
  readonly digest: string;
}

interface Common {
  /** Of the manifest: raised when an older reader could not make sense of it. */
  readonly format: number;
  readonly tool: string;
  /** What was backed up: the file's path, or the database's URL without its password. */
  readonly source: string;
  /** ISO 8601, UTC: when the state of the data was taken. */
  readonly createdAt: string;
  readonly files: readonly FileEntry[];
  readonly tables: readonly TableEntry[];
}

export interface SqliteManifest extends Common {
  readonly kind: 'sqlite';
  /** SHA-256 over every definition in the file's schema. */
  readonly schema: string;
  readonly settings: Readonly<Record<string, string | number>>;
  /** Rows that point to no row of their foreign key's table: SQLite had them, so the backup does. */
  readonly orphans: number;
}

export interface SequenceEntry {
  readonly name: string;
  /** What `nextval` would have given. */
  readonly next: string;
  /** Below 0 for one that counts down. */
  readonly increment: string;
}

export interface PostgresManifest extends Common {
  readonly kind: 'postgres';
  readonly serverVersion: string;
  /** What wrote `database.sql`: `pg_dump 18.1`, or this tool. Only psql can load the former. */
  readonly writtenBy: string;
  readonly loadableWithoutPsql: boolean;
  /** Roles that the file names: they belong to the server, and must be there. */
  readonly roles: readonly string[];
  /** What the database is made of, as its own catalog says. */
  readonly catalog: readonly CatalogEntry[];
  readonly sequences: readonly SequenceEntry[];
}

export type Manifest = SqliteManifest | PostgresManifest;

const FORMAT = 1;
const MANIFEST = 'manifest.json';
/** In the form of `sha256sum -c`. */
const CHECKSUMS = 'SHA256SUMS';

type Without<T, Keys extends string> = T extends unknown ? Omit<T, Keys> : never;

/** Writes the manifest, and the checksums of it and of all files. */
export async function writeManifest(
  folder: string,
  about: Without<Manifest, 'format' | 'tool'>,
): Promise<void> {
  const document = { format: FORMAT, tool: `vatevo-ops ${packageVersion}`, ...about };
  const own = await WrittenFile.write(join(folder, MANIFEST), (file) =>
    file.add(`${JSON.stringify(document, null, 2)}\n`),
  );
  await WrittenFile.write(join(folder, CHECKSUMS), (file) =>
    file.add([...about.files, own].map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('')),
  );
}

/**
 * Reads a backup's manifest and holds every file against it.
 *
 * @throws CommandError with exit code 2 when the folder is no backup, 5 when it is damaged
 */
export async function openBackup(folder: string, signal: AbortSignal): Promise<Manifest> {
  const manifest = await readManifest(folder);
  for (const expected of manifest.files) {
    const found = await measureFile(join(folder, expected.name), signal).catch((error: Error) => {
      signal.throwIfAborted();
      throw damaged(folder, `${expected.name} cannot be read (${error.message})`);
    });
    if (found.bytes !== expected.bytes || found.sha256 !== expected.sha256) {
      throw damaged(folder, `the checksum of ${expected.name} is not the one that was written with it`);
    }
  }
  return manifest;
}

async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, MANIFEST)).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(
      ExitCode.usage,
      `${folder} is not a backup: its ${MANIFEST} cannot be read (${error.code}).`,
      { cause: error, remedy: ['Give --from the folder that the backup named: sqlite-… or postgres-….'] },
    );
  });
  const sums = await readFile(join(folder, CHECKSUMS), 'utf8').catch(() => '');
  const sum = createHash('sha256').update(text).digest('hex');
  if (!sums.split('\n').includes(`${sum}  ${MANIFEST}`)) {
    throw damaged(folder, `the checksum of ${MANIFEST} is not the one in ${CHECKSUMS}`);
  }
  const manifest = JSON.parse(text.toString()) as Manifest;
  if (manifest.format === FORMAT) return manifest;
  throw new CommandError(
    ExitCode.usage,
    `The backup ${folder} has the format ${manifest.format}, and this release reads ${FORMAT}: restore it with ${manifest.tool}.`,
  );
}
