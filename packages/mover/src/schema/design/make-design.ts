import { TransferError } from '@vatevo/transfer';
import type { FileTable } from '../file/read-file.ts';
import { insteadOf } from './advice.ts';
import { designChecks } from './checks.ts';
import { designColumn } from './columns.ts';
import type { Design, DesignedTable, DesignInput } from './design.ts';
import { DesignedFile } from './designed-file.ts';
import { designForeignKeys } from './foreign-keys.ts';
import { designIndexes } from './indexes.ts';
import { keptColumns } from './kept.ts';
import { designPrimaryKey, designUniqueKeys } from './keys.ts';

/** PostgreSQL's own (MaxHeapAttributeNumber). */
const MAX_COLUMNS = 1600;

export function makeDesign(input: DesignInput): Design {
  const file = new DesignedFile(input);
  const tables = file.tables.map((table) => designTable(file, table));
  const indexes = file.tables.flatMap((table, i) => designIndexes(file, table, tables[i] as DesignedTable));
  const foreignKeys = file.tables.flatMap((table) => designForeignKeys(file, table, tables, indexes));
  for (const other of input.file.others) {
    file.leave(`the ${other.kind} ${other.name}`, insteadOf(other), other.sql);
  }
  return { schema: input.schema, tables, indexes, foreignKeys, notCarried: file.notCarried };
}

function designTable(file: DesignedFile, table: FileTable): DesignedTable {
  const columns = keptColumns(table, file.input.mapping).map((column) => designColumn(file, table, column));
  if (columns.length > MAX_COLUMNS) {
    throw new TransferError(
      'source-refused',
      `${table.name} has ${columns.length} columns, and a table of PostgreSQL no more than ${MAX_COLUMNS}: leave some of them behind by name.`,
    );
  }
  const name = file.names.table(table);
  return {
    source: table.name,
    name,
    notes: [
      ...(name === table.name ? [] : [`The table ${table.name} of the file.`]),
      ...(table.isStrict ? ['STRICT in the file, as every table is in PostgreSQL.'] : []),
      ...(table.catalog.withoutRowid ? ['WITHOUT ROWID in the file: PostgreSQL has no such thing.'] : []),
    ],
    columns,
    primaryKey: designPrimaryKey(file, table),
    uniqueKeys: designUniqueKeys(file, table),
    checks: designChecks(file, table),
  };
}
