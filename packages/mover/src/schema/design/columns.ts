import { quoteName } from '@vatevo/transfer';
import type { TargetType } from '@vatevo/transfer/plan';
import { familyOfType } from '../expression/node.ts';
import type { FileColumn, FileTable } from '../file/read-file.ts';
import type { Choice } from '../types/choose.ts';
import { translateDefault } from './defaults.ts';
import type { DesignedColumn, Identity } from './design.ts';
import type { DesignedFile } from './designed-file.ts';

export function designColumn(file: DesignedFile, table: FileTable, column: FileColumn): DesignedColumn {
  const { name, declaredType, defaultText } = column;
  const place = `${table.name}.${name}`;
  const choice = file.choices.choose(table, column);
  const nulls = file.choices.evidenceOf(table, name).stored.null;
  const isRowid = table.catalog.rowidColumn === name;
  const wanted = column.notNull || column.keyPosition > 0;
  const holdsNull = nulls > 0 || file.input.findings.holdsNull(place);
  if (column.notNull && holdsNull) {
    file.leave(`NOT NULL of ${place}`, `${nulls || 'some'} of its values are NULL`);
  }
  const value = isRowid ? { sql: undefined } : translateDefault(defaultText, declaredType, choice.type);
  if ('why' in value) file.leave(`the DEFAULT of ${place}`, value.why, defaultText);
  return {
    source: name,
    name: file.names.column(table, name),
    type: choice.type,
    reason: reasonOf(declaredType, choice),
    notNull: isRowid || (wanted && !holdsNull && holdsKeyNulls(file, table, column) === false),
    default: 'sql' in value ? value.sql : undefined,
    identity: isRowid ? identityOf(file, table, name) : undefined,
    generated: computed(file, table, column, choice.type),
  };
}

/** Whether a column is of a primary key that is none in PostgreSQL, and need not be NOT NULL for its sake. */
function holdsKeyNulls(file: DesignedFile, table: FileTable, column: FileColumn): boolean {
  return column.keyPosition > 0 && !column.notNull && file.choices.keyHoldsNull(table);
}

/** The expression by which PostgreSQL computes a column as SQLite does. */
function computed(
  file: DesignedFile,
  table: FileTable,
  { name, generated }: FileColumn,
  type: TargetType,
): string | undefined {
  if (generated === undefined) return undefined;
  const found = file.translate(table, generated);
  const isOnOrdinary = found?.columns.every(
    (used) => table.columns.find((column) => column.name === used)?.generated === undefined,
  );
  const staysFinite = !found?.mayOverflow || file.tried(table, `abs(${quoteName(name)}) < 9e999`) === 'kept';
  const isOfType = found?.family === familyOfType(type) && (found.type ?? type.sql) === type.sql;
  if (found && isOnOrdinary && staysFinite && isOfType) return found.sql;
  file.leave(
    `how ${table.name}.${name} is computed`,
    'it is an ordinary column with the values that it has',
    generated,
  );
  return undefined;
}

function identityOf(file: DesignedFile, table: FileTable, column: string): Identity | undefined {
  const { highestId } = table;
  const highest = highestId ?? 0n;
  // Behind the highest of all there is no next one.
  if (highest >= 2n ** 63n - 1n) return undefined;
  const chosen = `${file.names.table(table)}_${file.names.column(table, column)}_seq`;
  const { relations } = file.names;
  const sequence = relations.isTaken(chosen) ? relations.give(chosen) : undefined;
  return { start: highest < 1n ? 1n : highest + 1n, sequence };
}

function reasonOf(declaredType: string, { reason, notFirst, type }: Choice): string {
  const declared = declaredType === '' ? 'no type' : declaredType;
  const not =
    notFirst && notFirst.type.sql !== type.sql
      ? `; not ${notFirst.type.sql}, for ${notFirst.example} is ${notFirst.why}`
      : '';
  return `${declared}: ${reason}${not}`;
}
