import type { ColumnType } from './schema/types.ts';

/** Precision of a time when none is given, which is also the greatest. */
const TIME_DIGITS = 6;
const TIMES = new Set(['timestamp', 'timestamptz', 'time', 'timetz']);

/**
 * True when PostgreSQL changes a column's type in its catalog only: each value
 * there is one of the new type as it is stored.
 */
export function keepsRows(from: ColumnType, to: ColumnType): boolean {
  if (from.isArray !== to.isArray) return false;
  if (from.name === to.name && from.modifiers.join() === to.modifiers.join()) return true;
  if (from.isArray) return false;
  if (to.name === 'text') return from.name === 'varchar';
  if (to.name === 'varchar' && from.name === 'text') return to.modifiers.length === 0;
  if (from.name !== to.name) return from.name === 'cidr' && to.name === 'inet';
  const [size = Number.POSITIVE_INFINITY, scale = 0] = to.modifiers;
  const [sizeBefore = Number.POSITIVE_INFINITY, scaleBefore = 0] = from.modifiers;
  if (to.name === 'varchar' || to.name === 'varbit') return size >= sizeBefore;
  if (to.name === 'numeric') {
    return (
      to.modifiers.length === 0 || (from.modifiers.length > 0 && size >= sizeBefore && scale === scaleBefore)
    );
  }
  if (TIMES.has(to.name)) {
    return Math.min(size, TIME_DIGITS) >= Math.min(sizeBefore, TIME_DIGITS);
  }
  return false;
}
