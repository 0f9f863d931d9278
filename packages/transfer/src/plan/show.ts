import type { SqliteValue } from '../column-types/types.ts';
import { sourceName, type TablePlan } from './types.ts';

const MAX_SHOWN = 40;

/** A value as people may see it: at most 40 characters, control characters escaped. */
export function showValue(value: SqliteValue): string {
  if (value === null) return 'NULL';
  const text =
    value instanceof Uint8Array
      ? `x'${Buffer.from(value.subarray(0, MAX_SHOWN)).toString('hex')}'`
      : typeof value === 'string'
        ? JSON.stringify(value.slice(0, MAX_SHOWN + 1)).slice(1, -1)
        : String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}

/** A row's key as people may see it, e.g. `id=7`; a secret that is part of it is hidden. */
export function showKey({ key, columns }: TablePlan, values: readonly SqliteValue[]): string {
  const secret = (name: string) => columns.some((column) => column.secret && sourceName(column) === name);
  return key
    .map((name, i) => `${name}=${secret(name) ? '(hidden)' : showValue(values[i] ?? null)}`)
    .join(', ');
}
