import type { FileTable } from '../file/read-file.ts';
import { NOT_THE_SAME } from './advice.ts';
import type { DesignedCheck } from './design.ts';
import type { DesignedFile } from './designed-file.ts';

const NOT_KEPT = {
  kept: undefined,
  broken: 'a row breaks it: fix it, then add the CHECK with ALTER TABLE',
  'too large':
    'its values are too large to be tried before the move: add the CHECK with ALTER TABLE after it',
} as const;

export function designChecks(file: DesignedFile, table: FileTable): DesignedCheck[] {
  const names = file.names.constraintsOf(table);
  return table.checks.flatMap(({ name, expression }) => {
    const what = `${name === undefined ? 'a CHECK' : `the CHECK ${name}`} of ${table.name}`;
    const found = file.translate(table, expression);
    if (found?.family !== 'boolean' || found.mayOverflow) {
      file.leave(what, NOT_THE_SAME, expression);
      return [];
    }
    const why = NOT_KEPT[file.tried(table, expression)];
    if (why !== undefined) {
      file.leave(what, why, expression);
      return [];
    }
    const suggested = `${file.names.table(table)}_${found.columns.join('_')}_check`;
    return [{ name: names.give(name ?? suggested), expression: found.sql }];
  });
}
