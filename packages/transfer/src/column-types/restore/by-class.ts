import type { StorageClass } from '../types.ts';
import type { Forms, FormWriter } from './types.ts';

/** Forms that the storage class alone tells: its name is theirs. */
export function byClass(writers: Partial<Readonly<Record<StorageClass, FormWriter>>>): Forms {
  const lists: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
    Object.keys(writers).map((name) => [name, [name]]),
  );
  return {
    byClass: true,
    of: (stored) => lists[classOf(stored)] ?? [],
    writer: (form) => (Object.hasOwn(writers, form) ? writers[form as StorageClass] : undefined),
  };
}

function classOf(stored: bigint | number | string | Uint8Array): StorageClass {
  if (typeof stored === 'bigint') return 'integer';
  if (typeof stored === 'number') return 'real';
  return typeof stored === 'string' ? 'text' : 'blob';
}
