import { columnType, findColumnType } from '../../column-types/registry.ts';
import type { TargetForeignKey, TargetTable } from '../../plan/catalog.ts';
import { type ColumnPlan, sourceName, type TablePlan, type TransferPlan } from '../../plan/types.ts';
import { quoteName } from '../../quote.ts';
import type { PointedRows } from '../source.ts';
import { comparedPairs, pick } from './relations.ts';
import { balanced } from './source-sql.ts';

/** A foreign key of the target from a table of which the source has rows. */
interface Pointer {
  readonly child: TablePlan;
  readonly children: readonly ColumnPlan[];
  readonly key: TargetForeignKey;
}

/**
 * Of tables whose rows stay in the source, those that rows of the plan point to by the target's foreign keys, themselves or
 * through others of these tables.
 *
 * @returns `untold`: where rows point to others of which nothing is known, each as a sentence
 */
export function pointedRows(
  plan: TransferPlan,
  kept: readonly TablePlan[],
  target: readonly TargetTable[],
): { pointed: PointedRows[]; untold: string[] } {
  const catalogOf = (table: TablePlan['target']) => target.find(({ name }) => name === table.name);
  const pointers = [...plan.tables, ...kept].flatMap((child): Pointer[] =>
    (catalogOf(child.target)?.foreignKeys ?? []).flatMap((key) => {
      const children = pick(child, key.columns);
      return children ? [{ child, children, key }] : [];
    }),
  );
  const pointed: PointedRows[] = [];
  const untold: string[] = [];
  for (const name of plan.skipped ?? []) {
    const own = pointers.filter(({ key }) => isOf(key, name));
    const table = kept.find((one) => one.target.name === name.name);
    if (own.length === 0) continue;
    for (const same of byColumns(own)) {
      const found = table && comparable(table, same[0]?.key.referencedColumns ?? [], catalogOf(name));
      const by = [
        ...new Set(same.map(({ child, children }) => `${child.source}.${children.map(sourceName)}`)),
      ];
      if (found === undefined) untold.push(untellable(by, name.name));
      else if (table)
        pointed.push({ table: found, by, condition: isPointedTo(table, 't', same, { kept, pointers }) });
    }
  }
  return { pointed, untold };
}

function untellable(by: readonly string[], table: string): string {
  return `${by.join(' and ')} will point to rows of ${table} that stay in the target, and whether these are what they are in the source cannot be told: nothing of them has the same name on both sides`;
}

function isOf({ referencedTable }: TargetForeignKey, { schema, name }: TablePlan['target']): boolean {
  return referencedTable.name === name && referencedTable.schema === schema;
}

/** Together those that point with the same. */
function byColumns(pointers: readonly Pointer[]): Pointer[][] {
  const groups = new Map<string, Pointer[]>();
  for (const pointer of pointers) {
    const name = JSON.stringify(pointer.key.referencedColumns.toSorted());
    groups.set(name, [...(groups.get(name) ?? []), pointer]);
  }
  return [...groups.values()];
}

/**
 * What can be compared of a table's rows, which are told by some columns. Where these are not its primary key, that may be
 * another one for the same row.
 *
 * @returns undefined where nothing tells whether two rows are the same
 */
function comparable(
  table: TablePlan,
  by: readonly string[],
  catalog: TargetTable | undefined,
): TablePlan | undefined {
  const key = pick(table, by);
  const isTold = key?.every(({ type }) => columnType(type).digestSql.read !== undefined);
  if (key === undefined || !isTold) return undefined;
  const { columns = [], primaryKey = [] } = catalog ?? {};
  const surrogate = primaryKey.length === 1 ? primaryKey[0] : undefined;
  const others = columns.filter(({ name }) => !by.includes(name) && name !== surrogate);
  const compared = table.columns.filter(
    (column) =>
      others.some(({ name }) => name === column.target) && findColumnType(column.type.name) !== undefined,
  );
  if (others.length > 0 && compared.length === 0) return undefined;
  return { ...table, columns: [...key, ...compared], identity: key.map((_, i) => i) };
}

/** That a row of a name is pointed to, as SQL. */
function isPointedTo(
  table: TablePlan,
  row: string,
  own: readonly Pointer[],
  all: { readonly kept: readonly TablePlan[]; readonly pointers: readonly Pointer[] },
  above: readonly TablePlan[] = [],
): string {
  const terms = own.map(({ child, children, key }) => {
    const parents = pick(table, key.referencedColumns);
    if (parents === undefined) return '1';
    const name = `c${above.length}`;
    const pairs = comparedPairs(children, name, parents, row);
    const its = pairs.map(([, value]) => `${value} COLLATE BINARY`);
    const inner = `SELECT ${pairs.map(([value]) => value).join(', ')} FROM ${quoteName(child.source)} ${name}`;
    // In a circle all of them count.
    const isOpen = !all.kept.includes(child) || child === table || above.includes(child);
    const onto = all.pointers.filter((pointer) => isOf(pointer.key, child.target));
    const where = isOpen ? '' : ` WHERE ${isPointedTo(child, name, onto, all, [...above, table])}`;
    return `${its.length === 1 ? its[0] : `(${its.join(', ')})`} IN (${inner}${where})`;
  });
  return balanced(
    terms.map((term) => `(${term})`),
    'OR',
  );
}
