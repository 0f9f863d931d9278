import type { MigrationFile } from '../../migrations/folder.ts';
import { parseScript } from './parse.ts';

interface Column {
  readonly table: string;
  readonly column: string;
}

/** The columns that migrations drop, by table, and that no later statement gives again: the catalog has no name for them any more. */
export async function droppedColumns(migrations: readonly MigrationFile[]): Promise<Column[]> {
  const scripts = await Promise.all(migrations.map(({ script }) => parseScript(script)));
  const dropped = new Map<string, Column>();
  const keyOf = ({ table, column }: Column) => JSON.stringify([table, column]);
  const giveAgain = (column: Column) => dropped.delete(keyOf(column));
  for (const parsed of scripts) {
    // The linter says what cannot be parsed.
    if ('message' in parsed) continue;
    for (const { node } of parsed.statements) {
      if ('RenameStmt' in node && node.RenameStmt.renameType === 'OBJECT_COLUMN') {
        const { relation, newname = '' } = node.RenameStmt;
        giveAgain({ table: relation?.relname ?? '', column: newname });
      }
      if (!('AlterTableStmt' in node)) continue;
      const table = node.AlterTableStmt.relation?.relname ?? '';
      for (const cmd of node.AlterTableStmt.cmds ?? []) {
        if (!('AlterTableCmd' in cmd)) continue;
        const { subtype, name = '', def } = cmd.AlterTableCmd;
        const column = { table, column: name };
        if (subtype === 'AT_DropColumn') dropped.set(keyOf(column), column);
        if (subtype === 'AT_AddColumn' && def && 'ColumnDef' in def) {
          giveAgain({ table, column: def.ColumnDef.colname ?? '' });
        }
      }
    }
  }
  return [...dropped.values()];
}
