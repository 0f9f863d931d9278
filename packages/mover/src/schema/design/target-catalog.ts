import type { TransferMapping } from '@vatevo/transfer';
import type { TargetTable } from '@vatevo/transfer/plan';
import type { Design } from './design.ts';

/** The catalog that PostgreSQL will have when a design is carried out, as far as a transfer must know it. */
export function targetCatalog({ schema, tables, indexes, foreignKeys }: Design): TargetTable[] {
  return tables.map((table) => ({
    schema,
    name: table.name,
    columns: table.columns.map(({ name, type, notNull, default: value, identity, generated }) => ({
      name,
      type,
      notNull,
      hasDefault: value !== undefined || identity !== undefined,
      generated: generated !== undefined,
      sequence: undefined,
    })),
    primaryKey: table.primaryKey?.columns ?? [],
    uniqueKeys: [
      ...(table.primaryKey ? [table.primaryKey] : []),
      ...table.uniqueKeys,
      ...indexes.flatMap(({ name, table: of, isUnique, columns }) =>
        of === table.name && isUnique && columns ? [{ name, columns }] : [],
      ),
    ],
    foreignKeys: foreignKeys
      .filter((key) => key.table === table.name)
      .map((key) => ({
        name: key.name,
        columns: key.columns,
        referencedTable: { schema, name: key.parent },
        referencedColumns: key.parentColumns,
        isFull: false,
      })),
  }));
}

/** Names that PostgreSQL does not take as they are in the file, as a mapping for a transfer. */
export function renames({ tables }: Design): NonNullable<TransferMapping['tables']> {
  return Object.fromEntries(
    tables.flatMap(({ source, name, columns }) => {
      const renamed = columns.filter((column) => column.name !== column.source);
      if (source === name && renamed.length === 0) return [];
      return [
        [
          name,
          {
            ...(source !== name && { source }),
            ...(renamed.length > 0 && {
              columns: Object.fromEntries(renamed.map((column) => [column.name, { from: column.source }])),
            }),
          },
        ],
      ];
    }),
  );
}

/** A mapping with the names of a design; what the mapping says counts. */
export function withRenames(mapping: TransferMapping, design: Design): TransferMapping {
  const tables = { ...mapping.tables };
  for (const [name, found] of Object.entries(renames(design))) {
    const given = tables[name];
    tables[name] = { ...found, ...given, columns: { ...found.columns, ...given?.columns } };
  }
  return { ...mapping, tables };
}
