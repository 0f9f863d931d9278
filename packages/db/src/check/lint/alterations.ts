import type { AlterTableCmd, ColumnDef, Constraint, RangeVar } from 'libpg-query';
import type { Statement } from './parse.ts';
import type { Schema } from './schema/schema.ts';

/** One change to a table that was there before the migration. */
export interface Alteration {
  readonly table: RangeVar;
  readonly command: AlterTableCmd;
}

/** What an ALTER TABLE does to a table that others may be using; nothing for other statements. */
export function alterations({ node }: Statement, schema: Schema): Alteration[] {
  if (!('AlterTableStmt' in node)) return [];
  const { relation: table, cmds = [] } = node.AlterTableStmt;
  if (!table || schema.isNewTable(table)) return [];
  return cmds.flatMap((cmd) => ('AlterTableCmd' in cmd ? { table, command: cmd.AlterTableCmd } : []));
}

export interface AddedColumn {
  readonly table: RangeVar;
  readonly column: ColumnDef;
  readonly constraints: readonly Constraint[];
}

export function addedColumns(statement: Statement, schema: Schema): AddedColumn[] {
  return alterations(statement, schema).flatMap(({ table, command: { subtype, def } }) => {
    if (subtype !== 'AT_AddColumn' || !def || !('ColumnDef' in def)) return [];
    const column = def.ColumnDef;
    const constraints = (column.constraints ?? []).flatMap((node) =>
      'Constraint' in node ? node.Constraint : [],
    );
    return { table, column, constraints };
  });
}

export interface AddedConstraint {
  readonly table: RangeVar;
  readonly constraint: Constraint;
  /** The column beside which it stands, if it comes with a new one. */
  readonly column?: ColumnDef;
}

/** Constraints added by themselves, and those that come with a new column. */
export function addedConstraints(statement: Statement, schema: Schema): AddedConstraint[] {
  const own = alterations(statement, schema).flatMap(({ table, command: { subtype, def } }) =>
    subtype === 'AT_AddConstraint' && def && 'Constraint' in def ? { table, constraint: def.Constraint } : [],
  );
  const beside = addedColumns(statement, schema).flatMap(({ table, column, constraints }) =>
    constraints.map((constraint) => ({ table, column, constraint })),
  );
  return [...own, ...beside];
}
