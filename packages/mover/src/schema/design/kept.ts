import type { TransferMapping } from '@vatevo/transfer';
import { bookkeepingTool, namingColumn, namingTable } from '@vatevo/transfer/plan';
import type { FileColumn, FileTable } from '../file/read-file.ts';
import type { Leave } from './design.ts';

/** Whether a table is to be made in PostgreSQL; one that is not is named. */
export function isKept({ name, catalog }: FileTable, mapping: TransferMapping, leave: Leave): boolean {
  const { leaveBehind = [], decisions } = mapping;
  if (leaveBehind.includes(name) || namingTable(decisions?.leaveBehind ?? [], name).length > 0) {
    leave(`the table ${name}`, 'left behind, as was decided');
    return false;
  }
  const tool = bookkeepingTool(catalog);
  if (tool === undefined) return true;
  leave(`the table ${name}`, `${tool} keeps it about the file itself`);
  return false;
}

/** The columns of a table that do not stay behind. */
export function keptColumns(
  { name, columns }: FileTable,
  { decisions, tables = {} }: TransferMapping,
): FileColumn[] {
  const left = Object.entries(tables).flatMap(([target, table]) =>
    (table.source ?? target) === name ? (table.leaveBehind ?? []) : [],
  );
  const decided = decisions?.leaveBehind ?? [];
  return columns.filter(
    (column) => !left.includes(column.name) && namingColumn(decided, `${name}.${column.name}`).length === 0,
  );
}
