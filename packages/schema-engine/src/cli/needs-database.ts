import type { Method } from '../engine/engine.ts';

interface DiffTarget {
  readonly tag: string;
  readonly lockfile?: { readonly content: string | null };
}

/**
 * True unless the request can be answered without a database: a `migrate diff`
 * between schema files, nothing, and SQLite migrations, whose shadow database
 * is in memory.
 */
export function needsDatabase(method: Method, params: unknown): boolean {
  if (method !== 'diff') return true;
  const { from, to } = params as { from: DiffTarget; to: DiffTarget };
  return [from, to].some(({ tag, lockfile }) => {
    if (tag === 'empty' || tag === 'schemaDatamodel') return false;
    return tag !== 'migrations' || !/provider\s*=\s*"sqlite"/.test(lockfile?.content ?? '');
  });
}
