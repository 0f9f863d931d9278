import { quoteName, TransferError, type TransferMapping } from '@vatevo/transfer';
import {
  bookkeepingTool,
  type ColumnDecision,
  decisionOn,
  namingColumn,
  namingTable,
  type TargetType,
} from '@vatevo/transfer/plan';
import type { Database } from 'better-sqlite3';
import { familyOfType, type Translation, translate } from '../expression/translate.ts';
import type {
  FileColumn,
  FileForeignKey,
  FileIndex,
  FileSchema,
  FileTable,
  IndexPart,
} from '../file/read-file.ts';
import { type About, candidates } from '../types/candidates.ts';
import { type Choice, choose } from '../types/choose.ts';
import { readDeclared } from '../types/declared.ts';
import { type Evidence, gatherEvidence } from '../types/evidence.ts';
import { BIGINT, BYTEA, JSONB, NUMERIC, TEXT, TIMESTAMPTZ } from '../types/types.ts';
import { insteadOf } from './advice.ts';
import { translateDefault } from './defaults.ts';
import type {
  Design,
  DesignedCheck,
  DesignedColumn,
  DesignedForeignKey,
  DesignedIndex,
  DesignedKey,
  DesignedTable,
  NotCarried,
} from './design.ts';
import type { Findings } from './findings.ts';
import { Names } from './names.ts';

export interface DesignInput {
  readonly db: Database;
  readonly file: FileSchema;
  readonly schema: string;
  readonly mapping: TransferMapping;
  /** What was found to stand in the way of an earlier design of the same file. */
  readonly findings: Findings;
}

/** Of what is not translated. */
const NOT_THE_SAME = 'PostgreSQL is not sure to make the same of it: write it again in its SQL';

/** Bytes that a row of a B-tree may have, with some room for what belongs to it (PostgreSQL's limit is 2,704). */
const MAX_INDEXED = 2600;
/** PostgreSQL's own (INDEX_MAX_KEYS and MaxHeapAttributeNumber). */
const MAX_KEY_COLUMNS = 32;
const MAX_COLUMNS = 1600;

export function makeDesign(input: DesignInput): Design {
  return new Designer(input).design();
}

/** One run over a file; what it learns of a column it keeps. */
class Designer {
  readonly #input: DesignInput;
  readonly #tables: readonly FileTable[];
  readonly #relations = new Names();
  readonly #tableNames = new Map<string, string>();
  readonly #columnNames = new Map<string, Map<string, string>>();
  readonly #evidence = new Map<string, ReadonlyMap<string, Evidence>>();
  readonly #types = new Map<string, Choice>();
  readonly #choosing = new Set<string>();
  readonly #notCarried: NotCarried[] = [];
  readonly #constraints = new Map<string, Names>();

  constructor(input: DesignInput) {
    this.#input = input;
    this.#tables = input.file.tables.filter((table) => this.#isKept(table));
  }

  design(): Design {
    this.#name();
    const tables = this.#tables.map((table) => this.#table(table));
    const indexes = this.#tables.flatMap((table, i) => this.#indexes(table, tables[i] as DesignedTable));
    const foreignKeys = this.#tables.flatMap((table) => this.#foreignKeys(table, tables, indexes));
    for (const other of this.#input.file.others) {
      this.#leave(`the ${other.kind} ${other.name}`, insteadOf(other), other.sql);
    }
    return {
      schema: this.#input.schema,
      tables,
      indexes,
      foreignKeys,
      notCarried: this.#notCarried,
    };
  }

  #leave(what: string, why: string, text?: string): void {
    this.#notCarried.push({ what, why, text });
  }

  #isKept(table: FileTable): boolean {
    const { leaveBehind = [], decisions } = this.#input.mapping;
    const { name } = table;
    if (leaveBehind.includes(name) || namingTable(decisions?.leaveBehind ?? [], name).length > 0) {
      this.#leave(`the table ${name}`, 'left behind, as was decided');
      return false;
    }
    const tool = bookkeepingTool(table.catalog);
    if (tool === undefined) return true;
    this.#leave(`the table ${name}`, `${tool} keeps it about the file itself`);
    return false;
  }

  /** The columns of a table that do not stay behind. */
  #columns({ name, columns }: FileTable): FileColumn[] {
    const { decisions, tables = {} } = this.#input.mapping;
    const left = Object.entries(tables).flatMap(([target, table]) =>
      (table.source ?? target) === name ? (table.leaveBehind ?? []) : [],
    );
    const decided = decisions?.leaveBehind ?? [];
    return columns.filter(
      (column) => !left.includes(column.name) && namingColumn(decided, `${name}.${column.name}`).length === 0,
    );
  }

  /** Gives each table and column its name: the mapping's, else its own as far as PostgreSQL takes it. */
  #name(): void {
    const { tables: mapped = {} } = this.#input.mapping;
    const given = new Map(Object.entries(mapped).map(([target, { source }]) => [source ?? target, target]));
    for (const target of given.values()) this.#relations.reserve(target);
    for (const table of this.#tables) {
      const target = given.get(table.name) ?? this.#relations.give(table.name);
      this.#tableNames.set(table.name, target);
      const columns = Object.entries(mapped[target]?.columns ?? {});
      const chosen = new Map(columns.map(([name, { from }]) => [from ?? name, name]));
      const names = Names.ofColumns();
      for (const name of chosen.values()) names.reserve(name);
      this.#columnNames.set(
        table.name,
        new Map(this.#columns(table).map(({ name }) => [name, chosen.get(name) ?? names.give(name)])),
      );
    }
    for (const { indexes } of this.#tables) {
      for (const { name, isConstraint } of indexes) if (!isConstraint) this.#relations.reserve(name);
    }
  }

  #tableName(table: FileTable): string {
    return this.#tableNames.get(table.name) ?? table.name;
  }

  #columnName(table: FileTable, column: string): string {
    return this.#columnNames.get(table.name)?.get(column) ?? column;
  }

  #evidenceOf(table: FileTable, column: string): Evidence {
    let found = this.#evidence.get(table.name);
    if (found === undefined) {
      const names = this.#columns(table).map(({ name }) => name);
      const all = gatherEvidence(this.#input.db, table.name, names);
      found = new Map(names.map((name, i) => [name, all[i] as Evidence]));
      this.#evidence.set(table.name, found);
    }
    return found.get(column) as Evidence;
  }

  #table(table: FileTable): DesignedTable {
    const columns = this.#columns(table).map((column) => this.#column(table, column));
    if (columns.length > MAX_COLUMNS) {
      throw new TransferError(
        'source-refused',
        `${table.name} has ${columns.length} columns, and a table of PostgreSQL no more than ${MAX_COLUMNS}: leave some of them behind by name.`,
      );
    }
    const name = this.#tableName(table);
    return {
      source: table.name,
      name,
      notes: [
        ...(name === table.name ? [] : [`The table ${table.name} of the file.`]),
        ...(table.isStrict ? ['STRICT in the file, as every table is in PostgreSQL.'] : []),
        ...(table.catalog.withoutRowid ? ['WITHOUT ROWID in the file: PostgreSQL has no such thing.'] : []),
      ],
      columns,
      primaryKey: this.#primaryKey(table),
      uniqueKeys: this.#uniqueKeys(table),
      checks: this.#checks(table),
    };
  }

  #checks(table: FileTable): DesignedCheck[] {
    const names = this.#constraintsOf(table);
    return table.checks.flatMap(({ name, expression }) => {
      const what = `${name === undefined ? 'a CHECK' : `the CHECK ${name}`} of ${table.name}`;
      const found = this.#translate(table, expression);
      if (found?.family !== 'boolean' || found.mayOverflow) {
        this.#leave(what, NOT_THE_SAME, expression);
        return [];
      }
      if (this.#isBroken(table, expression)) {
        this.#leave(what, 'a row breaks it: mend it, then add the CHECK with ALTER TABLE', expression);
        return [];
      }
      const suggested = `${this.#tableName(table)}_${found.columns.join('_')}_check`;
      return [{ name: names.give(name ?? suggested), expression: found.sql }];
    });
  }

  #translate(table: FileTable, expression: string): Translation | undefined {
    return translate(
      expression,
      this.#columns(table).map((column) => ({
        source: column.name,
        name: this.#columnName(table, column.name),
        type: this.#choose(table, column).type,
        isCollated: column.isCollated,
        isStoredAlike: isStoredAlike(this.#choose(table, column).type, this.#evidenceOf(table, column.name)),
      })),
    );
  }

  /** SQLite checks only what is written while it is told to. */
  #isBroken(table: FileTable, expression: string): boolean {
    const sql = `SELECT 1 FROM ${quoteName(table.name)} NOT INDEXED WHERE NOT (${expression}) LIMIT 1`;
    return this.#input.db.prepare(sql).get() !== undefined;
  }

  /** The expression by which PostgreSQL computes a column as SQLite does. */
  #computed(table: FileTable, { name, generated }: FileColumn, type: TargetType): string | undefined {
    if (generated === undefined) return undefined;
    const found = this.#translate(table, generated);
    const isOnOrdinary = found?.columns.every(
      (used) => table.columns.find((column) => column.name === used)?.generated === undefined,
    );
    const staysFinite = !found?.mayOverflow || !this.#isBroken(table, `abs(${quoteName(name)}) < 9e999`);
    if (found && isOnOrdinary && staysFinite && found.family === familyOfType(type)) return found.sql;
    this.#leave(
      `how ${table.name}.${name} is computed`,
      'it is an ordinary column with the values that it has',
      generated,
    );
    return undefined;
  }

  #column(table: FileTable, column: FileColumn): DesignedColumn {
    const { name, declaredType, defaultText } = column;
    const place = `${table.name}.${name}`;
    const choice = this.#choose(table, column);
    const evidence = this.#evidenceOf(table, name);
    const isRowid = table.catalog.rowidColumn === name;
    const wanted = column.notNull || column.keyPosition > 0;
    const holdsNull = evidence.nulls > 0 || this.#input.findings.holdsNull(place);
    if (column.notNull && holdsNull) {
      this.#leave(`NOT NULL of ${place}`, `${evidence.nulls || 'some'} of its values are NULL`);
    }
    const value = isRowid ? { sql: undefined } : translateDefault(defaultText, declaredType, choice.type);
    if ('why' in value) this.#leave(`the DEFAULT of ${place}`, value.why, defaultText);
    return {
      source: name,
      name: this.#columnName(table, name),
      type: choice.type,
      reason: reasonOf(declaredType, choice),
      notNull: isRowid || (wanted && !holdsNull && this.#holdsKeyNulls(table, column) === false),
      default: 'sql' in value ? value.sql : undefined,
      identity: isRowid ? identityOf(table) : undefined,
      generated: this.#computed(table, column, choice.type),
    };
  }

  /** Whether a column is of a primary key that is none in PostgreSQL, and need not be NOT NULL for its sake. */
  #holdsKeyNulls(table: FileTable, column: FileColumn): boolean {
    return column.keyPosition > 0 && !column.notNull && this.#keyHoldsNull(table);
  }

  #keyHoldsNull(table: FileTable): boolean {
    return keyOf(table).some((name) => this.#evidenceOf(table, name).nulls > 0);
  }

  /** The column's type; one that points to another table's takes that one's, where its values allow it. */
  #choose(table: FileTable, column: FileColumn): Choice {
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
      ...keyOf(table),
      ...table.indexes.flatMap(({ parts }) => parts.map(({ column }) => column)),
      ...table.foreignKeys.flatMap(({ columns }) => columns),
    ];
    return {
      declared: readDeclared(declaredType),
      evidence: this.#evidenceOf(table, name),
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
      const named = parent && (key.parentColumns ?? keyOf(parent))[at];
      const found = parent?.columns.find(({ name }) => named !== undefined && sameName(name, named));
      if (parent === undefined || found === undefined) continue;
      if (this.#choosing.has(JSON.stringify([parent.name, found.name]))) continue;
      const { type } = this.#choose(parent, found);
      return { type, reason: `as ${parent.name}.${found.name}, which it points to` };
    }
    return undefined;
  }

  #primaryKey(table: FileTable): DesignedKey | undefined {
    const columns = keyOf(table);
    if (columns.length === 0) return undefined;
    const why = this.#keyHoldsNull(table)
      ? 'some of its values are NULL, which no primary key of PostgreSQL holds: it is a unique key'
      : this.#tooLarge(table, columns);
    if (why !== undefined) {
      this.#leave(`the primary key of ${table.name}`, why);
      return undefined;
    }
    return this.#key(table, columns, `${this.#tableName(table)}_pkey`);
  }

  #key(table: FileTable, columns: readonly string[], name: string): DesignedKey {
    const given = this.#relations.give(name);
    this.#constraintsOf(table).reserve(given);
    return { name: given, columns: columns.map((column) => this.#columnName(table, column)) };
  }

  /** Names of constraints, which are a table's own. */
  #constraintsOf({ name }: FileTable): Names {
    const found = this.#constraints.get(name) ?? new Names();
    this.#constraints.set(name, found);
    return found;
  }

  #uniqueKeys(table: FileTable): DesignedKey[] {
    const key = keyOf(table);
    const instead =
      key.length > 0 && this.#keyHoldsNull(table) && this.#tooLarge(table, key) === undefined ? [key] : [];
    const plain = table.indexes.filter((index) => index.isConstraint && this.#isPlain(table, index));
    const keys = plain.flatMap((index) => {
      const columns = index.parts.map(({ column }) => column as string);
      const why = this.#tooLarge(table, columns);
      if (why === undefined) return [columns];
      this.#leave(`the unique key (${columns.join(', ')}) of ${table.name}`, why);
      return [];
    });
    return [...instead, ...keys].map((columns) =>
      this.#key(table, columns, `${this.#tableName(table)}_${columns.join('_')}_key`),
    );
  }

  /** Why an index cannot be built; undefined when it can. */
  #tooLarge(table: FileTable, columns: readonly string[]): string | undefined {
    if (columns.length > MAX_KEY_COLUMNS)
      return `an index of PostgreSQL has no more than ${MAX_KEY_COLUMNS} columns`;
    const bytes = columns.reduce((sum, column) => sum + this.#evidenceOf(table, column).largest, 0);
    return bytes > MAX_INDEXED
      ? `a value of ${bytes.toLocaleString('en')} bytes is too large for an index of PostgreSQL, which takes ${MAX_INDEXED.toLocaleString('en')}: an index on its hash, md5(…), has no such limit`
      : undefined;
  }

  /** Whether an index is on columns as they are compared in PostgreSQL, for all rows. */
  #isPlain(table: FileTable, { parts, where }: FileIndex): boolean {
    return (
      where === undefined &&
      parts.every(
        ({ column, collation }) =>
          column !== undefined &&
          this.#columnNames.get(table.name)?.has(column) &&
          !this.#folds(table, column, collation),
      )
    );
  }

  /** Whether a collation makes one of what are two values in PostgreSQL: only texts have one. */
  #folds(table: FileTable, column: string, collation: string): boolean {
    const found = table.columns.find(({ name }) => name === column);
    const type = found && this.#choose(table, found).type.name;
    return collation.toUpperCase() !== 'BINARY' && (type === 'text' || type === 'varchar');
  }

  #indexes(table: FileTable, designed: DesignedTable): DesignedIndex[] {
    const folded = [...table.keyCollations].filter(([column, collation]) =>
      this.#folds(table, column, collation),
    );
    const ofKey: FileIndex[] =
      folded.length === 0
        ? []
        : [
            {
              name: `${designed.name}_folded_key`,
              isUnique: true,
              isConstraint: true,
              parts: [...table.keyCollations].map(([column, collation]) => ({
                column,
                expression: undefined,
                collation,
                isDescending: false,
              })),
              where: undefined,
              sql: '',
            },
          ];
    return [...ofKey, ...table.indexes].flatMap((index) =>
      index.isConstraint && this.#isPlain(table, index) ? [] : this.#index(table, designed, index),
    );
  }

  #index(table: FileTable, designed: DesignedTable, index: FileIndex): DesignedIndex[] {
    const named = index.parts.map(({ column, expression }) => column ?? expression ?? '').join(', ');
    const what = `the ${index.isUnique ? 'unique ' : ''}index ${index.isConstraint ? `(${named})` : index.name} of ${table.name}`;
    const leave = (why: string) => {
      this.#leave(what, why, index.sql === '' ? undefined : index.sql);
      return [];
    };
    const reasons: string[] = [];
    const used: string[] = [];
    const parts: string[] = [];
    for (const part of index.parts) {
      const found = this.#indexed(table, part);
      if ('why' in found) return leave(found.why);
      parts.push(`${found.sql}${part.isDescending ? ' DESC' : ''}`);
      used.push(...found.columns);
      if (found.reason !== undefined) reasons.push(found.reason);
    }
    const where = index.where === undefined ? undefined : this.#translate(table, index.where);
    if (index.where !== undefined && (where?.family !== 'boolean' || where.mayOverflow))
      return leave(NOT_THE_SAME);
    const why = this.#tooLarge(table, used);
    if (why !== undefined) return leave(why);
    const isPlain = index.parts.every(({ column }) => column !== undefined) && reasons.length === 0;
    return [
      {
        name: index.isConstraint
          ? this.#relations.give(`${designed.name}_${used.join('_')}_folded_key`)
          : this.#indexName(index.name),
        table: designed.name,
        isUnique: index.isUnique,
        parts,
        columns:
          isPlain && where === undefined ? used.map((column) => this.#columnName(table, column)) : undefined,
        where: where?.sql,
        reason: reasons.length === 0 ? undefined : `${reasons.join('; ')}.`,
      },
    ];
  }

  /** What an index is on, in the SQL of PostgreSQL. */
  #indexed(
    table: FileTable,
    { column, expression = '', collation }: IndexPart,
  ): { sql: string; columns: readonly string[]; reason?: string } | { readonly why: string } {
    if (column === undefined) {
      const found = collation.toUpperCase() === 'BINARY' ? this.#translate(table, expression) : undefined;
      return found && !found.mayOverflow
        ? { sql: `(${found.sql})`, columns: found.columns }
        : { why: NOT_THE_SAME };
    }
    if (!this.#columnNames.get(table.name)?.has(column)) return { why: 'a column of it stays behind' };
    const sql = quoteName(this.#columnName(table, column));
    if (!this.#folds(table, column, collation)) return { sql, columns: [column] };
    const folded = FOLDED[collation.toUpperCase()];
    if (folded === undefined) return { why: `its collation ${collation} is one of the application's own` };
    return {
      sql: folded.sql(sql),
      columns: [column],
      reason: `${column} is ${collation.toUpperCase()} in the file: ${folded.reason}`,
    };
  }

  /** An index keeps its name, which no table has, where PostgreSQL takes it. */
  #indexName(name: string): string {
    return Buffer.byteLength(name) <= 63 && name !== '' ? name : this.#relations.give(name);
  }

  #foreignKeys(
    table: FileTable,
    tables: readonly DesignedTable[],
    indexes: readonly DesignedIndex[],
  ): DesignedForeignKey[] {
    const names = this.#constraintsOf(table);
    return table.foreignKeys.flatMap((key) => {
      const found = this.#foreignKey(table, key, tables, indexes);
      if ('why' in found) {
        this.#leave(
          `the foreign key (${key.columns.join(', ')}) of ${table.name}`,
          found.why,
          `REFERENCES ${key.parent}${key.parentColumns ? ` (${key.parentColumns.join(', ')})` : ''}`,
        );
        return [];
      }
      return [{ ...found, name: names.give(found.name) }];
    });
  }

  #foreignKey(
    table: FileTable,
    key: FileForeignKey,
    tables: readonly DesignedTable[],
    indexes: readonly DesignedIndex[],
  ): DesignedForeignKey | { readonly why: string } {
    const parent = this.#tables.find(({ name }) => sameName(name, key.parent));
    if (parent === undefined) return { why: `there is no table ${key.parent} that it could point to` };
    const named = key.parentColumns ?? keyOf(parent);
    const parentColumns = named.map((name) => parent.columns.find((column) => sameName(column.name, name)));
    const columns = key.columns.map((name) => table.columns.find((column) => sameName(column.name, name)));
    if (named.length !== columns.length || [...parentColumns, ...columns].includes(undefined)) {
      return { why: `${key.parent} has no such columns` };
    }
    const own = columns as FileColumn[];
    const its = parentColumns as FileColumn[];
    const different = own.find(
      (column, i) =>
        familyOf(this.#choose(table, column).type) !==
        familyOf(this.#choose(parent, its[i] as FileColumn).type),
    );
    if (different !== undefined) {
      return { why: `${table.name}.${different.name} holds values that ${parent.name} cannot hold` };
    }
    const broken = this.#input.findings.brokenForeignKey(
      table.name,
      own.map(({ name }) => name),
      parent.name,
    );
    if (broken !== undefined) {
      return {
        why: `${broken}; mend these rows, then add it with ALTER TABLE, or add it NOT VALID for new rows`,
      };
    }
    const designed = tables.find(({ source }) => source === parent.name) as DesignedTable;
    const target = its.map((column) => this.#columnName(parent, column.name));
    const keys = [
      ...(designed.primaryKey ? [designed.primaryKey.columns] : []),
      ...designed.uniqueKeys.map((unique) => unique.columns),
      ...indexes.flatMap((index) =>
        index.table === designed.name && index.isUnique && index.columns ? [index.columns] : [],
      ),
    ];
    if (!keys.some((columns) => sameSet(columns, target))) {
      return { why: `(${named.join(', ')}) is no unique key of ${parent.name}` };
    }
    const name = this.#tableName(table);
    const ownNames = own.map((column) => this.#columnName(table, column.name));
    return {
      name: key.name ?? `${name}_${ownNames.join('_')}_fkey`,
      table: name,
      columns: ownNames,
      parent: designed.name,
      parentColumns: target,
      onDelete: key.onDelete,
      onUpdate: key.onUpdate,
      isDeferred: key.isDeferred,
    };
  }
}

/** Whether SQLite compares a column's values as those of its type, too: a decimal in a text is a text there. */
function isStoredAlike(type: TargetType, { texts, blobs, integers, reals }: Evidence): boolean {
  const family = familyOfType(type);
  if (family === 'json') return true;
  return blobs === 0 && (family === 'text' ? integers + reals === 0 : texts === 0);
}

/** What SQLite's collations compare, as an expression: of the letters A to Z alone, as SQLite does. */
const FOLDED: Readonly<
  Record<string, { readonly sql: (name: string) => string; readonly reason: string } | undefined>
> = {
  NOCASE: {
    sql: (name) => `lower(${name} COLLATE "C")`,
    reason: 'an index on lower(), which folds A to Z as SQLite does; search with the same expression',
  },
  RTRIM: {
    sql: (name) => `rtrim(${name}, ' ')`,
    reason: 'an index on rtrim(); search with the same expression',
  },
};

function identityOf({ highestId }: FileTable): { start: bigint } | undefined {
  const highest = highestId ?? 0n;
  // Behind the highest of all there is no next one.
  if (highest >= 2n ** 63n - 1n) return undefined;
  return { start: highest < 1n ? 1n : highest + 1n };
}

function reasonOf(declaredType: string, { reason, notFirst, type }: Choice): string {
  const declared = declaredType === '' ? 'no type' : declaredType;
  const not =
    notFirst && notFirst.type.sql !== type.sql
      ? `; not ${notFirst.type.sql}, for ${notFirst.example} is ${notFirst.why}`
      : '';
  return `${declared}: ${reason}${not}`;
}

function keyOf({ columns }: FileTable): string[] {
  return columns
    .filter(({ keyPosition }) => keyPosition > 0)
    .toSorted((a, b) => a.keyPosition - b.keyPosition)
    .map(({ name }) => name);
}

/** What PostgreSQL compares with each other in a foreign key. */
function familyOf({ name }: TargetType): string {
  if (/^int\d/.test(name)) return 'integer';
  return name === 'varchar' ? 'text' : name;
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}
