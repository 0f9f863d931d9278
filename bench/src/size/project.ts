import { count, formatTable } from '../transfer/table.ts';
import type { TableSize } from './measure.ts';

const GB = 1e9;

const indexBytes = ({ indexes }: TableSize) => indexes.reduce((sum, { bytes }) => sum + bytes, 0);

/** Bytes of one row, by what they are for. */
export function rowTable(tables: readonly TableSize[]): string {
  const lines = tables.map((size) => {
    const perRow = (bytes: number) => (bytes / size.rows).toFixed(0);
    const whole = size.heap + size.toast + indexBytes(size);
    return [size.table, count(size.rows), ...[size.heap, size.toast, indexBytes(size), whole].map(perRow)];
  });
  return formatTable([['bytes a row', 'rows', 'heap', 'toast', 'indexes', 'whole'], ...lines]);
}

export function indexTable(tables: readonly TableSize[]): string {
  const lines = tables.flatMap(({ indexes, rows }) =>
    indexes.map(({ name, bytes }) => [name, (bytes / rows).toFixed(1)]),
  );
  return formatTable([['index', 'bytes a row'], ...lines]);
}

/**
 * GB of all tables when there are so many invoices, and the other tables have grown with them. Tables that do not grow with
 * invoices are left out.
 */
export function growthTable(tables: readonly TableSize[], invoices: readonly number[]): string {
  const now = tables.find(({ table }) => table === 'invoices')?.rows ?? 1;
  const growing = tables.filter(({ table, rows }) => table !== 'idempotency_keys' && rows >= now);
  const cells = (target: number) => {
    const times = target / now;
    const gb = (bytes: number) => count((bytes * times) / GB);
    const heaps = growing.reduce((sum, { heap, toast }) => sum + heap + toast, 0);
    const indexes = growing.reduce((sum, size) => sum + indexBytes(size), 0);
    return [count(target), gb(heaps), gb(indexes), gb(heaps + indexes)];
  };
  return formatTable([['invoices', 'rows GB', 'indexes GB', 'whole GB'], ...invoices.map(cells)]);
}
