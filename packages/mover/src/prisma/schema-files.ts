import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { SchemaFile } from '@vatevo/schema-engine/schema-text';
import { CommandError, ExitCode } from '@vatevo/shell';

/** A Prisma schema as it lies on disk: one file, or a folder of them. */
export interface SchemaOnDisk {
  /** The folder that the files' paths start from. */
  readonly folder: string;
  readonly isFolder: boolean;
  readonly files: readonly SchemaFile[];
}

/**
 * Reads a schema as the Prisma CLI does: a file, or every `.prisma` file of a folder and the folders in it.
 *
 * @throws CommandError with exit code 2 where there is none
 */
export function readSchemaFiles(path: string): SchemaOnDisk {
  if (!existsSync(path)) {
    throw new CommandError(
      ExitCode.usage,
      `There is no ${path}: give --schema the path of schema.prisma, or of the folder of a schema in several files.`,
    );
  }
  if (!statSync(path).isDirectory()) {
    const folder = dirname(path);
    return { folder, isFolder: false, files: [readFile(folder, path.slice(folder.length + 1))] };
  }
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.prisma'))
    .sort();
  if (names.length === 0) {
    throw new CommandError(ExitCode.usage, `There is no file *.prisma in the folder ${path}.`);
  }
  return { folder: path, isFolder: true, files: names.map((name) => readFile(path, name)) };
}

/** Writes files into a new folder, which has its name when all of them are in it. */
export function writeSchemaFiles(folder: string, files: readonly SchemaFile[]): void {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  for (const [path, text] of files) writeWhole(join(unfinished, path), text);
  renameSync(unfinished, folder);
}

/** Writes a file, which has its name when all of it is in it. */
export function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.unfinished`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, path);
}

function readFile(folder: string, name: string): SchemaFile {
  return [name, readFileSync(join(folder, name), 'utf8')];
}
