import { STORED_IN_FILE } from '@vatevo/cutover-state';
import { quoteName, quoteText } from '@vatevo/transfer/plan';
import { CHANGE_LOG, keyColumn, pointerName } from '@vatevo/transfer/sqlite';
import { FENCE_MESSAGE, RECORD, triggerName } from './names.ts';
import type { CapturedTable, FetchedValues, UniqueKey } from './tables.ts';

/** What the record's state decides: whether a write is logged, and whether it is refused. */
const CAPTURING = `(SELECT state FROM ${RECORD}) = '${STORED_IN_FILE.capturing}'`;
const FENCED = `(SELECT state FROM ${RECORD}) IN ('${STORED_IN_FILE.fenced}', '${STORED_IN_FILE['handed-over']}')`;

/**
 * The statements that make a file log every key that is written, and refuse writes when its record says so.
 *
 * All of them are made at once, so that the schema changes once and any later change of it is somebody
 * else's. Old connections read the schema anew at their next statement, so the triggers reach them too.
 */
export function triggersFor(table: CapturedTable): string[] {
  return [
    ...fence(table.name),
    ...(table.key.length > 0 ? capture(table) : []),
    ...table.fetched.flatMap((values, i) => captureFetched(table, values, i)),
  ];
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
  const inTheWay = uniqueKeys.map((unique) => `${log(table)} ${fromRowInTheWay(table, unique)}`);
  const moved = `${log('NEW')} WHERE ${differs('NEW', 'OLD')}`;
  const replacing = [
    // With the row whose key it takes may go, by its own foreign keys, the very row that takes it: nothing comes after that.
    moved,
    // Nearly always it is the row itself, which is logged anyway. (A new row has no key yet to tell it by.)
    ...inTheWay.map((row) => `${row} AND (${differs(table, 'OLD')})`),
  ];
  const trigger = (purpose: string, event: string, body: string) => capturing(purpose, name, event, body);
  return [
    trigger('log_insert', 'AFTER INSERT', log('NEW')),
    trigger('log_update', 'AFTER UPDATE', `${log('OLD')}; ${moved}`),
    trigger('log_delete', 'AFTER DELETE', log('OLD')),
    trigger('log_replacing_update', 'BEFORE UPDATE', replacing.join('; ')),
    ...(inTheWay.length > 0 ? [trigger('log_replacing_insert', 'BEFORE INSERT', inTheWay.join('; '))] : []),
  ];
}

function capturing(purpose: string, table: string, event: string, body: string): string {
  return `CREATE TRIGGER ${triggerName(purpose, table)} ${event} ON ${quoteName(table)}
     WHEN ${CAPTURING} BEGIN ${body}; END`;
}

/**
 * The row that REPLACE removes for the one that is written, without firing its DELETE triggers (unless
 * recursive_triggers is on). The table has no alias, as the condition of an index may name it.
 */
function fromRowInTheWay(table: string, { columns, where }: UniqueKey): string {
  const same = columns.map(
    (c) => `${table}.${quoteName(c.name)} = NEW.${quoteName(c.name)} COLLATE ${quoteName(c.collation)}`,
  );
  return `FROM ${table} WHERE ${[...same, ...(where === undefined ? [] : [`(${where})`])].join(' AND ')}`;
}

/**
 * Where rows of another table hold values of this one in the target: lines for those that point to a row whose
 * values change, by what they point with. A line, and not one for each of them: there may be very many.
 */
function captureFetched(
  { name, everyKey }: CapturedTable,
  { child, pointer, key, values, mayBeMissing }: FetchedValues,
  i: number,
): string[] {
  const table = quoteName(name);
  const log = (row: string) =>
    `INSERT INTO ${CHANGE_LOG} (tbl, ${keyColumn(0)}) SELECT ${quoteText(pointerName(child, pointer))}, ${row}.${quoteName(key)}`;
  // Equal numbers may be stored as one class and the other.
  const differs = (row: string, from: string) =>
    [key, ...values]
      .map(quoteName)
      .map(
        (c) =>
          `${row}.${c} IS NOT ${from}.${c} COLLATE BINARY OR typeof(${row}.${c}) <> typeof(${from}.${c})`,
      )
      .join(' OR ');
  const inTheWay = (where: string) =>
    everyKey.map((unique) => `${log(table)} ${fromRowInTheWay(table, unique)} AND (${where})`).join('; ');
  const isOther = `${table}.${quoteName(key)} IS NOT OLD.${quoteName(key)} COLLATE BINARY`;
  const trigger = (purpose: string, event: string, body: string) =>
    capturing(`fetched_${i}_${purpose}`, name, event, body);
  return [
    trigger('replacing_insert', 'BEFORE INSERT', inTheWay(differs(table, 'NEW'))),
    // The row that is to have the same values may go with it, by its own foreign keys.
    trigger('replacing_update', 'BEFORE UPDATE', inTheWay(isOther)),
    trigger(
      'update',
      'AFTER UPDATE',
      [log('OLD'), log('NEW')].map((line) => `${line} WHERE ${differs('NEW', 'OLD')}`).join('; '),
    ),
    trigger('delete', 'AFTER DELETE', log('OLD')),
    // Before it there was nothing to be held: where that cannot be, no row points there.
    ...(mayBeMissing ? [trigger('insert', 'AFTER INSERT', log('NEW'))] : []),
  ];
}
