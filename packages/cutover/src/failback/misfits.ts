import { TransferError, type TransferMapping } from '@vatevo/transfer';
import { findColumnType } from '@vatevo/transfer/column-types';
import {
  bookkeepingTool,
  namingColumn,
  planTransfer,
  type SourceTable,
  sourceColumns,
  type TablePlan,
  type TargetTable,
} from '@vatevo/transfer/plan';
import type { Others, ServedTable } from '../server/tables.ts';
import { canReturn } from './values.ts';

/** Something that would not come along at failback to SQLite. */
export interface Misfit {
  /** What an operator calls it. */
  readonly name: string;
  readonly what: string;
  /** Where it is: what stays in PostgreSQL, or what the file has and PostgreSQL does not. */
  readonly side: 'server' | 'file';
  /** The column of the file, as `table.column`, that computes what stays in PostgreSQL. */
  readonly computes?: string;
  /** How it may be waived: it stays in PostgreSQL, or belongs to another application. */
  readonly waivers: readonly Waiver[];
}

export type Waiver = 'leave-behind' | 'not-ours';

/** A SQLite file, or what one will be made of, and the tables of PostgreSQL that go back to it. */
export interface BothSides {
  readonly file: readonly SourceTable[];
  readonly served: readonly ServedTable[];
  /** The catalog of the served tables. */
  readonly server: readonly TargetTable[];
  readonly others: Others;
  readonly mapping: TransferMapping;
  /** Names of unique indexes of PostgreSQL that the file need not have: it never had them. */
  readonly knownKeys: (table: string, index: string) => boolean;
  /** Whether a table of the file, or one of its columns, holds anything. */
  readonly holdsData: (table: string, column?: string) => boolean;
}

/** Everything that would not come along. Who pairs the tables and columns is the planner of the transfer. */
export function findMisfits(sides: BothSides): Misfit[] {
  const { served, server, file, others } = sides;
  const types = unreturnable(server);
  const paired = pair(sides, types);
  return [
    ...others.tables.map((name) => misfit(name, `table ${name}, in another schema`, 'not-ours')),
    ...others.sequences.map((name) =>
      misfit(name, `sequence ${name}, which feeds no column of its own`, 'leave-behind'),
    ),
    ...served.flatMap((table) => {
      const plan = paired.find(({ target }) => target.name === table.name);
      if (plan === undefined) return [misfit(table.name, `table ${table.name}`, 'leave-behind', 'not-ours')];
      const catalog = server.find(({ name }) => name === table.name);
      return [
        ...untellable(table),
        ...types
          .filter(({ of }) => of === table.name)
          .map(({ of, name, what }) =>
            table.key.includes(name)
              ? misfit(`${of}.${name}`, `${what}, and which is part of the primary key`)
              : misfit(`${of}.${name}`, what, 'leave-behind'),
          ),
        ...(catalog
          ? [
              ...inexactKey(table, catalog),
              ...withoutPlace(catalog, plan, types, table.key),
              ...computedInFile(plan, file),
              ...unkept(catalog, plan, file, sides),
            ]
          : []),
      ];
    }),
    ...gone(paired, sides),
  ];
}

interface Unreturnable {
  readonly of: string;
  readonly name: string;
  readonly what: string;
}

function unreturnable(server: readonly TargetTable[]): Unreturnable[] {
  return server.flatMap(({ name: of, columns }) =>
    columns
      .filter(({ type }) => !canReturn(type))
      .map(({ name, type }) => ({
        of,
        name,
        what: `column ${of}.${name}, whose type ${type.sql} SQLite has no form for`,
      })),
  );
}

/** What belongs together, by the rules of the move forward and with nothing refused. */
function pair({ file, server, mapping }: BothSides, types: readonly Unreturnable[]): readonly TablePlan[] {
  const ignored = types.map(({ of, name }) => `${of}.${name}`);
  const { decisions, ...rules } = mapping;
  const left = decisions?.leaveBehind ?? [];
  const result = planTransfer({
    schema: server[0]?.schema ?? '',
    source: file
      .filter(({ virtual }) => !virtual)
      .map((table) => ({
        ...table,
        columns: table.columns.filter(({ name }) => namingColumn(left, `${table.name}.${name}`).length === 0),
      })),
    target: server.map((table) => ({
      ...table,
      columns: table.columns.map((column) => ({ ...column, hasDefault: true })),
    })),
    mapping: { ...rules, ignoreTarget: [...(mapping.ignoreTarget ?? []), ...ignored] },
    runStart: '',
    holdsData: () => false,
  });
  if (result.ok) return result.plan.tables;
  throw new TransferError(
    'target-unfit',
    `Failback cannot be planned: ${result.faults.map(({ message }) => message).join('; ')}.`,
  );
}

function untellable({ name, key, inherits }: ServedTable): Misfit[] {
  return [
    ...(key.length === 0
      ? [misfit(name, `table ${name}, which has no primary key to tell its changes apart by: give it one`)]
      : []),
    ...(inherits ? [misfit(name, `table ${name}, whose rows are another table's, too (INHERITS)`)] : []),
  ];
}

/** Keys whose printed form leads to no row. */
function inexactKey({ name: of, key }: ServedTable, { columns }: TargetTable): Misfit[] {
  return columns
    .filter(({ name, type }) => key.includes(name) && findColumnType(type.name)?.digestSql.read === undefined)
    .filter(({ type }) => canReturn(type))
    .map(({ name, type }) =>
      misfit(
        `${of}.${name}`,
        `column ${of}.${name}, which is part of the primary key, and whose type ${type.sql} tells no rows apart`,
      ),
    );
}

/** Columns of PostgreSQL that the file lacks. */
function withoutPlace(
  { name: of, columns }: TargetTable,
  plan: TablePlan,
  types: readonly Unreturnable[],
  key: readonly string[],
): Misfit[] {
  return columns
    .filter(
      ({ name }) =>
        !plan.columns.some(({ target }) => target === name) &&
        !types.some((column) => column.of === of && column.name === name),
    )
    .map(({ name }) =>
      key.includes(name)
        ? misfit(`${of}.${name}`, `column ${of}.${name}, which is part of the primary key`)
        : misfit(`${of}.${name}`, `column ${of}.${name}`, 'leave-behind'),
    );
}

/** Columns to which PostgreSQL's values cannot go back, because the file computes its own. */
function computedInFile(plan: TablePlan, file: readonly SourceTable[]): Misfit[] {
  const computed = new Set(
    file
      .find(({ name }) => name === plan.source)
      ?.columns.flatMap(({ name, generated }) => (generated ? [name] : [])),
  );
  return plan.columns.flatMap(({ target, from, generated }) => {
    if (generated || !('column' in from) || !computed.has(from.column)) return [];
    const name = `${plan.target.name}.${target}`;
    const what = `column ${name}, which the file computes and PostgreSQL does not`;
    return [{ ...misfit(name, what, 'leave-behind'), computes: `${plan.source}.${from.column}` }];
  });
}

/** Unique keys that the file would not keep. */
function unkept(
  { name: of, uniqueKeys }: TargetTable,
  plan: TablePlan,
  file: readonly SourceTable[],
  { knownKeys }: BothSides,
): Misfit[] {
  const kept = file.find(({ name }) => name === plan.source);
  const keys = [...(kept?.uniqueKeys ?? []), ...(kept?.rowidColumn ? [[kept.rowidColumn]] : [])];
  return uniqueKeys
    .filter(({ name }) => !knownKeys(of, name))
    .filter(({ columns }) => {
      const names = new Set(
        columns.map((column) => {
          const from = plan.columns.find(({ target }) => target === column)?.from;
          return from && 'column' in from ? from.column : undefined;
        }),
      );
      // Some column has no place, and that is said of it; else one key of the file within these columns will do.
      return !names.has(undefined) && !keys.some((key) => key.every((name) => names.has(name)));
    })
    .map(({ name, columns }) =>
      misfit(`${of}.${name}`, `unique key ${name} of ${of} (${columns.join(', ')})`, 'leave-behind'),
    );
}

/** Tables and columns of the file that PostgreSQL has no longer. */
function gone(paired: readonly TablePlan[], { file, mapping, holdsData }: BothSides): Misfit[] {
  const { leaveBehind: decided = [] } = mapping.decisions ?? {};
  return file.flatMap((table) => {
    const plan = paired.find(({ source }) => source === table.name);
    if (table.virtual) {
      // Left behind as rows move forward: that it is not kept up to date afterwards is another decision.
      return [
        inFile(
          table.name,
          `the virtual table ${table.name} of the file, which does not learn of rows that go back: left behind, it stays as it was at the hand-over, and is built anew after a failback`,
          'leave-behind',
        ),
      ];
    }
    if (plan === undefined) {
      if (mapping.leaveBehind?.includes(table.name) || decided.includes(table.name)) return [];
      if (bookkeepingTool(table) !== undefined || !holdsData(table.name)) return [];
      return [
        inFile(
          table.name,
          `table ${table.name} of the file, which PostgreSQL has no longer: left behind, it stays there as it was`,
          'leave-behind',
        ),
      ];
    }
    const filled = sourceColumns(plan.columns);
    return table.columns
      .filter(({ name, generated }) => !generated && !filled.has(name))
      .flatMap(({ name, notNull, hasDefault, keyPosition }) => {
        const place = `${table.name}.${name}`;
        if (keyPosition > 0 || (notNull && !hasDefault)) {
          return [
            inFile(
              place,
              `column ${place} of the file, which must have a value and which PostgreSQL does not have`,
            ),
          ];
        }
        if (decided.includes(place) || mapping.tables?.[plan.target.name]?.leaveBehind?.includes(name))
          return [];
        if (!holdsData(table.name, name)) return [];
        return [
          inFile(
            place,
            `column ${place} of the file, which PostgreSQL has no longer: left behind, it keeps its values where rows are only changed`,
            'leave-behind',
          ),
        ];
      });
  });
}

function misfit(name: string, what: string, ...waivers: readonly Waiver[]): Misfit {
  return { name, what, side: 'server', waivers };
}

function inFile(name: string, what: string, ...waivers: readonly Waiver[]): Misfit {
  return { name, what, side: 'file', waivers };
}
