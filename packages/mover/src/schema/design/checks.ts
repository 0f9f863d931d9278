import type { FileTable } from '../file/read-file.ts';
import { NOT_THE_SAME } from './advice.ts';
import type { DesignedCheck } from './design.ts';
import type { DesignedFile } from './designed-file.ts';

export function designChecks(file: DesignedFile, table: FileTable): DesignedCheck[] {
  const names = file.names.constraintsOf(table);
  return table.checks.flatMap(({ name, expression }) => {
    const what = `${name === undefined ? 'a CHECK' : `the CHECK ${name}`} of ${table.name}`;
    const found = file.translate(table, expression);
    if (found?.family !== 'boolean' || found.mayOverflow) {
      file.leave(what, NOT_THE_SAME, expression);
      return [];
    }
    if (file.isBroken(table, expression)) {
      file.leave(what, 'a row breaks it: fix it, then add the CHECK with ALTER TABLE', expression);
      return [];
    }
    const suggested = `${file.names.table(table)}_${found.columns.join('_')}_check`;
    return [{ name: names.give(name ?? suggested), expression: found.sql }];
  });
}
