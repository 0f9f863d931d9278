import { CHANGE_LOG, keyColumn, quoteName, quoteText } from '@vatevo/transfer/engine';
import { FENCE_MESSAGE, RECORD, triggerName } from './names.ts';
import type { CapturedTable } from './tables.ts';

/** What the record's state decides: whether a write is logged, and whether it is refused. */
const CAPTURING = `(SELECT state FROM ${RECORD}) = 'capturing'`;
const FENCED = `(SELECT state FROM ${RECORD}) IN ('fenced', 'left')`;

/**
 * The statements that make a file log every key that is written, and refuse writes when its record says so.
 *
 * All of them are made at once, so that the schema changes once and any later change of it is somebody
 * else's. Old connections read the schema anew at their next statement, so the triggers reach them too.
 */
export function triggersFor(table: CapturedTable): string[] {
  return [...fence(table.name), ...(table.key.length > 0 ? capture(table) : [])];
}

function fence(name: string): string[] {
  return (['INSERT', 'UPDATE', 'DELETE'] as const).map(
    (event) =>
      `CREATE TRIGGER ${triggerName(`fence_${event.toLowerCase()}`, name)} BEFORE ${event} ON ${quoteName(name)}
       WHEN ${FENCED} BEGIN SELECT RAISE(ABORT, ${quoteText(FENCE_MESSAGE)}); END`,
  );
}

function capture({ name, key, uniqueKeys }: CapturedTable): string[] {
  const columns = key.map((_, i) => keyColumn(i)).join(', ');
  const table = quoteName(name);
  const log = (row: string) =>
    `INSERT INTO ${CHANGE_LOG} (tbl, ${columns}) SELECT ${[quoteText(name), ...key.map((column) => `${row}.${quoteName(column)}`)].join(', ')}`;
  const differs = (row: string, from: string) =>
    key.map((c) => `${row}.${quoteName(c)} IS NOT ${from}.${quoteName(c)} COLLATE BINARY`).join(' OR ');
  // REPLACE removes the rows in its way without firing their DELETE triggers (unless recursive_triggers is on).
  // The table has no alias, as the condition of an index may name it.
  const inTheWay = uniqueKeys.map(
    ({ columns, where }) =>
      `${log(table)} FROM ${table} WHERE ${[
        ...columns.map(
          (c) => `${table}.${quoteName(c.name)} = NEW.${quoteName(c.name)} COLLATE ${quoteName(c.collation)}`,
        ),
        ...(where === undefined ? [] : [`(${where})`]),
      ].join(' AND ')}`,
  );
  const trigger = (purpose: string, event: string, body: string) =>
    `CREATE TRIGGER ${triggerName(purpose, name)} ${event} ON ${table}
     WHEN ${CAPTURING} BEGIN ${body}; END`;
  return [
    trigger('log_insert', 'AFTER INSERT', log('NEW')),
    trigger('log_update', 'AFTER UPDATE', `${log('OLD')}; ${log('NEW')} WHERE ${differs('NEW', 'OLD')}`),
    trigger('log_delete', 'AFTER DELETE', log('OLD')),
    ...(inTheWay.length > 0
      ? [
          trigger('log_replacing_insert', 'BEFORE INSERT', inTheWay.join('; ')),
          trigger(
            'log_replacing_update',
            'BEFORE UPDATE',
            // Nearly always it is the row itself, which is logged anyway. (A new row has no key yet to tell it by.)
            inTheWay.map((row) => `${row} AND (${differs(table, 'NEW')})`).join('; '),
          ),
        ]
      : []),
  ];
}
