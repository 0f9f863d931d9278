import { existsSync } from 'node:fs';
import { CommandError, ExitCode } from '@vatevo/shell';
import { type ReadableSource, readableSource } from '@vatevo/transfer';
import type { Format, Formats } from './formats.ts';

/** A SQLite file that we know how to read. */
export interface Source {
  readonly file: string;
  /** What is read of it: the file itself, or a copy where reading would have to write. */
  readonly readable: ReadableSource;
  readonly format: Format;
}

/** Opens a SQLite file and tells which format it has. Release `readable` when it is done with. */
export function recogniseSource(file: string, formats: Formats): Source {
  requireFile(file);
  const readable = readableSource(file);
  try {
    return { file, readable, format: formats.recognise(file, readable.file) };
  } catch (error) {
    readable.release();
    throw error;
  }
}

/** @throws CommandError with exit code 2 when there is no file */
export function requireFile(file: string): void {
  if (existsSync(file)) return;
  throw new CommandError(
    ExitCode.usage,
    `There is no file ${file}: give --source the path of the SQLite database.`,
  );
}
