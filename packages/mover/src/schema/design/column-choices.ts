import { type ColumnEvidence, readEvidence } from '@vatevo/transfer';
import { columnType } from '@vatevo/transfer/column-types';
import { type ColumnDecision, decisionOn, primaryKeyOf, type TargetType } from '@vatevo/transfer/plan';
import type { FileColumn, FileTable } from '../file/read-file.ts';
import { type About, candidates } from '../types/candidates.ts';
import { type Choice, choose } from '../types/choose.ts';
import { readDeclared } from '../types/declared.ts';
import { BIGINT, BYTEA, JSONB, NUMERIC, TEXT, TIMESTAMPTZ } from '../types/types.ts';
import type { DesignInput } from './design.ts';
import { keptColumns } from './kept.ts';
import { sameName } from './same-name.ts';

/** What is stored in each column, and the type that it gets for that. What is learnt of a column is kept. */
export class ColumnChoices {
  readonly #input: DesignInput;
  readonly #tables: readonly FileTable[];
  readonly #evidence = new Map<string, ReadonlyMap<string, ColumnEvidence>>();
  readonly #types = new Map<string, Choice>();
  readonly #choosing = new Set<string>();

  constructor(input: DesignInput, tables: readonly FileTable[]) {
    this.#input = input;
    this.#tables = tables;
  }

  evidenceOf(table: FileTable, column: string): ColumnEvidence {
    let found = this.#evidence.get(table.name);
    if (found === undefined) {
      const names = keptColumns(table, this.#input.mapping).map(({ name }) => name);
      const columns = table.catalog.columns.filter(({ name }) => names.includes(name));
      const all = readEvidence(this.#input.db, { ...table.catalog, columns });
      found = new Map(all.map((evidence) => [evidence.column, evidence]));
      this.#evidence.set(table.name, found);
    }
    return found.get(column) as ColumnEvidence;
  }

  /** Whether a column of the primary key holds a NULL, as no primary key of PostgreSQL does. */
  keyHoldsNull(table: FileTable): boolean {
    return primaryKeyOf(table.columns).some((name) => this.evidenceOf(table, name).stored.null > 0);
  }

  /** Whether a collation makes one of what are two values in PostgreSQL: only texts have one. */
  folds(table: FileTable, column: string, collation: string): boolean {
    const found = table.columns.find(({ name }) => name === column);
    if (found === undefined || collation.toUpperCase() === 'BINARY') return false;
    return columnType(this.choose(table, found).type).traits.family === 'text';
  }

  /** The column's type; one that points to another table's takes that one's, where its values allow it. */
  choose(table: FileTable, column: FileColumn): Choice {
    const place = JSON.stringify([table.name, column.name]);
    const known = this.#types.get(place);
    if (known !== undefined) return known;
    this.#choosing.add(place);
    const about = this.#about(table, column);
    const pointed = about.isRowid ? undefined : this.#pointed(table, column);
    const refused = this.#input.findings.refusedTypes(`${table.name}.${column.name}`);
    // The last one takes whatever is left, and what it does not hold is for somebody to decide.
    const own = candidates(about).filter(
      ({ type }, i, { length }) => i === length - 1 || !refused.includes(type.sql),
    );
    const all = pointed && !refused.includes(pointed.type.sql) ? [pointed, ...own] : own;
    const choice = choose(
      {
        db: this.#input.db,
        table: table.name,
        column: column.name,
        decisions: this.#input.mapping.decisions,
        zone: this.#input.mapping.decisions?.zone,
      },
      all,
      about.evidence,
    );
    this.#choosing.delete(place);
    this.#types.set(place, choice);
    return choice;
  }

  #about(table: FileTable, { name, declaredType }: FileColumn): About {
    const { decisions } = this.#input.mapping;
    const indexed = [
      ...primaryKeyOf(table.columns),
      ...table.indexes.flatMap(({ parts }) => parts.map(({ column }) => column)),
      ...table.foreignKeys.flatMap(({ columns }) => columns),
    ];
    return {
      declared: readDeclared(declaredType),
      evidence: this.evidenceOf(table, name),
      isRowid: table.catalog.rowidColumn === name,
      isIndexed: indexed.includes(name) || this.#isPointedTo(table, name),
      hasZone: decisions?.zone !== undefined,
      decision: this.#decision(`${table.name}.${name}`),
    };
  }

  /** What was decided on a column, for any of the types that a decision can be for. */
  #decision(place: string): ColumnDecision {
    const { decisions } = this.#input.mapping;
    const found = [BIGINT, BYTEA, JSONB, NUMERIC, TEXT, TIMESTAMPTZ].map((type) => {
      const { numericTimes, decision } = decisionOn(decisions, place, type);
      return { ...decision, ...(numericTimes && { numbers: numericTimes }) };
    });
    return Object.assign({}, ...found) as ColumnDecision;
  }

  #isPointedTo(table: FileTable, column: string): boolean {
    return this.#tables.some(({ foreignKeys }) =>
      foreignKeys.some(
        (key) =>
          sameName(key.parent, table.name) && key.parentColumns?.some((name) => sameName(name, column)),
      ),
    );
  }

  /** The type of the column that a foreign key points to. */
  #pointed(table: FileTable, column: FileColumn): { type: TargetType; reason: string } | undefined {
    for (const key of table.foreignKeys) {
      const at = key.columns.findIndex((name) => sameName(name, column.name));
      const parent = at < 0 ? undefined : this.#tables.find(({ name }) => sameName(name, key.parent));
      const named = parent && (key.parentColumns ?? primaryKeyOf(parent.columns))[at];
      const found = parent?.columns.find(({ name }) => named !== undefined && sameName(name, named));
      if (parent === undefined || found === undefined) continue;
      if (this.#choosing.has(JSON.stringify([parent.name, found.name]))) continue;
      const { type } = this.choose(parent, found);
      return { type, reason: `as ${parent.name}.${found.name}, which it points to` };
    }
    return undefined;
  }
}
