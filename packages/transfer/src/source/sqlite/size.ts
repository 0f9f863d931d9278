import type { Database } from 'better-sqlite3';

/** Bytes that the database really holds: its pages without the free ones. */
export function usedBytes(db: Database): number {
  const pragma = (name: string) => Number(db.pragma(name, { simple: true }));
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
}
