import type { Database } from 'better-sqlite3';
import type { SqliteValue } from '../../../column-types/types.ts';
import type { BadRow } from '../../../plan/rows.ts';
import { showKey, showValue } from '../../../plan/show.ts';
import type { TablePlan } from '../../../plan/types.ts';
import { quoteName } from '../../../quote.ts';
import type { Dependency, DependentsTask, DescribeTask, RelationRule } from '../../source.ts';
import {
  exactLocators,
  isListed,
  keyExpressions,
  locatorExpressions,
  sameLocators,
  sourceExpression,
} from '../source-sql.ts';
import { makeList, toLocator } from './excluded.ts';

/**
 * Finds the rows that cannot go along although each of their values could:
 *
 * 1. those that break a rule between rows (no parent, not unique);
 * 2. those that point to a row which stays, and those that point to them, until no more are found.
 */
export function findDependents(db: Database, task: DependentsTask): Map<string, BadRow[]> {
  const lists = new Map(task.tables.map(({ table }) => [table.target.name, makeList(db, table)]));
  const found = new Map<string, BadRow[]>();
  const add = (table: TablePlan, row: BadRow, evenIfListed: boolean) => {
    const isNew = lists.get(table.target.name)?.(row.locator) ?? false;
    if (!isNew && !evenIfListed) return false;
    const rows = found.get(table.target.name);
    if (rows) rows.push(row);
    else found.set(table.target.name, [row]);
    return isNew;
  };
  for (const { table, locators } of task.tables) {
    for (const locator of locators) lists.get(table.target.name)?.(locator);
  }
  for (const rule of task.rules) {
    for (const row of select(
      db,
      rule.table,
      `${from(rule.table)} WHERE ${rule.condition}`,
      rule,
      rule.reason,
    )) {
      add(rule.table, row, true);
    }
  }
  for (let more = true; more; ) {
    more = false;
    for (const dependency of task.dependencies) {
      const reason = `its row of ${dependency.parent.source} is in the quarantine`;
      for (const row of select(db, dependency.child, dependents(dependency), dependency, reason)) {
        if (add(dependency.child, row, false)) more = true;
      }
    }
  }
  return found;
}

/** The rows that a list names. */
export function describeRows(db: Database, { table, locators, reason, ...task }: DescribeTask): BadRow[] {
  const rule = { ...task, values: task.columns.map((column) => sourceExpression(column)) };
  const add = makeList(db, table);
  for (const locator of locators) add(locator);
  const list = `temp.${quoteName(table.excluded ?? '')}`;
  return select(
    db,
    table,
    `FROM ${list} x CROSS JOIN ${quoteName(table.source)} t ON ${sameLocators(table)}`,
    rule,
    reason,
  );
}

function from(table: TablePlan): string {
  return `FROM ${quoteName(table.source)} t`;
}

/** The rows that point to a listed row and are not listed themselves. */
function dependents({ child, parent, condition }: Dependency): string {
  const fresh = `NOT ${isListed(child, child.excluded ?? '')}`;
  const parents = quoteName(parent.source);
  const list = `temp.${quoteName(parent.excluded ?? '')}`;
  if (child.target.name !== parent.target.name) {
    return `FROM ${list} x CROSS JOIN ${parents} q ON ${sameLocators(parent, 'q')}
      CROSS JOIN ${quoteName(child.source)} t ON ${condition} WHERE ${fresh}`;
  }
  // A table that points to itself may be a chain as long as it has rows: one statement follows all of it.
  const columns = locatorExpressions(child).map((_, i) => `l${i}`);
  return `FROM (
      WITH RECURSIVE reached(${columns.join(', ')}) AS (
        SELECT ${columns.join(', ')} FROM ${list}
        UNION
        SELECT ${locatorExpressions(child).join(', ')} FROM reached x CROSS JOIN ${parents} q ON ${sameLocators(parent, 'q')}
        CROSS JOIN ${quoteName(child.source)} t ON ${condition})
      SELECT * FROM reached) x
    CROSS JOIN ${quoteName(child.source)} t ON ${sameLocators(child)} WHERE ${fresh}`;
}

/** All at once: what is found goes into lists that the same statement reads. */
function select(
  db: Database,
  table: TablePlan,
  fromWhere: string,
  { column, values, secret }: Pick<RelationRule, 'column' | 'values' | 'secret'>,
  reason: string,
): BadRow[] {
  const locators = exactLocators(table);
  const keys = keyExpressions(table);
  const rows = db
    .prepare(`SELECT ${[...locators, ...keys, ...values].join(', ')} ${fromWhere}`)
    .raw()
    .all();
  return (rows as SqliteValue[][]).map((row) => ({
    locator: toLocator(row.slice(0, locators.length)),
    key: showKey(table, row.slice(locators.length)),
    reasons: [
      {
        column,
        reason,
        value: secret
          ? '(hidden)'
          : row
              .slice(locators.length + keys.length)
              .map(showValue)
              .join(', '),
      },
    ],
  }));
}
