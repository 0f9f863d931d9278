import { statSync } from 'node:fs';
import { ConnectionError } from '@vatevo/connection';

/** What tells a file from another one put in its place; undefined when there is none. */
export function fileIdentity(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}

/** There is no such file. */
export function fileMissing(file: string): ConnectionError {
  return new ConnectionError(
    'missing-database',
    `There is no SQLite file ${file}: make it with pnpm db:deploy, or fix DATABASE_URL.`,
  );
}
