import { type ColumnEvidence, quoteName } from '@vatevo/transfer';
import type { TargetType } from '@vatevo/transfer/plan';
import { isTooBig } from '@vatevo/transfer/sqlite';
import { familyOfType, type Translation } from '../expression/node.ts';
import { translate } from '../expression/translate.ts';
import type { FileTable } from '../file/read-file.ts';
import { ColumnChoices } from './column-choices.ts';
import type { DesignInput, Leave, NotCarried } from './design.ts';
import { GivenNames } from './given-names.ts';
import { isKept, keptColumns } from './kept.ts';

/** What the parts of a design ask of the file: its tables as they are kept, named and typed. */
export class DesignedFile {
  readonly input: DesignInput;
  readonly tables: readonly FileTable[];
  readonly names: GivenNames;
  readonly choices: ColumnChoices;
  readonly notCarried: NotCarried[] = [];

  constructor(input: DesignInput) {
    this.input = input;
    this.tables = input.file.tables.filter((table) => isKept(table, input.mapping, this.leave));
    this.names = new GivenNames(this.tables, input.mapping);
    this.choices = new ColumnChoices(input, this.tables);
  }

  readonly leave: Leave = (what, why, text) => {
    this.notCarried.push({ what, why, text });
  };

  /** An expression of a table in the SQL of PostgreSQL; undefined where both are not sure to make the same of it. */
  translate(table: FileTable, expression: string): Translation | undefined {
    return translate(
      expression,
      keptColumns(table, this.input.mapping).map((column) => {
        const { type } = this.choices.choose(table, column);
        return {
          source: column.name,
          name: this.names.column(table, column.name),
          type,
          isCollated: column.isCollated,
          isStoredAlike: isStoredAlike(type, this.choices.evidenceOf(table, column.name)),
        };
      }),
    );
  }

  /** Whether all rows keep a rule: SQLite checks only what is written while it is told to. `too large` where it reads what is. */
  tried(table: FileTable, expression: string): 'kept' | 'broken' | 'too large' {
    const sql = `SELECT 1 FROM ${quoteName(table.name)} NOT INDEXED WHERE NOT (${expression}) LIMIT 1`;
    try {
      return this.input.db.prepare(sql).get() === undefined ? 'kept' : 'broken';
    } catch (error) {
      if (isTooBig(error)) return 'too large';
      throw error;
    }
  }
}

/** Whether SQLite compares a column's values as those of its type, too: a decimal in a text is a text there. */
function isStoredAlike(type: TargetType, { stored }: ColumnEvidence): boolean {
  const family = familyOfType(type);
  if (family === 'json') return true;
  return stored.blob === 0 && (family === 'text' ? stored.integer + stored.real === 0 : stored.text === 0);
}
