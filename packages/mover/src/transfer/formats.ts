import type { PostgresTarget } from '@vatevo/connection';
import type { MoveOptions, ReturnFormat } from '@vatevo/cutover';
import type { CommandError } from '@vatevo/shell';
import type { TransferMapping } from '@vatevo/transfer';
import type { ClientBase } from 'pg';

/** What a SQLite file may look like, and how it becomes the tables of PostgreSQL. */
export interface Format {
  /** As the record of a move keeps it. */
  readonly name: MoveOptions['format'];
  /** For people: `our own format`. Without one there is nothing to tell it from. */
  readonly title?: string;
  readonly mapping: TransferMapping;
  /** Why a database cannot take files of this format, if it cannot. */
  readonly refuse?: (client: ClientBase) => Promise<CommandError | undefined>;
}

/** The formats that a program knows. */
export interface Formats {
  /**
   * Tells which format a file has.
   *
   * @param readable what is read of it: the file itself, or a copy
   * @throws CommandError when it has none of them
   */
  recognise(file: string, readable: string): Format;
  /** The format of the files that a failback leads to. */
  readonly back: Format;
  /** How such files are made and kept up to date; undefined when that is the file that the move came from. */
  returning(target: PostgresTarget): ReturnFormat | undefined;
}
