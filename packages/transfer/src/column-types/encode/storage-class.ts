import type { SqliteValue, StorageClass, TargetType } from '../types.ts';

export function storageClass(value: SqliteValue): StorageClass {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'number') return 'real';
  if (typeof value === 'string') return 'text';
  return 'blob';
}

/** The refusal of a storage class that the target's type has no exact form for. */
export function wrongClass(value: SqliteValue, type: TargetType): string {
  return `${storageClass(value)} value in ${/^[aeio]/.test(type.sql) ? 'an' : 'a'} ${type.sql} column`;
}
