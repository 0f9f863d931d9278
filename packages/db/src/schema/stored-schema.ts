import type { DatabaseKind } from '../migrations/folder.ts';

/**
 * A schema as its tables are declared. SQLite has one integer, of 64 bits, and counts up nothing but an `INTEGER PRIMARY
 * KEY`: what the client reads as BigInt is an INTEGER there, which Prisma takes for an Int.
 */
export function storedSchema(kind: DatabaseKind, text: string): string {
  return kind === 'sqlite' ? text.replaceAll(/^(\s+\w+\s+)BigInt\b/gm, '$1Int') : text;
}
