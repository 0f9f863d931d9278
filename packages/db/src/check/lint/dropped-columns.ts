import type { MigrationFile } from '../../migrations/folder.ts';
import { parseScript } from './parse.ts';

/** The columns that migrations drop, by table: of those that the catalog has no name for any more. */
export async function droppedColumns(
  migrations: readonly MigrationFile[],
): Promise<{ table: string; column: string }[]> {
  const scripts = await Promise.all(migrations.map(({ script }) => parseScript(script)));
  return scripts.flatMap((parsed) => {
    // The linter says what cannot be parsed.
    if ('message' in parsed) return [];
    return parsed.statements.flatMap(({ node }) => {
      if (!('AlterTableStmt' in node)) return [];
      const { relation, cmds = [] } = node.AlterTableStmt;
      return cmds.flatMap((cmd) => {
        if (!('AlterTableCmd' in cmd) || cmd.AlterTableCmd.subtype !== 'AT_DropColumn') return [];
        return [{ table: relation?.relname ?? '', column: cmd.AlterTableCmd.name ?? '' }];
      });
    });
  });
}
