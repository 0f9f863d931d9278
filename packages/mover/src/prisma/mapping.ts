import type { ColumnMapping, TransferMapping } from '@vatevo/transfer';
import type { FileSchema } from '../schema/file/read-file.ts';
import { columnOf, type Datamodel, type Field, tableOf } from './parser.ts';

/** Prisma's own table, which is no part of the application's data. */
const HISTORY = '_prisma_migrations';

/**
 * How the tables of one database become those of the other: by the names of models and fields, whatever their tables and
 * columns are called on either side. Numbers in a DateTime are what Prisma writes there, milliseconds since 1970.
 */
export function prismaMapping(
  expected: FileSchema,
  sqlite: Datamodel,
  postgres: Datamodel,
): TransferMapping & Required<Pick<TransferMapping, 'tables'>> {
  const tables = expected.tables.flatMap((table) => {
    const model = sqlite.models.find((one) => tableOf(one) === table.name);
    const target = postgres.models.find(({ name }) => name === model?.name);
    const name = target ? tableOf(target) : table.name;
    const columns = table.columns.flatMap((column) => {
      const field = model?.fields.find((one) => isColumn(one, column.name));
      const into = target?.fields.find((one) => one.name === field?.name);
      const to = into ? columnOf(into) : column.name;
      const isTime = column.declaredType === 'DATETIME' && (into === undefined || into.type === 'DateTime');
      const mapping: ColumnMapping = {
        ...(to !== column.name && { from: column.name }),
        ...(isTime && { numericTimes: 'epoch-milliseconds' as const }),
      };
      return Object.keys(mapping).length > 0 ? [[to, mapping] as const] : [];
    });
    if (name === table.name && columns.length === 0) return [];
    const mapped = {
      ...(name !== table.name && { source: table.name }),
      ...(columns.length > 0 && { columns: Object.fromEntries(columns) }),
    };
    return [[name, mapped] as const];
  });
  return { tables: Object.fromEntries(tables), ignoreTarget: [HISTORY] };
}

function isColumn(field: Field, column: string): boolean {
  return field.kind !== 'object' && columnOf(field) === column;
}
