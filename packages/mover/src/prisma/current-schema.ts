import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SchemaFile } from '@vatevo/schema-engine/schema-text';
import { CommandError, ExitCode } from '@vatevo/shell';
import { type Datasource, readDatasource } from './parser.ts';
import { type Project, projectOf } from './project.ts';
import { readSchemaFiles, type SchemaOnDisk } from './schema-files.ts';

/** The schema of SQLite, wherever it lies by now. */
export interface CurrentSchema {
  /** As `--schema` names it. */
  readonly disk: SchemaOnDisk;
  readonly sqlite: readonly SchemaFile[];
  /** PostgreSQL's, where that has taken the place of SQLite's already. */
  readonly inPlace: readonly SchemaFile[] | undefined;
  readonly project: Project;
}

/**
 * Reads what `--schema` names. Where PostgreSQL's schema has taken its place, or has begun to, SQLite's is the one that was
 * set aside.
 *
 * @throws CommandError with exit code 2 for a schema of another database
 */
export function readCurrentSchema(
  path: string,
  given: { readonly out: string | undefined; readonly migrations: string | undefined },
): CurrentSchema {
  const disk = readSchemaFiles(path);
  const datasource = requireDatasource(path, disk);
  const project = projectOf(path, disk, datasource, given);
  const aside = filesIn(project.aside, disk.files);
  if (datasource.provider === 'sqlite') {
    const out = filesIn(project.out, disk.files);
    // Killed while the files of a schema took their places, it is half of both.
    const isInterrupted =
      aside !== undefined &&
      disk.files.every(([name, text]) =>
        [...aside, ...(out ?? [])].some((one) => one[0] === name && one[1] === text),
      );
    return { disk, sqlite: isInterrupted ? aside : disk.files, inPlace: undefined, project };
  }
  if (datasource.provider === 'postgresql' && aside && readDatasource(aside)?.provider === 'sqlite') {
    return { disk, sqlite: aside, inPlace: disk.files, project };
  }
  throw new CommandError(
    ExitCode.usage,
    `The datasource of ${path} is ${datasource.provider}: only a schema for sqlite can be moved.`,
  );
}

function requireDatasource(path: string, { files }: SchemaOnDisk): Datasource {
  const found = readDatasource(files);
  if (found) return found;
  throw new CommandError(
    ExitCode.usage,
    `${path} has no datasource: give --schema the schema, or the folder of all of its files.`,
  );
}

/** The files of the same names in another folder; undefined unless all of them are there. */
function filesIn(folder: string, files: readonly SchemaFile[]): SchemaFile[] | undefined {
  if (!files.every(([name]) => existsSync(join(folder, name)))) return undefined;
  return files.flatMap(([name]) =>
    readSchemaFiles(join(folder, name)).files.map(([, text]): SchemaFile => [name, text]),
  );
}
